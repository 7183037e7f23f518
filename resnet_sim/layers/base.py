"""What a layer is: settings, shape rule, parameters, and the mathematics as calls of a few primitives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple, Protocol

from resnet_sim.errors import SettingError, ShapeError, sentence
from resnet_sim.layers.initialise import Start
from resnet_sim.settings import check_settings

Shape = tuple[int, ...]
"""The size of one example: (n,) for a vector, (n_H, n_W, n_C) for an image."""

Task = Literal["classification", "regression"]


class DataShape(NamedTuple):
    """What a data set gives and asks: the size of one example, how many outputs, and the task."""

    input: Shape
    outputs: int
    task: Task


class Category(StrEnum):
    """What a kind is for; colours and drawing follow from it."""

    INPUT = "input"
    WEIGHTED = "weighted"
    ACTIVATION = "activation"
    NORMALISATION = "normalisation"
    MERGE = "merge"
    POOLING = "pooling"
    SHAPING = "shaping"
    REGULARISATION = "regularisation"
    OUTPUT = "output"


class Role(StrEnum):
    """What a parameter is, which decides what decays it and how it is drawn."""

    WEIGHT = "weight"  # W and W_s: decayed by lambda
    BIAS = "bias"  # b and beta: decayed only with "decay b too"
    GAMMA = "gamma"  # the scale of batch norm: decayed only with its own switch
    SCALE = "scale"  # the learned number of a scale layer: never decayed
    STATISTIC = "statistic"  # running mean and variance: measured, not learned


@dataclass(frozen=True)
class Parameter:
    """An array a layer owns: its name ("W"), shape, role, symbol (LaTeX) and how it starts."""

    name: str
    shape: Shape
    role: Role
    symbol: str
    start: Start

    @property
    def learned(self) -> bool:
        """Whether gradient descent moves it."""
        return self.role is not Role.STATISTIC


class Buffer(Protocol):
    """An array of the plan, known here only by its shape; the first axis of activations is the mini-batch (m)."""

    @property
    def shape(self) -> Shape: ...


@dataclass
class Site:
    """What a layer finds at its place in a plan.

    x: its inputs, each (m, *shape). p, dp: its parameters and their gradients by name. kept: what forward leaves for
    backward. y: its output, set after forward. wanted: for which inputs da is asked.
    """

    x: tuple[Buffer, ...]
    p: Mapping[str, Buffer]
    dp: Mapping[str, Buffer]
    wanted: tuple[bool, ...]
    kept: dict[str, Buffer] = field(default_factory=dict)
    y: Buffer | None = None

    @property
    def output(self) -> Buffer:
        """The output, once forward has been recorded."""
        assert self.y is not None, "backward is recorded after forward"
        return self.y


class Recorder(Protocol):
    """Where the mathematics of a layer is written down. Every call is one primitive of the backend.

    Buffers are written once: a primitive never changes its inputs, so a gradient may be handed on without a copy.
    `m` is the batch size; `learning` is False in evaluation (running statistics, no dropout).
    """

    m: int
    learning: bool
    target: Buffer
    """(m, n_out): one-hot classes or the values to predict."""
    loss: Buffer
    """(): the data term of the loss, averaged over the mini-batch."""
    target_power: float
    """mean ||y||^2 over the training set, for the relative loss."""

    def buffer(self, *shape: int) -> Buffer:
        """A new array."""

    def view(self, x: Buffer, *shape: int) -> Buffer:
        """The same numbers in row-major order under another shape."""

    def gemm(self, a: Buffer, b: Buffer, out: Buffer, *, transpose_a: bool = False, transpose_b: bool = False) -> None:
        """out = a b, of matrices."""

    def add_rows(self, x: Buffer, row: Buffer, out: Buffer) -> None:
        """out = x + row, the row added along the last axis."""

    def sum_rows(self, x: Buffer, out: Buffer) -> None:
        """out = the sum of x over all axes but the last."""

    def add(self, terms: Sequence[Buffer], out: Buffer) -> None:
        """out = the sum of arrays of equal shape, from left to right."""

    def scale(self, x: Buffer, s: Buffer, out: Buffer) -> None:
        """out = s x, s one number."""

    def inner(self, x: Buffer, y: Buffer, out: Buffer) -> None:
        """out = the sum of x * y over all elements, one number."""

    def g(self, function: str, x: Buffer, out: Buffer, *, slope: float = 0.0) -> None:
        """out = g(x), g one of relu, leaky_relu, tanh, sigmoid."""

    def g_backward(self, function: str, y: Buffer, dy: Buffer, dx: Buffer, *, slope: float = 0.0) -> None:
        """dx = dy * g'(x), with g' written as a function of y = g(x); g'(0) = 0 for ReLU."""

    def convolve(self, x: Buffer, W: Buffer, out: Buffer, *, stride: int, padding: int) -> None:
        """out = x * W, the course's convolution (cross-correlation); W is (f, f, n_C_prev, n_C)."""

    def convolve_dW(self, x: Buffer, dz: Buffer, dW: Buffer, *, stride: int, padding: int) -> None:  # noqa: N802
        """dW = the sum over examples and positions of patches(x)^T dz."""

    def convolve_dx(self, dz: Buffer, W: Buffer, dx: Buffer, *, stride: int, padding: int) -> None:
        """dx = dz spread back through W."""

    def moments(self, x: Buffer, mean: Buffer, variance: Buffer) -> None:
        """Mean and (biased) variance of x over all axes but the last."""

    def run_statistics(
        self, mean: Buffer, variance: Buffer, running_mean: Buffer, running_variance: Buffer, *, rows: int, keep: float
    ) -> None:
        """running <- keep running + (1 - keep) batch, the variance made unbiased: rows / (rows - 1)."""

    def normalise(
        self, x: Buffer, mean: Buffer, variance: Buffer, gamma: Buffer, beta: Buffer, out: Buffer, *, epsilon: float
    ) -> None:
        """out = gamma (x - mean) / sqrt(variance + epsilon) + beta, per channel."""

    def normalise_backward(
        self,
        x: Buffer,
        mean: Buffer,
        variance: Buffer,
        gamma: Buffer,
        dy: Buffer,
        dgamma: Buffer,
        dbeta: Buffer,
        dx: Buffer | None,
        *,
        epsilon: float,
    ) -> None:
        """Gradients of `normalise` through the statistics of the batch."""

    def max_pool(self, x: Buffer, out: Buffer, *, size: int, stride: int) -> None:
        """out = the largest value of each window."""

    def max_pool_backward(self, x: Buffer, y: Buffer, dy: Buffer, dx: Buffer, *, size: int, stride: int) -> None:
        """dx = dy at the first largest value of each window, 0 elsewhere; overlapping windows add."""

    def average_pool(self, x: Buffer, out: Buffer, *, size: tuple[int, int], stride: tuple[int, int]) -> None:
        """out = the mean of each window."""

    def average_pool_backward(self, dy: Buffer, dx: Buffer, *, size: tuple[int, int], stride: tuple[int, int]) -> None:
        """dx = dy / (window size) in each window; overlapping windows add."""

    def dropout(self, x: Buffer, mask: Buffer, out: Buffer, *, keep: float) -> None:
        """Draw mask in {0, 1/keep} for this step from the layer's own stream; out = x * mask."""

    def multiply(self, x: Buffer, y: Buffer, out: Buffer) -> None:
        """out = x * y, element by element."""

    def pad_channels(self, x: Buffer, out: Buffer, *, stride: int) -> None:
        """out = x at every stride-th position, its missing channels 0."""

    def pad_channels_backward(self, dy: Buffer, dx: Buffer, *, stride: int) -> None:
        """dx = the first channels of dy at the kept positions, 0 elsewhere."""

    def softmax_cross_entropy(self, z: Buffer, y: Buffer, yhat: Buffer, loss: Buffer) -> None:
        """yhat = softmax(z) per example; loss = mean over examples of -sum y log yhat (natural logarithm)."""

    def softmax_cross_entropy_backward(self, yhat: Buffer, y: Buffer, dz: Buffer) -> None:
        """dz = (yhat - y) / m."""

    def squared_error(self, yhat: Buffer, y: Buffer, loss: Buffer, *, factor: float) -> None:
        """loss = factor * mean over examples of ||yhat - y||^2."""

    def squared_error_backward(self, yhat: Buffer, y: Buffer, dyhat: Buffer, *, factor: float) -> None:
        """dyhat = 2 factor (yhat - y) / m."""


@dataclass(frozen=True)
class Layer:
    """One layer kind as a value: its fields are its settings, its methods what it is and does.

    Raises SettingError when a setting is out of range.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    category: ClassVar[Category]
    shortcut_key: ClassVar[str] = ""
    in_palette: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The size of one output example. Raises ShapeError with the sizes in the sentence."""
        raise NotImplementedError

    def parameters(self, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        """The arrays this layer owns for inputs of these sizes."""
        return ()

    def forward(self, r: Recorder, at: Site) -> Buffer:
        """Record the output, (m, *output_shape)."""
        raise NotImplementedError

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        """Record dp and, where wanted, the gradient of each input; dy is the gradient of the output."""
        raise NotImplementedError

    def formula(self) -> str:
        """What it computes, LaTeX in the course's notation."""
        raise NotImplementedError

    def pytorch(self) -> str:
        """The same as a PyTorch expression of `x` (a tuple, images (m, n_H, n_W, n_C)) and `p`, in this layout.

        `training` tells batch norm and dropout the mode. Outputs give yhat.
        """
        raise NotImplementedError

    @property
    def weighted(self) -> bool:
        """Whether it counts as a layer with a number l."""
        return self.category is Category.WEIGHTED


def single(inputs: Sequence[Shape]) -> Shape:
    """The one input of a layer that takes one."""
    if len(inputs) != 1:
        raise ShapeError(sentence("takes 1 input, not {n}", n=len(inputs)))
    return inputs[0]


def vector(inputs: Sequence[Shape]) -> int:
    """n of the one input, which must be a vector."""
    shape = single(inputs)
    if len(shape) != 1:
        raise ShapeError(sentence("needs a vector, but its input is {shape}", shape=size_text(shape)))
    return shape[0]


def image(inputs: Sequence[Shape]) -> tuple[int, int, int]:
    """(n_H, n_W, n_C) of the one input, which must be an image."""
    shape = single(inputs)
    if len(shape) != 3:
        raise ShapeError(sentence("needs an image, but its input is a vector of {n}", n=shape[0] if shape else 0))
    return shape[0], shape[1], shape[2]


def windows(n: int, size: int, stride: int, padding: int) -> int:
    """floor((n + 2p - f) / s) + 1. Raises ShapeError when the window is larger than the padded input."""
    if size > n + 2 * padding:
        raise ShapeError(
            sentence("has a window of {f}, larger than its input of {n} (padding {p})", f=size, n=n, p=padding)
        )
    return (n + 2 * padding - size) // stride + 1


def size_text(shape: Shape) -> str:
    """8x8x16 as people read it: 8×8×16."""
    return "×".join(map(str, shape))


def require(condition: bool, template: str, **values: object) -> None:
    """Raise SettingError(template) unless `condition`."""
    if not condition:
        raise SettingError(sentence(template, **values))
