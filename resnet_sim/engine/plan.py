"""The plan: the mathematics of a network as a flat list of calls: recorded once, bound to arrays, played."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

from resnet_sim.layers.base import Buffer as BufferLike
from resnet_sim.layers.base import Shape

Phase = Literal["forward", "backward"]
Operation = tuple[Callable[..., object], tuple[Any, ...]]
"""A function of the array library and its arguments, arrays already in place."""


@dataclass(eq=False)
class Buffer:
    """An array to be: known by identity. A view has the `base` whose numbers it shows."""

    shape: Shape
    base: Buffer | None = None

    @property
    def root(self) -> Buffer:
        """The buffer that owns the memory."""
        return self if self.base is None else self.base.root

    @property
    def size(self) -> int:
        """Numbers in it."""
        return prod(self.shape)


@dataclass(frozen=True)
class Call:
    """One primitive: what it reads, what it writes, its settings, and for which part it was recorded."""

    primitive: str
    reads: tuple[Buffer, ...]
    writes: tuple[Buffer | None, ...]
    settings: dict[str, Any]
    part: str
    phase: Phase


@dataclass
class Plan:
    """Calls for a batch of m examples, with the buffers that outsiders need.

    activations: part -> its output. gradients: part -> the gradient of its output (training plans). contributions:
    (consumer part, index of its input) -> what it sends back to that input; they add up to `gradients`. passing:
    buffers that are gone when the plan has been played -> the call that makes one again from those that stay. stacks:
    buffers of one shape that should lie side by side in memory.
    """

    m: int
    calls: list[Call] = field(default_factory=list)
    activations: dict[str, Buffer] = field(default_factory=dict)
    gradients: dict[str, Buffer] = field(default_factory=dict)
    contributions: dict[tuple[str, int], Buffer] = field(default_factory=dict)
    passing: dict[Buffer, Call] = field(default_factory=dict)
    stacks: tuple[tuple[Buffer, ...], ...] = ()

    def buffers(self) -> list[Buffer]:
        """Every buffer that owns memory, in order of first use."""
        seen: dict[Buffer, None] = {}
        for call in self.calls:
            for buffer in (*call.reads, *call.writes):
                if buffer is not None:
                    seen.setdefault(buffer.root)
        return list(seen)


Rewrite = Callable[[Plan], Plan]
"""A plan that computes the same, faster: `engine/rewrites`."""


class PlanRecorder:
    """Implements layers.base.Recorder by writing every call into a plan."""

    def __init__(self, m: int, learning: bool, input: Buffer, target: Buffer, target_power: float) -> None:
        self.m = m
        self.learning = learning
        self.input = input
        self.target: BufferLike = target
        self.loss: BufferLike = Buffer(())
        self.target_power = target_power
        self.plan = Plan(m)
        self.part = ""
        self.phase: Phase = "forward"

    def buffer(self, *shape: int) -> Buffer:
        return Buffer(shape)

    def view(self, x: BufferLike, *shape: int) -> Buffer:
        assert isinstance(x, Buffer)
        assert x.size == prod(shape), f"{x.shape} seen as {shape}"
        return Buffer(shape, x)

    def _call(
        self, primitive: str, reads: Sequence[BufferLike], writes: Sequence[BufferLike | None], **settings: object
    ) -> None:
        self.plan.calls.append(
            Call(primitive, _own(reads), _own(writes), settings, self.part, self.phase)  # type: ignore[arg-type] # checked by _own
        )

    def gemm(
        self,
        a: BufferLike,
        b: BufferLike,
        out: BufferLike,
        *,
        transpose_a: bool = False,
        transpose_b: bool = False,
    ) -> None:
        self._call("gemm", (a, b), (out,), transpose_a=transpose_a, transpose_b=transpose_b)

    def add_rows(self, x: BufferLike, row: BufferLike, out: BufferLike) -> None:
        self._call("add_rows", (x, row), (out,))

    def sum_rows(self, x: BufferLike, out: BufferLike) -> None:
        self._call("sum_rows", (x,), (out,))

    def add(self, terms: Sequence[BufferLike], out: BufferLike) -> None:
        self._call("add", terms, (out,))

    def scale(self, x: BufferLike, s: BufferLike, out: BufferLike) -> None:
        self._call("scale", (x, s), (out,))

    def inner(self, x: BufferLike, y: BufferLike, out: BufferLike) -> None:
        self._call("inner", (x, y), (out,))

    def g(self, function: str, x: BufferLike, out: BufferLike, *, slope: float = 0.0) -> None:
        self._call("g", (x,), (out,), function=function, slope=slope)

    def g_backward(self, function: str, y: BufferLike, dy: BufferLike, dx: BufferLike, *, slope: float = 0.0) -> None:
        self._call("g_backward", (y, dy), (dx,), function=function, slope=slope)

    def convolve(self, x: BufferLike, W: BufferLike, out: BufferLike, *, stride: int, padding: int) -> None:
        self._call("convolve", (x, W), (out,), stride=stride, padding=padding)

    def convolve_dW(  # noqa: N802
        self, x: BufferLike, dz: BufferLike, dW: BufferLike, *, stride: int, padding: int
    ) -> None:
        self._call("convolve_dW", (x, dz), (dW,), stride=stride, padding=padding)

    def convolve_dx(self, dz: BufferLike, W: BufferLike, dx: BufferLike, *, stride: int, padding: int) -> None:
        self._call("convolve_dx", (dz, W), (dx,), stride=stride, padding=padding)

    def moments(self, x: BufferLike, mean: BufferLike, variance: BufferLike) -> None:
        self._call("moments", (x,), (mean, variance))

    def run_statistics(
        self,
        mean: BufferLike,
        variance: BufferLike,
        running_mean: BufferLike,
        running_variance: BufferLike,
        *,
        rows: int,
        keep: float,
    ) -> None:
        self._call("run_statistics", (mean, variance), (running_mean, running_variance), rows=rows, keep=keep)

    def normalise(
        self,
        x: BufferLike,
        mean: BufferLike,
        variance: BufferLike,
        gamma: BufferLike,
        beta: BufferLike,
        out: BufferLike,
        *,
        epsilon: float,
    ) -> None:
        self._call("normalise", (x, mean, variance, gamma, beta), (out,), epsilon=epsilon)

    def normalise_backward(
        self,
        x: BufferLike,
        mean: BufferLike,
        variance: BufferLike,
        gamma: BufferLike,
        dy: BufferLike,
        dgamma: BufferLike,
        dbeta: BufferLike,
        dx: BufferLike | None,
        *,
        epsilon: float,
    ) -> None:
        self._call("normalise_backward", (x, mean, variance, gamma, dy), (dgamma, dbeta, dx), epsilon=epsilon)

    def max_pool(self, x: BufferLike, out: BufferLike, *, size: int, stride: int) -> None:
        self._call("max_pool", (x,), (out,), size=size, stride=stride)

    def max_pool_backward(
        self, x: BufferLike, y: BufferLike, dy: BufferLike, dx: BufferLike, *, size: int, stride: int
    ) -> None:
        self._call("max_pool_backward", (x, y, dy), (dx,), size=size, stride=stride)

    def average_pool(self, x: BufferLike, out: BufferLike, *, size: tuple[int, int], stride: tuple[int, int]) -> None:
        self._call("average_pool", (x,), (out,), size=size, stride=stride)

    def average_pool_backward(
        self, dy: BufferLike, dx: BufferLike, *, size: tuple[int, int], stride: tuple[int, int]
    ) -> None:
        self._call("average_pool_backward", (dy,), (dx,), size=size, stride=stride)

    def dropout(self, x: BufferLike, mask: BufferLike, out: BufferLike, *, keep: float) -> None:
        self._call("dropout", (x,), (mask, out), keep=keep, stream=self.part)

    def multiply(self, x: BufferLike, y: BufferLike, out: BufferLike) -> None:
        self._call("multiply", (x, y), (out,))

    def pad_channels(self, x: BufferLike, out: BufferLike, *, stride: int) -> None:
        self._call("pad_channels", (x,), (out,), stride=stride)

    def pad_channels_backward(self, dy: BufferLike, dx: BufferLike, *, stride: int) -> None:
        self._call("pad_channels_backward", (dy,), (dx,), stride=stride)

    def softmax_cross_entropy(self, z: BufferLike, y: BufferLike, yhat: BufferLike, loss: BufferLike) -> None:
        self._call("softmax_cross_entropy", (z, y), (yhat, loss))

    def softmax_cross_entropy_backward(self, yhat: BufferLike, y: BufferLike, dz: BufferLike) -> None:
        self._call("softmax_cross_entropy_backward", (yhat, y), (dz,))

    def squared_error(self, yhat: BufferLike, y: BufferLike, loss: BufferLike, *, factor: float) -> None:
        self._call("squared_error", (yhat, y), (loss,), factor=factor)

    def squared_error_backward(self, yhat: BufferLike, y: BufferLike, dyhat: BufferLike, *, factor: float) -> None:
        self._call("squared_error_backward", (yhat, y), (dyhat,), factor=factor)


def _own(buffers: Sequence[BufferLike | None]) -> tuple[BufferLike | None, ...]:
    assert all(each is None or isinstance(each, Buffer) for each in buffers)
    return tuple(buffers)


def play(operations: Sequence[Operation]) -> None:
    """Run bound operations in order. A plain loop is within a tenth of generated code (measured)."""
    for function, arguments in operations:
        function(*arguments)
