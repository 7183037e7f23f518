"""What the keys do now, for the status line; and a card in words, for the screen reader."""

from __future__ import annotations

from collections.abc import Mapping

from resnet_sim.assets import translator
from resnet_sim.layers.base import Category, size_text
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import Network
from resnet_sim.network.problems import Report
from resnet_sim.network.wiring import is_output
from resnet_sim.ui.canvas.content import Content
from resnet_sim.ui.canvas.desk import Offer
from resnet_sim.ui.canvas.drops import BLOCK
from resnet_sim.ui.canvas.pill_choices import SHORTCUT, TOGGLE
from resnet_sim.ui.key_line import APART, key_line, together

_ = translator()

_SHORT = {"identity": _("as it is"), "learned": _("W_s"), "zero_pad": _("zero padding")}
_SPOKEN = {
    "identity": _("Skip connection from {source} to {target}, as it is"),
    "learned": _("Skip connection from {source} to {target}, through W_s"),
    "zero_pad": _("Skip connection from {source} to {target}, zero padding"),
}


def hint(
    network: Network, report: Report, writing: Content, selection: tuple[str, ...], keys: Mapping[str, str]
) -> str:
    """The line for a selection. keys: those in force, by the name of what they do."""
    if not network.nodes:
        begin = together(*(keys[name] for name in ("conv2d", "dense", BLOCK + "residual")))
        return _("Drop a layer here, or press one of {keys} to begin").format(keys=begin) if begin else ""
    if not selection:
        kinds_there = sorted(layer_kinds().values(), key=lambda kind: tuple(Category).index(kind.category))
        letters = together(*(keys[kind.kind] for kind in kinds_there if kind.in_palette))
        return key_line(
            ("Home", _("first layer")),
            (letters, _("add a layer")),
            (keys[BLOCK + "residual"], _("residual block")),
            ("Tab", _("skip connections")),
            (keys["fit"], _("fit")),
        )
    delete, undo, edit = (keys["delete"], _("delete")), (keys["undo"], _("undo")), ("Enter", _("edit"))
    duplicate, walk = (keys["duplicate"], _("duplicate")), ("←→", _("next layer"))
    if len(selection) > 1:
        chosen = _("{n} selected").format(n=len(selection))
        return APART.join((chosen, key_line(delete, duplicate, (keys["copy"], _("copy")), ("Esc", _("none")))))
    id = selection[0]
    skip = (keys["skip"], _("start a skip"))
    if id in network.skip_by_id:
        kinds = [(keys[SHORTCUT + name], words) for name, words in _SHORT.items()]
        toggle = (keys[TOGGLE], _("off or on"))
        line = key_line(("Enter", _("choose")), *kinds, toggle, ("Tab", _("next skip")), ("Down", _("back")), delete)
    elif any(block.id == id for block in network.blocks):
        line = key_line(edit, duplicate, delete)
    elif is_output(network.by_id.get(id)):
        line = key_line(walk, edit, undo)
    elif id in writing.trouble.problems:
        line = key_line((keys["next_problem"], _("apply the first fix")), walk, skip, edit, undo)
    else:
        line = key_line(walk, ("Up", _("to the skip")), skip, edit, delete, undo)
    return _("{what}   {keys}").format(what=spoken(network, report, writing, id), keys=line)


def offer_hint(offer: Offer) -> str:
    """The line while a button of an offer has the focus."""
    own = together(*(each.key for each in offer.choices))
    beside = ("←→", _("the others")) if len(offer.choices) > 1 else ("", "")
    return key_line((own, _("choose")), beside, ("Enter", _("takes it")), ("Esc", _("back to the canvas")))


def spoken(network: Network, report: Report, writing: Content, id: str) -> str:
    """A card, skip connection or block in words."""
    skip = network.skip_by_id.get(id)
    if skip is not None:
        words = _("Skip connection from {source} to {target}, off") if not skip.enabled else _SPOKEN[skip.shortcut]
        return words.format(source=skip.source, target=skip.target)
    node = network.by_id.get(id)
    card = writing.cards.get(id)
    if node is None or card is None:
        return writing.titles.get(id, id)
    shape = report.shapes.get(id)
    name = card.title
    if node.layer.weighted:
        name = _("{title}, layer {number}").format(title=name, number=report.numbers.get(id, 0))
    return _("{name}, output {size}").format(name=name, size=size_text(shape)) if shape else name
