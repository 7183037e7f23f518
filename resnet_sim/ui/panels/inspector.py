"""The inspector: everything about what is selected, and the fields that change it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QScrollArea, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.controls import Toggle
from resnet_sim.ui.panels.help_note import HelpNote
from resnet_sim.ui.panels.inspector_node import WIDTH, NodePage, Page, skips_beside
from resnet_sim.ui.panels.inspector_pages import BlockPage, NetworkPage, SeveralPage, SkipPage
from resnet_sim.ui.theme import Look

_ = translator()

LEAST_WIDTH, MOST_WIDTH = 260, 360


class Inspector(QScrollArea):
    """Shows the selection of an editor. `done`: Esc was pressed, the canvas takes the focus."""

    done = Signal()

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__()
        self._editor, self._look = editor, look
        self.page: Page | None = None
        self.note: HelpNote | None = None
        self._key: Hashable = None
        self._fix_key = ""
        self.setObjectName("panel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(MOST_WIDTH)
        self.resize(WIDTH, 600)
        self.setAccessibleName(_("Inspector"))
        editor.changed.connect(self._refresh)
        editor.selected.connect(self._refresh)

    def refresh(self) -> None:
        """Show the selection as it is now."""
        key = self._wanted()
        if key != self._key:
            self._key = key
            self._show(self._made())
        if self.page is not None:
            self.page.refresh()

    def use_keys(self, in_force: Mapping[str, str]) -> None:
        """Keys are others now."""
        self._fix_key, self._key = in_force["next_problem"], None
        self.refresh()

    def focus_field(self, line: str = "") -> None:
        """The field of this line of a card takes the focus, its text selected; without one, the first."""
        if self.page is None:
            return
        meant = self.page.field_of(line)
        for each in [*([meant] if meant is not None else []), *self.page.findChildren(QWidget)]:
            able = each.isVisible() and each.isEnabled() and each.focusPolicy() != Qt.FocusPolicy.NoFocus
            if able and isinstance(each, QLineEdit | QComboBox | Toggle):
                each.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def show_help(self, lines: tuple[str, ...]) -> None:
        """A note of help above the page, until something else is selected; the same note again closes it."""
        before, page = self.note, self.page
        if before is not None:
            self.close_help()
        if page is None or (before is not None and before.lines == lines):
            return
        self.note = HelpNote(self._look, lines)
        self.note.close_button.clicked.connect(self.close_help)
        page.box.insertWidget(0, self.note)
        self.note.show()
        self.verticalScrollBar().setValue(0)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.note.accessibleDescription()))

    def close_help(self) -> None:
        """No note any more."""
        note, self.note = self.note, None
        if note is not None:
            note.hide()
            note.deleteLater()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.focus_field()

    def _refresh(self, _change: object = None) -> None:
        self.refresh()

    def _wanted(self) -> Hashable:
        """What decides which page is shown; as long as it stays, the page and the focus in it stay."""
        editor = self._editor
        network, chosen = editor.network, editor.selection
        if len(chosen) != 1:
            return ("several",) if chosen else ("network",)
        id = editor.current
        node = network.by_id.get(id)
        if node is None:
            block = next((each for each in network.blocks if each.id == id), None)
            inside = block.nodes if block is not None else ()
            return (id, *(skip.id for each in inside for skip in network.skips_into.get(each, ())))
        block = network.block_of.get(id)
        owner = block.id if block is not None else ""
        return (id, node.layer.kind, editor.report.numbers.get(id), owner, skips_beside(network, id))

    def _made(self) -> Page:
        editor, look, id = self._editor, self._look, self._editor.current
        if len(editor.selection) != 1:
            return SeveralPage(editor, look) if editor.selection else NetworkPage(editor, look)
        if id in editor.network.by_id:
            return NodePage(editor, look, id)
        if id in editor.network.skip_by_id:
            return SkipPage(editor, look, id)
        return BlockPage(editor, look, id)

    def _show(self, page: Page) -> None:
        old, self.page, self.note = self.takeWidget(), page, None
        page.fix_key = self._fix_key
        if old is not None:
            old.hide()
            old.deleteLater()
        page.setObjectName("panel")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        page.setAccessibleName(_("Inspector"))
        page.escaped.connect(self.done)
        self.setWidget(page)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit()
        else:
            super().keyPressEvent(event)
