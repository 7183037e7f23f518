"""Sections of the inspector that several pages share: a skip path, a block's lambda and freezing, a layer's g."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError, ShapeError, sentence
from resnet_sim.layers.base import size_text
from resnet_sim.layers.kinds.activation import FUNCTIONS, Activation
from resnet_sim.layers.shortcuts import shortcut_between
from resnet_sim.network import blocks, edits, skips
from resnet_sim.network.graph import Block, Network, Skip
from resnet_sim.network.wiring import is_add
from resnet_sim.ui.canvas.content import function_word
from resnet_sim.ui.course_words import block_title
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.controls import Button, NumberField, Toggle, label, row, say
from resnet_sim.ui.panels.inspector_fields import ChoiceField, FieldRow
from resnet_sim.ui.panels.inspector_parts import column
from resnet_sim.ui.panels.lambda_card import HIGH, LOW, lambda_text, read_lambda, step_lambda
from resnet_sim.ui.panels.segments import Segments
from resnet_sim.ui.panels.sliders import LogSlider
from resnet_sim.ui.prose import MathProse
from resnet_sim.ui.theme import Look

_ = translator()


class SkipSection(QWidget):
    """What stands on a skip path: nothing, W_s, or zero padding; with the reason where one makes no sense."""

    def __init__(self, editor: Editor, look: Look, skip_id: str) -> None:
        super().__init__()
        self._editor, self._id = editor, skip_id
        self.setAccessibleName(_("Skip path"))
        choices = (("identity", _("As it is")), ("learned", _("W_s learned")), ("zero_pad", _("Zero padding")))
        self.shortcut = Segments(look, _("Matrix on the skip path"), choices)
        self.shortcut.chosen.connect(self._choose)
        self.note = MathProse(look, "", 12, "ink2")
        box = column(self, 6)
        box.addWidget(label(_("Matrix on the skip path"), "strong"))
        box.addWidget(self.shortcut)
        box.addWidget(self.note)

    def refresh(self) -> None:
        """Show the skip connection as it is."""
        skip = self._editor.network.skip_by_id.get(self._id)
        if skip is not None:
            reasons = unfit(self._editor, skip)
            self.shortcut.show_value(skip.shortcut, reasons)
            self.note.show_text(self._words(skip, reasons))

    def _words(self, skip: Skip, reasons: dict[str, str]) -> str:
        if "identity" in reasons:
            return reasons["identity"]
        if skip.shortcut == "identity":
            return _("W_s is needed only when the sizes must differ.")
        if skip.shortcut == "learned":
            return _("W_s is learned as every other W, with its own start.")
        return _("Missing channels are filled with zeros; nothing is learned.")

    def _choose(self, shortcut: str) -> None:
        words = {
            "identity": sentence("Skip connection as it is"),
            "learned": sentence("Add W_s"),
            "zero_pad": sentence("Pad with zeros"),
        }
        self._editor.edit(words[shortcut], partial(skips.set_shortcut, skip_id=self._id, shortcut=shortcut))
        self.refresh()


def unfit(editor: Editor, skip: Skip) -> dict[str, str]:
    """Which shortcuts make no sense for the sizes a skip connection joins, and why."""
    shapes = editor.report.shapes
    came, main = shapes.get(skip.source), shapes.get(editor.network.main_input.get(skip.target, ""))
    if came is None or main is None:
        return {}
    found = {}
    if came != main:
        said = sentence("{came} must become {main} to be added.", came=size_text(came), main=size_text(main))
        found["identity"] = said.render(_)
    else:
        found["zero_pad"] = _("The sizes are equal: there is nothing to pad.")
    for kind in ("learned", "zero_pad"):
        try:
            layer = shortcut_between(kind, came, main, skip.start, skip.start_scale, skip.start_sigma)
            brought = layer.output_shape((came,)) if layer is not None else came
            if brought != main:
                raise ShapeError(sentence("brings {size}", size=size_text(brought)))
        except ResNetSimError as error:
            found.setdefault(kind, sentence("It {what}.", what=error.sentence).render(_))
    return found


class BlockSection(QWidget):
    """A block's own lambda, freezing and ungrouping."""

    escaped = Signal()

    def __init__(self, editor: Editor, look: Look, block_id: str, title: bool = True) -> None:
        super().__init__()
        self._editor, self._id = editor, block_id
        self.heading = label("", "strong")
        self.heading.setVisible(title)
        self.own = Toggle(look, _("Lambda of its own"), _("Off, the network’s λ holds in this block too."))
        self.own.toggled.connect(self._set_own)
        self.field = NumberField(read_lambda, lambda_text, step_lambda)
        self.field.setFixedWidth(76)
        say(self.field, _("Lambda of the block"), _("Replaces the network’s λ in this block; 0 is off."))
        self.slider = LogSlider(look, LOW, HIGH, "wt", _("off"))
        say(self.slider, _("Lambda of the block on a scale from off to 1"))
        self.field.entered.connect(self._set_l2)
        self.field.editingFinished.connect(editor.seal)
        self.slider.moved.connect(self._set_l2)
        self.slider.let_go.connect(editor.seal)
        self.freeze = Toggle(look, _("Freeze the block"), _("Its parameters stay as they are while others learn."))
        self.freeze.toggled.connect(self._set_frozen)
        self.ungroup = Button(look, _("Ungroup"), height=28)
        self.ungroup.setToolTip(_("The block is no group any more; its layers and skip connections stay."))
        self.ungroup.clicked.connect(self._ungroup)
        self._value = row(self.slider, self.field)
        box = column(self, 4)
        box.addWidget(self.heading)
        box.addWidget(row(MathProse(look, _("Own $\\lambda$"), lines=1), None, self.own))
        box.addWidget(self._value)
        box.addWidget(row(label(_("Freeze the block")), None, self.freeze))
        box.addWidget(row(self.ungroup, None, margins=(0, 4, 0, 0)))

    def _block(self) -> Block | None:
        return next((each for each in self._editor.network.blocks if each.id == self._id), None)

    def refresh(self) -> None:
        """Show the block as it is."""
        block = self._block()
        if block is None:
            return
        title = block_title(self._editor.network, block)
        self.heading.setText(title)
        self.setAccessibleName(title)
        for toggle, on in ((self.own, block.l2 is not None), (self.freeze, block.frozen)):
            toggle.blockSignals(True)
            toggle.setChecked(on)
            toggle.blockSignals(False)
        self._value.setVisible(block.l2 is not None)
        if block.l2 is not None:
            self.field.show_value(block.l2)
            self.slider.show_value(block.l2)

    def _set_own(self, on: bool) -> None:
        l2 = self._editor.experiment.training.l2 if on else None
        label = sentence("Own λ of a block") if on else sentence("The network’s λ in a block")
        self._editor.edit(label, partial(blocks.set_block_l2, block_id=self._id, l2=l2))
        self.refresh()

    def _set_l2(self, l2: float) -> None:
        block = self._block()
        if block is not None and block.l2 is not None:
            edit = partial(blocks.set_block_l2, block_id=self._id, l2=l2)
            self._editor.edit(sentence("λ of a block"), edit, merge_key=("block l2", self._id))

    def _set_frozen(self, on: bool) -> None:
        label = sentence("Freeze a block") if on else sentence("Unfreeze a block")
        self._editor.edit(label, partial(blocks.set_block_frozen, block_id=self._id, frozen=on))
        self.refresh()

    def _ungroup(self) -> None:
        self._editor.edit(sentence("Ungroup"), partial(blocks.ungroup, block_id=self._id))


class GateRow(FieldRow):
    """The g of a layer with weights, wherever it stands: behind z, behind (+), or before W."""

    def __init__(self, editor: Editor, look: Look, node_id: str) -> None:
        self.choice = ChoiceField(look)
        super().__init__(look, _("Activation $g$"), self.choice, _("The function that makes a of z."))
        self._editor, self._id, self._look = editor, node_id, look
        self._place = node_id
        self.choice.chosen.connect(self._choose)

    def show_gate(self, place: str) -> None:
        """place: the node whose output is a^{[l]}."""
        self._place = place
        network = self._editor.network
        g = self._gate(network)
        function = "none"
        words = _("Activation $g$")
        if g:
            layer = network.by_id[g].layer
            function = layer.function if isinstance(layer, Activation) else "none"
            if is_add(network.by_id.get(network.main_input.get(g, ""))):
                words = _("$g$, after (+)")
            if g == network.main_input.get(self._id):
                words = _("$g$, before $W$")
        self.label.show_text(words)
        self.choice.show_choices(tuple((each, function_word(each)) for each in FUNCTIONS), function)

    def _gate(self, network: Network) -> str:
        place = network.by_id.get(self._place)
        if place is not None and isinstance(place.layer, Activation):
            return place.id
        before = network.by_id.get(network.main_input.get(self._id, ""))
        block = network.block_of.get(self._id)
        own = block is not None and block.kind == "pre_activation" and before is not None and before.id in block.nodes
        return before.id if own and before is not None and isinstance(before.layer, Activation) else ""

    def _choose(self, function: str) -> None:
        network = self._editor.network
        g = self._gate(network)
        if g:
            edit = partial(edits.set_setting, node_id=g, name="function", value=function)
        elif function == "none":
            return
        else:
            edit = partial(edits.insert_after, node_id=self._place, layer=Activation(function))
        self._editor.edit(sentence("Activation {function}", function=sentence(function_word(function))), edit)
