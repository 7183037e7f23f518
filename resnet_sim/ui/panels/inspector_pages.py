"""The inspector's other pages: a skip connection, a block, several things, and the network when nothing is selected."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from resnet_sim.assets import translator
from resnet_sim.datasets.registry import data_set
from resnet_sim.errors import ResNetSimError, sentence
from resnet_sim.layers.base import size_text
from resnet_sim.network import blocks, edits, skips
from resnet_sim.network.experiment import DataReference
from resnet_sim.network.graph import Network
from resnet_sim.network.notation import activation_places
from resnet_sim.settings import settings_of
from resnet_sim.ui.canvas.trouble import places
from resnet_sim.ui.course_words import Notation, Said, block_title, node_title, place_words
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.controls import Button, Toggle, label, row, rule, say
from resnet_sim.ui.panels.inspector_fields import SettingsForm
from resnet_sim.ui.panels.inspector_node import INSIDE, Errors, Page, count_text
from resnet_sim.ui.panels.inspector_parts import Fact, FactTable, FormulaCard, Head
from resnet_sim.ui.panels.inspector_sections import BlockSection, SkipSection
from resnet_sim.ui.prose import plain
from resnet_sim.ui.theme import Look

_ = translator()

_LEARNED_ONLY = ("batch_norm", "start", "start_scale", "start_sigma", "frozen")
_MOST_NAMED = 12


class SkipPage(Page):
    """One skip connection."""

    def __init__(self, editor: Editor, look: Look, id: str) -> None:
        super().__init__(editor, look)
        self.id = id
        skip = editor.network.skip(id)
        self.head, self.card, self.errors = Head(look), FormulaCard(look, INSIDE), Errors(self)
        self.path = SkipSection(editor, look, id)
        self.switch = SettingsForm(look, skip, 0, ("enabled",))
        self.form = SettingsForm(look, skip, 0, _LEARNED_ONLY)
        self.table = FactTable(look, _("Sizes and parameters"))
        for part in (self.head, self.card, self.errors, self.switch, self.path, self.form, rule()):
            self.box.addWidget(part)
        self.box.addWidget(label(_("Sizes and parameters"), "strong"))
        self.box.addWidget(self.table)
        self.box.addStretch(1)
        for form in (self.switch, self.form):
            form.changed.connect(self._set)
            form.left.connect(editor.seal)
            form.escaped.connect(self.escaped)

    def refresh(self) -> None:
        network, report = self.editor.network, self.editor.report
        skip = network.skip(self.id)
        notation = Notation(network, report, activation_places(network))
        problems = tuple(each for each in report.errors if self.id in places(network, each))
        source = notation.out(skip.source, "skip")
        under = sentence("${value}$ is added to layer {n}", value=source, n=notation.number(skip.target))
        if not skip.enabled:
            under = sentence("Off: ${value}$ is not added to layer {n}", value=source, n=notation.number(skip.target))
        self.head.show_words(_("Skip connection"), under.render(_), len(problems))
        self.card.show_said(Said(notation.said(skip.target).formulas if skip.target in network.by_id else ()))
        self.errors.show_problems(problems, ())
        self.switch.show_values(skip)
        self.path.refresh()
        self.form.show_values(skip)
        self.form.setVisible(skip.shortcut == "learned")
        main = network.main_input.get(skip.target, "")
        facts = []
        for words, id, value in (
            (_("From ${value}$"), skip.source, source),
            (_("Added to ${value}$"), main, notation.out(main)),
        ):
            if id in report.shapes:
                facts.append(
                    Fact(words.format(value=value), size_text(report.shapes[id]), "err" if problems else "ink")
                )
        if skip.shortcut == "learned":
            facts.append(Fact("W_s", count_text(report.parameters.get(self.id, 0))))
        self.table.show_facts([*facts, self.total()])

    def _set(self, name: str, value: object) -> None:
        if self.id not in self.editor.network.skip_by_id:
            return
        words = next(each.label for each in settings_of(self.editor.network.skip(self.id)) if each.name == name)
        said = sentence("{setting} of a skip connection", setting=sentence(words))
        if name == "enabled":
            said = sentence("Skip connection on") if value else sentence("Skip connection off")
        edit = partial(skips.set_skip, skip_id=self.id, name=name, value=value)
        self.editor.edit(said, edit, merge_key=("setting", self.id, name))


class BlockPage(Page):
    """One block."""

    def __init__(self, editor: Editor, look: Look, id: str) -> None:
        super().__init__(editor, look)
        self.id = id
        self.head, self.card, self.errors = Head(look), FormulaCard(look, INSIDE), Errors(self)
        self.members = FactTable(look, _("Layers of the block"))
        self.section = BlockSection(editor, look, id, title=False)
        members = editor.network.block(id).nodes
        landing = tuple(skip.id for node in members for skip in editor.network.skips_into.get(node, ()))
        self.paths = tuple(SkipSection(editor, look, each) for each in landing)
        for part in (self.head, self.card, self.errors, self.section):
            self.box.addWidget(part)
        for path in self.paths:
            self.box.addWidget(rule())
            self.box.addWidget(path)
        self.box.addWidget(rule())
        self.box.addWidget(label(_("Layers and their outputs"), "strong"))
        self.box.addWidget(self.members)
        self.box.addStretch(1)

    def refresh(self) -> None:
        network, report = self.editor.network, self.editor.report
        block = network.block(self.id)
        members = [id for id in block.nodes if id in network.by_id]
        inside = {*members, *(skip.id for id in members for skip in network.skips_into.get(id, ()))}
        problems = tuple(each for each in report.errors if inside.intersection(places(network, each)))
        total = sum(report.parameters.get(id, 0) for id in inside)
        weighted = [id for id in members if network.by_id[id].layer.weighted]
        said = sentence("{n} layers with weights, {count} parameters", n=len(weighted), count=count_text(total))
        self.head.show_words(block_title(network, block), said.render(_), len(problems))
        notation = Notation(network, report, activation_places(network))
        self.card.show_said(Said(tuple(tex for id in weighted[:4] for tex in notation.said(id).formulas)))
        self.errors.show_problems(problems, ())
        self.section.refresh()
        for path in self.paths:
            path.refresh()
        self.members.show_facts(
            [
                Fact(
                    node_title(network, report.numbers, id), size_text(report.shapes[id]) if id in report.shapes else ""
                )
                for id in members
            ]
        )


class SeveralPage(Page):
    """Several layers, skip connections and blocks: what they share."""

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__(editor, look)
        self.head = Head(look)
        self.freeze = Toggle(look, _("Freeze all"), _("Their parameters stay as they are while others learn."))
        self.freeze.toggled.connect(self._set_frozen)
        self.group = Button(look, _("Make them a block"), height=28)
        self.group.clicked.connect(self._group)
        self.table = FactTable(look, _("Selected"))
        self._freeze_row = row(label(_("Freeze all")), None, self.freeze)
        for part in (self.head, self._freeze_row, row(self.group, None), rule(), self.table):
            self.box.addWidget(part)
        self.box.addStretch(1)

    def refresh(self) -> None:
        network, report, chosen = self.editor.network, self.editor.report, self.editor.selection
        total = sum(report.parameters.get(id, 0) for id in chosen)
        under = sentence("{count} parameters together", count=count_text(total)).render(_)
        self.head.show_words(sentence("{n} selected", n=len(chosen)).render(_), under)
        frozen = [_frozen(network, id) for id in self._freezable()]
        self._freeze_row.setVisible(bool(frozen))
        self.freeze.blockSignals(True)
        self.freeze.setChecked(bool(frozen) and all(frozen))
        self.freeze.blockSignals(False)
        self.group.setEnabled(self._groups())
        self.group.setToolTip(_("Layers that follow each other on the main path can be a block."))
        facts = [
            Fact(place_words(network, report.numbers, id), size_text(report.shapes[id]) if id in report.shapes else "")
            for id in chosen[:_MOST_NAMED]
        ]
        if len(chosen) > _MOST_NAMED:
            facts.append(Fact(sentence("and {n} more", n=len(chosen) - _MOST_NAMED).render(_), ""))
        self.table.show_facts(facts)

    def _freezable(self) -> list[str]:
        network, learned = self.editor.network, self.editor.report.parameters
        inside = {block.id for block in network.blocks}
        return [id for id in self.editor.selection if id in inside or id in network.skip_by_id or learned.get(id, 0)]

    def _groups(self) -> bool:
        network = self.editor.network
        if any(id not in network.by_id for id in self.editor.selection):
            return False
        try:
            blocks.group(network, self.editor.selection)
        except ResNetSimError:
            return False
        return True

    def _set_frozen(self, on: bool) -> None:
        chosen = tuple(self._freezable())

        def all_frozen(network: Network) -> Network:
            for id in chosen:
                if id in network.by_id:
                    network = edits.set_frozen(network, id, on)
                elif id in network.skip_by_id:
                    network = skips.set_skip(network, id, "frozen", on)
                else:
                    network = blocks.set_block_frozen(network, id, on)
            return network

        template = (
            sentence("Freeze {n} things", n=len(chosen)) if on else sentence("Unfreeze {n} things", n=len(chosen))
        )
        self.editor.edit(template, all_frozen)

    def _group(self) -> None:
        before = {block.id for block in self.editor.network.blocks}
        if self.editor.edit(sentence("Make a block"), partial(blocks.group, node_ids=self.editor.selection)):
            made = [block.id for block in self.editor.network.blocks if block.id not in before]
            self.editor.select(*made)


def _frozen(network: Network, id: str) -> bool:
    if id in network.by_id:
        return network.by_id[id].frozen
    if id in network.skip_by_id:
        return network.skip_by_id[id].frozen
    return network.block(id).frozen


class TitleField(QLineEdit):
    """One line of text. `left` comes when it is taken or left."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(200)
        self.setStyleSheet("font-family: Inter;")
        self.editingFinished.connect(self.left)


class AboutField(QPlainTextEdit):
    """Some lines of text. `left` comes when the focus goes, `escaped` on Esc; Tab leaves."""

    left = Signal()
    escaped = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setTabChangesFocus(True)
        self.setFixedHeight(96)
        self.setUndoRedoEnabled(False)  # the document undoes
        self._dress()
        look.changed.connect(self._dress)

    def _dress(self) -> None:
        theme = self._look.theme
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.field}; border: 1px solid {theme.border}; border-radius: 5px; "
            f"padding: 3px 4px; }} QPlainTextEdit:focus {{ border: 2px solid {theme.ink}; padding: 2px 3px; }}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.left.emit()


class NetworkPage(Page):
    """The whole network: its title, what it is about, and how large it is."""

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__(editor, look)
        self.head, self.table = Head(look), FactTable(look, _("The network in numbers"))
        self.title, self.about = TitleField(), AboutField(look)
        say(self.title, _("Title"), _("What the network is called."))
        say(self.about, _("About"), _("What it is for, in your words."))
        self.about.setPlaceholderText(_("What it is for, in your words."))
        for part in (self.head, label(_("Title"), "small"), self.title, label(_("About"), "small"), self.about, rule()):
            self.box.addWidget(part)
        self.box.addWidget(self.table)
        self.box.addWidget(rule())
        self.box.addWidget(label(_("Select a layer to see what it computes."), "hint"))
        self.box.addStretch(1)
        self.title.textEdited.connect(lambda text: self._set("title", text))
        self.about.textChanged.connect(self._about_typed)
        for field in (self.title, self.about):
            field.left.connect(editor.seal)
        self.about.escaped.connect(self.escaped)

    def refresh(self) -> None:
        network, report, experiment = self.editor.network, self.editor.report, self.editor.experiment
        self.head.show_words(_("Network"), "", len(report.errors))
        if self.title.text() != experiment.title:
            self.title.setText(experiment.title)
        if self.about.toPlainText() != experiment.about:
            self.about.blockSignals(True)
            self.about.setPlainText(experiment.about)
            self.about.blockSignals(False)
        weighted = sum(node.layer.weighted for node in network.nodes)
        self.table.show_facts(
            [
                Fact(_("Layers with weights"), count_text(weighted)),
                Fact(_("Skip connections"), count_text(len(network.skips))),
                Fact(_("Blocks"), count_text(len(network.blocks))),
                Fact(_("Data"), data_title(experiment.data)),
                Fact(_("One example $x$"), size_text(self.editor.data.input) if self.editor.data else "–"),
                Fact(_("Outputs"), count_text(self.editor.data.outputs) if self.editor.data else "–"),
                replace(self.total(), label=_("Parameters")),
            ]
        )

    def _about_typed(self) -> None:
        self._set("about", self.about.toPlainText())

    def _set(self, name: str, text: str) -> None:
        words = sentence("Title") if name == "title" else sentence("About")
        change = {name: text}
        self.editor.apply(words, replace(self.editor.experiment, **change), merge_key=("text", name))  # type: ignore[arg-type]  # both are texts


def data_title(reference: DataReference) -> str:
    """What a data set is called; its name if it is unknown."""
    try:
        return plain(data_set(reference).title)
    except ResNetSimError:
        return reference.name
