"""Which item shows which shape."""

from __future__ import annotations

from dataclasses import replace

from resnet_sim.assets import translator
from resnet_sim.ui.canvas.cards import CardItem
from resnet_sim.ui.canvas.connections import EdgeItem
from resnet_sim.ui.canvas.gates import GateItem
from resnet_sim.ui.canvas.regions import RegionItem
from resnet_sim.ui.canvas.shapes import CardShape, EdgeShape, GateShape, MergeShape, Shape, SkipShape
from resnet_sim.ui.canvas.skips import MergeItem, SkipItem
from resnet_sim.ui.canvas.symbols import Stage

_ = translator()

Item = CardItem | GateItem | MergeItem | EdgeItem | SkipItem | RegionItem


def item_for(stage: Stage, shape: Shape) -> Item:
    """A new item."""
    if isinstance(shape, CardShape):
        return CardItem(stage, shape)
    if isinstance(shape, GateShape):
        return GateItem(stage, shape)
    if isinstance(shape, MergeShape):
        return MergeItem(stage, shape)
    if isinstance(shape, EdgeShape):
        return EdgeItem(stage, shape)
    if isinstance(shape, SkipShape):
        return SkipItem(stage, shape)
    return RegionItem(stage, shape)


def as_broken(shape: Shape, words: str) -> Shape:
    """The shape of the part where a run diverged; words: how."""
    if isinstance(shape, CardShape):
        return shape._replace(ink=replace(shape.ink, wrong=words))
    if isinstance(shape, GateShape | MergeShape):
        return shape._replace(wrong=True)
    return shape._replace(broken=True) if isinstance(shape, SkipShape) else shape
