"""Gradients: how much of the gradient comes back to every layer."""

from __future__ import annotations

from typing import ClassVar

from resnet_sim.assets import translator
from resnet_sim.ui.plots.by_layer import LayerPlot

_ = translator()


class GradientPlot(LayerPlot):
    """||da^{[l]}|| per layer, on a logarithmic axis."""

    name: ClassVar[str] = "gradients"
    title: ClassVar[str] = _("Gradient norm")
    tex: ClassVar[str] = r"\|\grad{da^{[l]}}\|"
    words: ClassVar[str] = _("norm of da of layer l")
    help: ClassVar[str] = _(
        "The gradient that comes back to each layer's activations, per example, in the newest mini-batch that was "
        "measured. Every line of the grid is a power of ten."
    )
    order: ClassVar[int] = 3
    series: ClassVar[str] = "activation_gradient_norm"
    symbol: ClassVar[str] = "da"
    token: ClassVar[str] = "grad"
    log: ClassVar[bool] = True
