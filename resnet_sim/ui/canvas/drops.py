"""What is dropped from the palette: a layer or a block, on a connection or anywhere."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QMimeData, QPointF

from resnet_sim.assets import translator
from resnet_sim.errors import Sentence, sentence
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import BLOCK_KINDS, Connection
from resnet_sim.ui.canvas import deeds
from resnet_sim.ui.canvas.desk import Desk, new_ids
from resnet_sim.ui.canvas.hits import Part, edge_at, hit
from resnet_sim.ui.editor import Edit

_ = translator()

MIME = "application/x-resnet-sim-layer"
BLOCK = "block:"
BLOCK_LABELS = {
    "residual": sentence("Add a residual block"),
    "pre_activation": sentence("Add a pre-activation block"),
    "bottleneck": sentence("Add a bottleneck block"),
    "plain": sentence("Add a plain block"),
}


def dragged(mime: QMimeData) -> str:
    """The kind of layer, or "block:" and the kind of block; "" for anything else."""
    if not mime.hasFormat(MIME):
        return ""
    name = bytes(mime.data(MIME).data()).decode(errors="replace")
    known = name in layer_kinds() or name.removeprefix(BLOCK) in BLOCK_KINDS
    return name if known else ""


def under(desk: Desk, point: QPointF) -> Connection | None:
    """The connection a drop at this point of the viewport goes on."""
    inverse, _invertible = desk.view.viewportTransform().inverted()
    at = inverse.map(point)
    return edge_at(desk.scene.plan, at.x(), at.y(), 18 / desk.view.scale_now)


def drop(desk: Desk, name: str, point: QPointF) -> bool:
    """Make what was dropped. Whether that was possible."""
    inverse, _invertible = desk.view.viewportTransform().inverted()
    at = inverse.map(point)
    found = hit(desk.scene.plan, at.x(), at.y())
    on_card = found.part in (Part.CARD, Part.SIGN, Part.MERGE) and found.id in desk.network.by_id
    after = found.id if on_card else desk.current
    return add(desk, name, after, under(desk, point))


def add(desk: Desk, name: str, after: str = "", on: Connection | None = None) -> bool:
    """A layer of a kind, or a block, on a connection, else behind an id, else before the output."""
    label, edit = _deed(desk, name, after, on)
    return desk.edit(label, edit, select=new_ids)


def _deed(desk: Desk, name: str, after: str, on: Connection | None) -> tuple[Sentence, Edit]:
    if name.startswith(BLOCK):
        kind = name.removeprefix(BLOCK)
        shapes = dict(desk.editor.report.shapes)
        return BLOCK_LABELS[kind], partial(deeds.block_added, kind=kind, shapes=shapes, after=after, on=on)
    layer = layer_kinds()[name]()
    label = sentence("Add {layer}", layer=sentence(layer.title))
    if on is not None:
        return label, partial(deeds.layer_on, layer=layer, on=on)
    return label, partial(deeds.layer_added, layer=layer, after=after)
