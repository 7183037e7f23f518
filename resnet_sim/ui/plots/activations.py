"""Activations: how much the values of every layer spread."""

from __future__ import annotations

from typing import ClassVar

from resnet_sim.assets import translator
from resnet_sim.ui.plots.by_layer import LayerPlot

_ = translator()


class ActivationPlot(LayerPlot):
    """std of a^{[l]} per layer."""

    name: ClassVar[str] = "activations"
    title: ClassVar[str] = _("Activations")
    tex: ClassVar[str] = r"\text{std of }\act{a^{[l]}}"
    words: ClassVar[str] = _("standard deviation of a of layer l")
    help: ClassVar[str] = _("How much the values of each layer spread, in the newest mini-batch that was measured.")
    order: ClassVar[int] = 2
    series: ClassVar[str] = "activation_std"
    symbol: ClassVar[str] = "a"
    token: ClassVar[str] = "act"
