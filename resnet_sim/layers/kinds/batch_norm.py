"""Batch norm: each channel brought to mean beta and spread gamma over the mini-batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from resnet_sim.layers.base import Buffer, Category, Layer, Parameter, Recorder, Role, Shape, Site, single
from resnet_sim.layers.initialise import constant
from resnet_sim.settings import number

EPSILON = 1e-5
KEEP = 0.9  # running <- 0.9 running + 0.1 batch


@dataclass(frozen=True)
class BatchNorm(Layer):
    """y = gamma (z - mu) / sqrt(sigma^2 + 1e-5) + beta per channel (Ioffe and Szegedy 2015, arXiv 1502.03167).

    Training uses the statistics of the mini-batch, evaluation the running ones.
    """

    kind: ClassVar[str] = "batch_norm"
    title: ClassVar[str] = "Batch norm"
    help: ClassVar[str] = "Gives every channel mean β and spread γ over the mini-batch."
    category: ClassVar[Category] = Category.NORMALISATION
    shortcut_key: ClassVar[str] = "N"

    gamma_start: float = number(1.0, "Start of gamma", "0 shuts the layer at the start.", low=0.0, high=10.0)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return single(inputs)

    def parameters(self, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        channels = (single(inputs)[-1],)
        return (
            Parameter("gamma", channels, Role.GAMMA, r"\gamma^{[l]}", constant(self.gamma_start)),
            Parameter("beta", channels, Role.BIAS, r"\beta^{[l]}", constant(0.0)),
            Parameter("running_mean", channels, Role.STATISTIC, r"\mu", constant(0.0)),
            Parameter("running_variance", channels, Role.STATISTIC, r"\sigma^2", constant(1.0)),
        )

    def forward(self, r: Recorder, at: Site) -> Buffer:
        x, p = at.x[0], at.p
        if r.learning:
            channels = x.shape[-1]
            mean, variance = at.kept["mean"], at.kept["variance"] = r.buffer(channels), r.buffer(channels)
            r.moments(x, mean, variance)
            rows = prod(x.shape[:-1])
            r.run_statistics(mean, variance, p["running_mean"], p["running_variance"], rows=rows, keep=KEEP)
        else:
            mean, variance = p["running_mean"], p["running_variance"]
        y = r.buffer(*x.shape)
        r.normalise(x, mean, variance, p["gamma"], p["beta"], y, epsilon=EPSILON)
        return y

    def backward(self, r: Recorder, at: Site, dy: Buffer) -> tuple[Buffer | None, ...]:
        x, kept = at.x[0], at.kept
        dx = r.buffer(*x.shape) if at.wanted[0] else None
        r.normalise_backward(
            x,
            kept["mean"],
            kept["variance"],
            at.p["gamma"],
            dy,
            at.dp["gamma"],
            at.dp["beta"],
            dx,
            epsilon=EPSILON,
        )
        return (dx,)

    def formula(self) -> str:
        return r"\tilde{z}^{[l]} = \gamma^{[l]} \frac{z^{[l]} - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta^{[l]}"

    def pytorch(self) -> str:
        return (
            "F.batch_norm(x[0].movedim(-1, 1), p['running_mean'], p['running_variance'], p['gamma'], p['beta'], "
            f"training=training, momentum={1 - KEEP:.1f}, eps={EPSILON!r}).movedim(1, -1)"
        )
