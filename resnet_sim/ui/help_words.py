"""What F1 says: the help of what is selected, of the control that has the focus, or what the keys do here."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from resnet_sim.assets import translator
from resnet_sim.layers.base import Layer
from resnet_sim.layers.shortcuts import Projection, ZeroPad
from resnet_sim.network.graph import Network, Skip
from resnet_sim.settings import settings_of
from resnet_sim.ui.actions import EDIT, NETWORK, TRAIN
from resnet_sim.ui.shortcuts import LAYERS, Shortcuts

_ = translator()

Lines = tuple[str, ...]
"""The first is the title; maths stands between dollar signs."""


def help_on(network: Network, id: str) -> Lines:
    """The help of a layer, skip connection or block, () for anything else. Its formula stands in the panel beside."""
    if id in network.by_id:
        layer = network.by_id[id].layer
        return (_(layer.title), _(layer.help), *_settings(layer))
    if id in network.skip_by_id:
        skip = network.skip_by_id[id]
        about = _("Adds an earlier value to a later one, past the layers in between.")
        on_path = {"learned": Projection.help, "zero_pad": ZeroPad.help}.get(skip.shortcut, "")
        return (_("Skip connection"), about, *((_(on_path),) if on_path else ()), *_settings(skip))
    if any(block.id == id for block in network.blocks):
        about = _("Layers that stand together under one name; a λ, freezing and folding can be theirs alone.")
        return _("Block"), about
    return ()


def _settings(owner: Layer | Skip) -> Lines:
    learned_only = isinstance(owner, Skip) and owner.shortcut != "learned"
    shown = [each for each in settings_of(owner) if not (learned_only and each.name not in ("shortcut", "enabled"))]
    return tuple(_("{label}: {help}").format(label=_(each.label), help=_(each.help)) for each in shown)


def focus_help(focus: QWidget | None) -> Lines:
    """What a control says of itself, () where it says nothing."""
    if focus is None or not focus.accessibleDescription():
        return ()
    return focus.accessibleName(), focus.accessibleDescription()


def keys_help(shortcuts: Shortcuts, building: bool) -> Lines:
    """What the keys do in a mode, as they are in force."""
    groups = [LAYERS, *(each.replace("&", "") for each in (EDIT, NETWORK))]
    if not building:
        groups = [TRAIN.replace("&", "")]
    walking = _("Home, End, ← →: the layers; ↑ ↓: the skip connection over a layer and back")
    found = [_("What the keys do here"), walking]
    for command in shortcuts.commands.values():
        if command.group in groups and (keys := shortcuts.keys(command.name)):
            found.append(_("{keys}: {words}").format(keys=keys, words=command.words))
    return tuple(found)
