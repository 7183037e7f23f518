"""The palette: every kind of layer and block as a card to drag, or to add behind what is selected."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.datasets.registry import data_set
from resnet_sim.errors import ResNetSimError, sentence
from resnet_sim.layers.base import Category, size_text
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.ui.canvas.deeds import block_added, layer_added
from resnet_sim.ui.canvas.drops import BLOCK, BLOCK_LABELS
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.panels.controls import say
from resnet_sim.ui.panels.palette_cards import Card, Entry, Find
from resnet_sim.ui.prose import MathProse
from resnet_sim.ui.theme import Look

_ = translator()

WIDTH, RAIL_WIDTH = 156, 44
_ORDER = tuple(Category)
_SKIP = "skip"


def layer_entries() -> Iterator[Entry]:
    """A card for every kind of layer that is found, in the order one meets them in a network."""
    kinds = sorted(layer_kinds().values(), key=lambda each: (_ORDER.index(each.category), not each.shortcut_key))
    for each in kinds:
        if each.in_palette:
            words = f"{each.kind} {each.category} {_(each.help)}"
            yield Entry(each.kind, _(each.title), _(each.help), each.kind, each.shortcut_key, words)


def skip_entries() -> Iterator[Entry]:
    """The skip connection and the blocks."""
    about = _("Draw a skip connection from the selected layer to a later one.")
    yield Entry(_SKIP, _("Skip"), about, "skip", "S", "skip connection short cut")
    for kind, title, about, key in (
        ("residual", _("Residual block"), _("Two layers and a skip connection over them."), "B"),
        ("pre_activation", _("Pre-activation"), _("A residual block with g before each W, none behind (+)."), ""),
        ("bottleneck", _("Bottleneck"), _("A residual block that is narrow inside."), ""),
        ("plain", _("Plain pair"), _("The same two layers without a skip connection."), ""),
    ):
        yield Entry(BLOCK + kind, title, about, kind, key, f"{kind} block")


class Palette(QWidget):
    """Adds layers and blocks behind what is selected, always through the editor.

    skip_requested: the card of the skip connection. data_requested: the card of the data set. done: Esc.
    """

    skip_requested = Signal()
    data_requested = Signal()
    done = Signal()

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__()
        self._editor, self._look, self._narrow = editor, look, False
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_("Palette"))
        self.finder = Find(look)
        self.rail_find = Card(look, Entry("find", _("Find"), _("Find a layer by its name."), "search", "/"), False)
        self.cards: dict[str, Card] = {}
        self.headings: list[QWidget] = []
        self.hint = MathProse(
            look, _("Drag onto the canvas, or double-click to add behind the selected layer."), 12, "ink3"
        )
        self.nothing = MathProse(look, _("No layer is called that."), 12, "ink2")
        self._lay_out()
        self.finder.textChanged.connect(self._filter)
        self.finder.entered.connect(self._add_first)
        self.finder.down.connect(self._to_first)
        self.finder.escaped.connect(self.done)
        self.finder.left.connect(self._found)
        self.rail_find.added.connect(self.focus_find)
        editor.changed.connect(lambda _change: self.refresh())
        self.set_narrow(False)

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("panel")
        self._box = QVBoxLayout(inside)
        self._box.setContentsMargins(8, 0, 8, 12)
        self._box.setSpacing(4)
        self._box.addWidget(self.nothing)
        self._section(_("Layers"), layer_entries())
        self._section(_("Skip connection"), skip_entries(), "skip")
        self._box.addWidget(self.hint)
        self._data_place = self._heading(_("Data"))
        self.data = Card(self._look, Entry("data", "", _("The data set of this network."), "data"), False)
        self.data.added.connect(self.data_requested)
        self._box.addWidget(self.data)
        self.data_size = MathProse(self._look, "", 12, "ink2")
        self._box.addWidget(self.data_size)
        self._box.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(_("Layers to add"))
        self._scroll.verticalScrollBar().rangeChanged.connect(self._make_room)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 10, 0, 0)
        outer.setSpacing(8)
        self._top = QVBoxLayout()
        self._top.setContentsMargins(8, 0, 8, 0)
        self._top.addWidget(self.finder)
        self._top.addWidget(self.rail_find)
        outer.addLayout(self._top)
        outer.addWidget(self._scroll, 1)

    def _make_room(self, _low: int, high: int) -> None:
        """A scroll bar stands in the margin, so that the cards keep their width."""
        self._box.setContentsMargins(8, 0, 0 if high and not self._narrow else 8, 12)

    def _heading(self, words: str, role: str = "ink2") -> QWidget:
        made = MathProse(self._look, words, 12, role, 600, lines=1)
        self._box.addSpacing(4)
        self.headings.append(made)
        self._box.addWidget(made)
        return made

    def _section(self, words: str, entries: Iterator[Entry], role: str = "ink2") -> None:
        self._heading(words, role)
        for entry in entries:
            card = self.cards[entry.name] = Card(self._look, entry, draggable=entry.name != _SKIP)
            card.added.connect(partial(self.add, entry.name))
            card.escaped.connect(self.done)
            self._box.addWidget(card)

    def refresh(self) -> None:
        """Show the data set of the document."""
        reference, data = self._editor.experiment.data, self._editor.data
        try:
            title = _(data_set(reference).title)
        except ResNetSimError:
            title = reference.name
        self.data.entry = Entry("data", title, _("The data set of this network."), "data")
        self.data.setText(title)
        say(self.data, sentence("Data set {title}", title=title).render(_), _("The data set of this network."))
        self.data.set_narrow(self._narrow)
        self.data_size.show_text(
            sentence("{size}, {n} outputs", size=size_text(data.input), n=data.outputs).render(_) if data else ""
        )

    def add(self, name: str) -> bool:
        """Add a layer or block behind what is selected, else before the output. Whether that was possible."""
        if name == _SKIP:
            self.skip_requested.emit()
            return True
        editor = self._editor
        before, after = editor.network.ids, editor.current
        if name.startswith(BLOCK):
            kind = name.removeprefix(BLOCK)
            edit = partial(block_added, kind=kind, shapes=dict(editor.report.shapes), after=after)
            if not editor.edit(BLOCK_LABELS[kind], edit):
                return False
            editor.select(*(block.id for block in editor.network.blocks if block.id not in before))
            return True
        layer = layer_kinds()[name]()
        said = sentence("Add {layer}", layer=sentence(layer.title))
        return editor.edit(said, partial(layer_added, layer=layer, after=after), select_new=True)

    def set_narrow(self, narrow: bool) -> None:
        """A rail of icons, 44 px wide, or the whole palette."""
        self._narrow = narrow
        self.setFixedWidth(RAIL_WIDTH if narrow else WIDTH)
        self._show_narrow(narrow)

    def _show_narrow(self, narrow: bool) -> None:
        for card in (*self.cards.values(), self.data, self.rail_find):
            card.set_narrow(narrow)
        for each in (*self.headings, self.hint, self.data_size, self.finder):
            each.setVisible(not narrow)
        self.rail_find.setVisible(narrow)
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self._scroll.setVerticalScrollBarPolicy(off if narrow else needed)  # in the rail it would cover the icons
        self._filter(self.finder.text())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        (self.rail_find if self._narrow else self.finder).setFocus(Qt.FocusReason.TabFocusReason)

    def focus_find(self) -> None:
        """The key "/": type a name. A rail opens for as long as one types."""
        if self._narrow:
            self.setFixedWidth(WIDTH)
            self._show_narrow(False)
        self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.finder.selectAll()

    def _found(self) -> None:
        if self._narrow:
            self.finder.clear()
            self.set_narrow(True)

    def matches(self) -> list[str]:
        """The names of the cards that Find leaves, best first: those whose title begins with what was typed."""
        typed = self.finder.text().strip().casefold()
        found = []
        for name, card in self.cards.items():
            title, words = card.entry.title.casefold(), f"{card.entry.title} {card.entry.words}".casefold()
            if typed in words:
                rank = 0 if title.startswith(typed) else 1 if typed in title else 2
                found.append((rank, name))
        return [name for _rank, name in sorted(found, key=lambda each: each[0])]

    def _filter(self, _text: str) -> None:
        found = set(self.matches())
        for name, card in self.cards.items():
            card.setVisible(name in found)
        self.nothing.setVisible(not found)
        searching = bool(self.finder.text().strip())
        for each in (*self.headings, self.hint, self.data_size):
            each.setVisible(not searching and self.finder.isVisibleTo(self))
        self.data.setVisible(not searching)

    def _add_first(self) -> None:
        found = self.matches()
        if found and self.finder.text().strip() and self.add(found[0]):
            self.finder.clear()
            self.done.emit()

    def _to_first(self) -> None:
        found = self.matches()
        if found:
            self.cards[found[0]].setFocus(Qt.FocusReason.TabFocusReason)
