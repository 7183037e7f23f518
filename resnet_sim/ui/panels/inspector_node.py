"""The inspector's page of one layer: what it computes, its settings, what is wrong, its sizes, its block."""

from __future__ import annotations

from functools import partial
from math import prod

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError, sentence
from resnet_sim.layers.base import Parameter, Shape, size_text
from resnet_sim.network import edits
from resnet_sim.network.graph import Network, Node
from resnet_sim.network.notation import activation_places
from resnet_sim.network.problems import Fix, Problem
from resnet_sim.network.wiring import is_add
from resnet_sim.settings import settings_of
from resnet_sim.ui.canvas.hits import SPEC, WEIGHTS
from resnet_sim.ui.canvas.trouble import places
from resnet_sim.ui.course_words import Notation, kind_word, membership, node_title, size_rule
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.formula import layout
from resnet_sim.ui.panels.controls import Toggle, label, row, rule
from resnet_sim.ui.panels.inspector_fields import SettingsForm
from resnet_sim.ui.panels.inspector_parts import ErrorBox, Fact, FactTable, FormulaCard, Head, column, empty
from resnet_sim.ui.panels.inspector_sections import BlockSection, GateRow, SkipSection
from resnet_sim.ui.theme import Look

_ = translator()

WIDTH = 268
INSIDE = WIDTH - 32
LONGEST_NAME = 110
"""Px of the name of a value in the table of sizes."""


def count_text(n: int) -> str:
    """5 034, with a narrow space that does not break."""
    return f"{n:,}".replace(",", "\u202f")


class Page(QWidget):
    """What the inspector shows of the selection. `refresh` shows it as it is now."""

    escaped = Signal()
    fix_key = ""
    """The key that makes the first fix."""

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__()
        self.editor, self.look = editor, look
        self.box = column(self, 8, (16, 14, 16, 16))

    def refresh(self) -> None:
        """Show the document as it is now."""
        raise NotImplementedError

    def field_of(self, line: str) -> QWidget | None:
        """What changes the value on a line of a card, see canvas.hits.line_at; None for the first field there is."""
        return None

    def total(self) -> Fact:
        """How many numbers the network learns, if the sizes are known."""
        report = self.editor.report
        return Fact(_("Network"), count_text(report.total) if report.shapes else "–", strong=True)

    def apply_fix(self, fix: Fix) -> None:
        """Make a fix."""
        self.editor.edit(fix.label, fix.edit)


class Errors(QWidget):
    """The errors of one place, each in its box."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._shown: tuple[object, ...] = ()
        self.boxes: list[ErrorBox] = []
        self._box = column(self, 8)
        self.setAccessibleName(_("Errors"))

    def show_problems(self, problems: tuple[Problem, ...], rule: tuple[str, ...]) -> None:
        """Show these errors; `rule` stands in the first."""
        key = (*((each.sentence, tuple(fix.label for fix in each.fixes)) for each in problems), rule)
        if key == self._shown:
            for box, problem in zip(self.boxes, problems, strict=True):
                box.renew(problem)
            return
        self._shown = key
        empty(self._box)
        page = self._page
        self.boxes = [
            ErrorBox(page.look, each, rule, INSIDE, True, page.apply_fix, page.fix_key)
            if i == 0
            else ErrorBox(page.look, each, (), INSIDE, False, page.apply_fix)
            for i, each in enumerate(problems)
        ]
        for box in self.boxes:
            self._box.addWidget(box)
        self.setVisible(bool(problems))


class NodePage(Page):
    """One layer."""

    def __init__(self, editor: Editor, look: Look, id: str) -> None:
        super().__init__(editor, look)
        self.id = id
        node = editor.network.by_id[id]
        number = editor.report.numbers.get(id, 0)
        self.head, self.card = Head(look), FormulaCard(look, INSIDE)
        names = [each.name for each in settings_of(node.layer)]
        starts = [name for name in names if name.startswith("start")]
        self.form = SettingsForm(look, node.layer, number, [name for name in names if name not in starts])
        self.start_form = SettingsForm(look, node.layer, number, starts)
        self.errors = Errors(self)
        self.gate = GateRow(editor, look, id) if node.layer.weighted else None
        self.freeze = Toggle(look, _("Freeze"), _("Its parameters stay as they are while others learn."))
        self.freeze.toggled.connect(self._set_frozen)
        self._freeze_row = row(label(_("Freeze")), None, self.freeze)
        self.table = FactTable(look, _("Sizes and parameters"))
        block = editor.network.block_of.get(id)
        self.block = BlockSection(editor, look, block.id) if block is not None else None
        self.paths = tuple(SkipSection(editor, look, each) for each in skips_beside(editor.network, id))
        self._lay_out()
        for form in (self.form, self.start_form):
            form.changed.connect(self._set)
            form.left.connect(editor.seal)
            form.escaped.connect(self.escaped)

    def _lay_out(self) -> None:
        self._below = QWidget()
        self._below.setAccessibleName(_("Activation and start"))
        together = column(self._below, 4)
        for part in (self.gate, self.start_form, self._freeze_row):
            if part is not None:
                together.addWidget(part)
        for each in (self.head, self.card, self.form, self.errors, self._below):
            self.box.addWidget(each)
        self.box.addWidget(rule())
        self.box.addWidget(label(_("Sizes and parameters"), "strong"))
        self.box.addWidget(self.table)
        for path in self.paths:
            self.box.addWidget(rule())
            self.box.addWidget(path)
        if self.block is not None:
            self.box.addWidget(rule())
            self.box.addWidget(self.block)
        self.box.addStretch(1)

    def field_of(self, line: str) -> QWidget | None:
        rows = self.start_form.rows if line == WEIGHTS else self.form.rows
        found = rows.get({SPEC: "size", WEIGHTS: "start"}.get(line, ""))
        return found.field if found is not None else None

    def refresh(self) -> None:
        network, report = self.editor.network, self.editor.report
        node = network.by_id[self.id]
        activations = activation_places(network)
        notation = Notation(network, report, activations)
        problems = tuple(each for each in report.errors if self.id in places(network, each))
        title = node_title(network, report.numbers, self.id)
        self.head.show_words(title, membership(network, self.id), len(problems))
        self.card.show_said(notation.said(self.id))
        wrong = _changed_settings(network, node, problems)
        for form in (self.form, self.start_form):
            form.show_values(node.layer, wrong)
            form.setVisible(any(not each.isHidden() for each in form.rows.values()))
        came = report.shapes.get(network.main_input.get(self.id, ""))
        sizes = size_rule(node.layer, came)
        self.errors.show_problems(problems, sizes if any(wrong.values()) else ())
        if self.gate is not None:
            self.gate.show_gate(activations.get(self.id, self.id))
        self._show_frozen(network, node)
        together = (self.gate, self.start_form, self._freeze_row)
        self._below.setVisible(any(part is not None and not part.isHidden() for part in together))
        self.table.show_facts(self._facts(notation, came, () if problems else sizes))
        for section in (*self.paths, self.block):
            if section is not None:
                section.refresh()

    def _show_frozen(self, network: Network, node: Node) -> None:
        block = network.block_of.get(self.id)
        by_block = block is not None and block.frozen
        self._freeze_row.setVisible(self.editor.report.parameters.get(self.id, 0) > 0 or node.layer.weighted)
        self.freeze.blockSignals(True)
        self.freeze.setChecked(node.frozen or by_block)
        self.freeze.blockSignals(False)
        self.freeze.setEnabled(not by_block)
        self.freeze.setToolTip(_("The whole block is frozen.") if by_block else self.freeze.accessibleDescription())

    def _facts(self, notation: Notation, came: Shape | None, sizes: tuple[str, ...]) -> list[Fact]:
        network, report = self.editor.network, self.editor.report
        layer, shape = network.by_id[self.id].layer, report.shapes.get(self.id)
        before = network.main_input.get(self.id)
        bad = any(self.id in places(network, each) for each in report.errors)
        found = []
        if before is not None and came is not None:
            found.append(Fact(_("Input ${value}$").format(value=_name(notation, before)), size_text(came)))
        if shape is not None:
            said = size_text(shape)
            assumed = self.id in report.assumed and not bad
            value = sentence("{size}, if fixed", size=said).render(_) if assumed else said
            words = _("Output ${value}$").format(value=_name(notation, self.id))
            found.append(Fact(words, value, "err" if bad else "ink3" if assumed else "ink"))
        for name, tex in zip(("n_H", "n_W"), sizes, strict=False):
            words = f"${name}$" if len(sizes) > 1 else r"$n_H,\,n_W$"
            found.append(Fact(words, f"${tex}$", "ink2"))
        for each in _parameters(layer, came):
            symbol = each.symbol.replace("[l]", f"[{notation.number(self.id)}]")
            size = "·".join(map(str, each.shape))
            value = f"{size} = {count_text(prod(each.shape))}" if len(each.shape) > 1 else count_text(prod(each.shape))
            found.append(Fact(rf"$\wt{{{symbol}}}$", value))
        if report.parameters.get(self.id):
            found.append(Fact(_("This layer"), count_text(report.parameters[self.id]), strong=True))
        return [*found, self.total()]

    def _set(self, name: str, value: object) -> None:
        node = self.editor.network.by_id.get(self.id)
        if node is None:
            return  # it went while a number was being typed
        setting = next(each for each in settings_of(node.layer) if each.name == name)
        said = sentence("{setting} of {layer}", setting=sentence(setting.label), layer=sentence(kind_word(node.layer)))
        edit = partial(edits.set_setting, node_id=self.id, name=name, value=value)
        if not self.editor.edit(said, edit, merge_key=("setting", self.id, name)):
            self.refresh()

    def _set_frozen(self, on: bool) -> None:
        kind = sentence(kind_word(self.editor.network.by_id[self.id].layer))
        said = sentence("Freeze {layer}", layer=kind) if on else sentence("Unfreeze {layer}", layer=kind)
        self.editor.edit(said, partial(edits.set_frozen, node_id=self.id, frozen=on))


def skips_beside(network: Network, id: str) -> tuple[str, ...]:
    """The skip connections that land on this (+), or on one in the block of this layer."""
    if is_add(network.by_id.get(id)):
        return tuple(skip.id for skip in network.skips_into.get(id, ()))
    block = network.block_of.get(id)
    if block is None or not network.by_id[id].layer.weighted:
        return ()
    return tuple(skip.id for node in block.nodes for skip in network.skips_into.get(node, ()))


def _name(notation: Notation, id: str) -> str:
    """A value in a few letters: sums and g(...) are called by their a^{[l]}."""
    tex = notation.out(id)
    return tex if layout(tex, 14).width <= LONGEST_NAME else notation.letter("a", id)


def _parameters(layer: object, came: Shape | None) -> tuple[Parameter, ...]:
    read = getattr(layer, "parameters", None)
    if came is None or read is None:
        return ()
    try:
        return tuple(each for each in read((came,)) if each.learned)
    except ResNetSimError:
        return ()


def _changed_settings(network: Network, node: Node, problems: tuple[Problem, ...]) -> dict[str, bool]:
    """The settings of a layer that the best fixes change: they are what does not fit."""
    found: dict[str, bool] = {}
    for problem in problems:
        if not problem.fixes:
            continue
        try:
            after = problem.fixes[0].edit(network).by_id.get(node.id)
        except ResNetSimError:
            continue
        if after is not None and type(after.layer) is type(node.layer):
            for each in settings_of(node.layer):
                if getattr(after.layer, each.name) != getattr(node.layer, each.name):
                    found[each.name] = True
    return found
