"""What stands on a skip connection when sizes differ: W_s, or fixed zero padding. Same interface as a layer kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from resnet_sim.errors import ShapeError, sentence
from resnet_sim.layers.base import Buffer, Category, Layer, Parameter, Recorder, Role, Shape, Site, single, size_text
from resnet_sim.layers.initialise import STARTS, weights
from resnet_sim.settings import choice, integer, number


@dataclass(frozen=True)
class Projection(Layer):
    """W_s a^{[l]}, no bias: a matrix (n_out, n_in) for vectors, a 1x1 convolution (1, 1, n_C_prev, n_C) for images.

    He et al. 2015, arXiv 1512.03385, eq. 2 (option B).
    """

    kind: ClassVar[str] = "projection"
    title: ClassVar[str] = "W_s"
    help: ClassVar[str] = "A learned matrix that gives the skip connection the size of the main path."
    category: ClassVar[Category] = Category.SHAPING
    in_palette: ClassVar[bool] = False

    outputs: int = integer(1, "Outputs", "Units or channels it makes.", low=1, high=65536)
    stride: int = integer(1, "Stride", "Steps across the image.", low=1, high=64)
    start: str = choice("he", STARTS, "Start weights", "How W_s is drawn before training.")
    start_scale: float = number(1.0, "Start scale", "The drawn W_s is multiplied by this.", low=0.0, high=100.0)
    start_sigma: float = number(0.01, "Start sigma", "Standard deviation of the normal start.", low=0.0, high=10.0)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        shape = single(inputs)
        return (*(-(-n // self.stride) for n in shape[:-1]), self.outputs)

    def parameters(self, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        shape = single(inputs)
        start = weights(self.start, shape[-1], self.outputs, self.start_sigma, self.start_scale)
        size = (self.outputs, shape[0]) if len(shape) == 1 else (1, 1, shape[-1], self.outputs)
        return (Parameter("W_s", size, Role.WEIGHT, "W_s", start),)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        x = at.x[0]
        y = r.buffer(r.m, *self.output_shape([x.shape[1:]]))
        if len(x.shape) == 2:
            r.gemm(x, at.p["W_s"], y, transpose_b=True)
        else:
            r.convolve(x, at.p["W_s"], y, stride=self.stride, padding=0)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        x = at.x[0]
        dx = r.buffer(*x.shape) if at.wanted[0] else None
        if len(x.shape) == 2:
            r.gemm(dy, x, at.dp["W_s"], transpose_a=True)  # dW_s = du a^T
            if dx is not None:
                r.gemm(dy, at.p["W_s"], dx)  # skip part of da = W_s^T du
        else:
            r.convolve_dW(x, dy, at.dp["W_s"], stride=self.stride, padding=0)
            if dx is not None:
                r.convolve_dx(dy, at.p["W_s"], dx, stride=self.stride, padding=0)
        return (dx,)

    def formula(self) -> str:
        return r"W_s a^{[l]}"

    def pytorch(self) -> str:
        return (
            "F.linear(x[0], p['W_s']) if x[0].ndim == 2 else "
            "F.conv2d(x[0].permute(0, 3, 1, 2), p['W_s'].permute(3, 2, 0, 1), "
            f"stride={self.stride}).permute(0, 2, 3, 1)"
        )


@dataclass(frozen=True)
class ZeroPad(Layer):
    """[a^{[l]}; 0]: every stride-th position, missing units or channels 0; nothing learned (option A)."""

    kind: ClassVar[str] = "zero_pad"
    title: ClassVar[str] = "Zero padding"
    help: ClassVar[str] = "Fills the missing units or channels with zeros; nothing is learned."
    category: ClassVar[Category] = Category.SHAPING
    in_palette: ClassVar[bool] = False

    outputs: int = integer(1, "Outputs", "Units or channels it makes.", low=1, high=65536)
    stride: int = integer(1, "Stride", "Steps across the image.", low=1, high=64)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        shape = single(inputs)
        if shape[-1] > self.outputs:
            raise ShapeError(
                sentence("can only add zeros, but {a} has more than {n} channels", a=size_text(shape), n=self.outputs)
            )
        return (*(-(-n // self.stride) for n in shape[:-1]), self.outputs)

    def forward(self, r: Recorder, at: Site) -> Buffer:
        y = r.buffer(r.m, *self.output_shape([at.x[0].shape[1:]]))
        r.pad_channels(at.x[0], y, stride=self.stride)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        if not at.wanted[0]:
            return (None,)
        dx = r.buffer(*at.x[0].shape)
        r.pad_channels_backward(dy, dx, stride=self.stride)
        return (dx,)

    def formula(self) -> str:
        return r"\begin{bmatrix} a^{[l]} \\ 0 \end{bmatrix}"

    def pytorch(self) -> str:
        s = self.stride
        return f"F.pad(x[0] if x[0].ndim == 2 else x[0][:, ::{s}, ::{s}], (0, {self.outputs} - x[0].shape[-1]))"


def shortcut_between(kind: str, source: Shape, target: Shape, start: str, scale: float, sigma: float) -> Layer | None:
    """The layer that brings `source` to `target`: None for an identity shortcut.

    Raises ShapeError when no stride joins the two sizes, or a shortcut cannot do it.
    """
    if kind == "identity":
        return None
    if len(source) != len(target):
        raise ShapeError(
            sentence("joins {source} and {target}: one is an image", source=size_text(source), target=size_text(target))
        )
    stride = 1
    if len(source) == 3:
        stride = next((s for s in range(1, 65) if tuple(-(-n // s) for n in source[:2]) == target[:2]), 0)
        if not stride:
            raise ShapeError(
                sentence(
                    "joins {source} and {target}: no stride leads from one to the other",
                    source=size_text(source),
                    target=size_text(target),
                )
            )
    if kind == "learned":
        return Projection(target[-1], stride, start, scale, sigma)
    return ZeroPad(target[-1], stride)
