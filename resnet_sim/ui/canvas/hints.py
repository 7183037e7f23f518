"""What the keys do now, for the status line; and a card in words, for the screen reader."""

from __future__ import annotations

from resnet_sim.assets import translator
from resnet_sim.layers.base import size_text
from resnet_sim.network.graph import Network
from resnet_sim.network.problems import Report
from resnet_sim.network.wiring import is_output
from resnet_sim.ui.canvas.content import Content

_ = translator()


def hint(network: Network, report: Report, writing: Content, selection: tuple[str, ...]) -> str:
    """The line for a selection."""
    if not network.nodes:
        return _("Drop a layer here, or press C, F or B to begin")
    if not selection:
        return _("Home first layer   C F G P A N add a layer   B residual block   Ctrl+0 fit")
    if len(selection) > 1:
        return _("{n} selected   Del delete   Ctrl+D duplicate   Ctrl+C copy   Esc none").format(n=len(selection))
    id = selection[0]
    words = spoken(network, report, writing, id)
    if id in network.skip_by_id:
        keys = _("1 as it is   2 W_s   3 zero padding   M off or on   Down back   Del delete")
    elif any(block.id == id for block in network.blocks):
        keys = _("Enter edit   Ctrl+D duplicate   Del delete")
    elif is_output(network.by_id.get(id)):
        keys = _("←→ next layer   Enter edit   Ctrl+Z undo")
    elif id in writing.trouble.problems:
        keys = _("F8 apply the first fix   ←→ next layer   S start a skip   Enter edit   Ctrl+Z undo")
    else:
        keys = _("←→ next layer   Up to the skip   S start a skip   Enter edit   Del delete   Ctrl+Z undo")
    return _("{what}   {keys}").format(what=words, keys=keys)


def spoken(network: Network, report: Report, writing: Content, id: str) -> str:
    """A card, skip connection or block in words."""
    skip = network.skip_by_id.get(id)
    if skip is not None:
        return _("Skip connection from {source} to {target}").format(source=skip.source, target=skip.target)
    node = network.by_id.get(id)
    card = writing.cards.get(id)
    if node is None or card is None:
        return writing.titles.get(id, id)
    shape = report.shapes.get(id)
    name = card.title
    if node.layer.weighted:
        name = _("{title}, layer {number}").format(title=name, number=report.numbers.get(id, 0))
    return _("{name}, output {size}").format(name=name, size=size_text(shape)) if shape else name
