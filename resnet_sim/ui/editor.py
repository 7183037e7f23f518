"""The editor: the document as every view shares it, with one selection and one place where edits are tried."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from resnet_sim.errors import ResNetSimError, Sentence
from resnet_sim.layers.base import DataShape
from resnet_sim.network.check import Checker
from resnet_sim.network.document import Change, Document
from resnet_sim.network.experiment import DataReference, Experiment, Position
from resnet_sim.network.graph import Network
from resnet_sim.network.problems import Report

Edit = Callable[[Network], Network]
SizeOf = Callable[[DataReference], DataShape | None]


class Editor(QObject):
    """What canvas, inspector, outline, palette and problems list read, and the only way they change anything.

    Views never keep a network: they read it when `changed` or `selected` tells them to.
    """

    changed = Signal(object)
    """A Change of the document, or None when there is another document."""
    selected = Signal()
    refused = Signal(object)
    """The Sentence of an edit that cannot be made; nothing has changed."""

    def __init__(self, parent: QObject | None = None, size_of: SizeOf | None = None) -> None:
        """size_of: data set -> its sizes, asked when an edit chooses another one."""
        super().__init__(parent)
        self._size_of = size_of
        self._document: Document | None = None
        self._stop: Callable[[], None] | None = None
        self._data: DataShape | None = None
        self._report = Report()
        self._checker = Checker()
        self._selection: tuple[str, ...] = ()

    # --- what there is --------------------------------------------------------------------------------------------

    def show(self, document: Document, data: DataShape | None) -> None:
        """Edit another document. `data`: the size of its data set, None if it is unknown."""
        if self._stop is not None:
            self._stop()
        self._document, self._data = document, data
        self._stop = document.listen(self._heard)
        self._report = self._checker.check(document.experiment.network, data)
        self._selection = ()
        self.changed.emit(None)
        self.selected.emit()

    @property
    def document(self) -> Document:
        """The document being edited."""
        assert self._document is not None, "show() comes first"
        return self._document

    @property
    def experiment(self) -> Experiment:
        """Its current value."""
        return self.document.experiment

    @property
    def network(self) -> Network:
        """Its current network."""
        return self.document.experiment.network

    @property
    def data(self) -> DataShape | None:
        """Size of one example, number of outputs, task."""
        return self._data

    @property
    def report(self) -> Report:
        """All problems and sizes of the current network."""
        return self._report

    # --- selection ------------------------------------------------------------------------------------------------

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of nodes, skips and blocks, in the order they were selected; the last one is what the inspector shows."""
        return self._selection

    @property
    def current(self) -> str:
        """The last selected id, "" if nothing is selected."""
        return self._selection[-1] if self._selection else ""

    def select(self, *ids: str) -> None:
        """Select exactly these; ids that are not there are left out."""
        self._select(ids)

    def _select(self, ids: Iterable[str]) -> None:
        known = self.network.ids
        kept = tuple(dict.fromkeys(each for each in ids if each in known))
        if kept != self._selection:
            self._selection = kept
            self.selected.emit()

    # --- edits ----------------------------------------------------------------------------------------------------

    def edit(
        self,
        label: Sentence,
        function: Edit,
        *,
        merge_key: Hashable | None = None,
        move: Iterable[Position] = (),
        select_new: bool = False,
    ) -> bool:
        """Try an edit of the network (and place cards, in the same entry). Whether it was made.

        One that cannot be made is told by `refused`. select_new: select the node that the edit added last.
        """
        before = self.network
        try:
            network = function(before)
        except ResNetSimError as error:
            self.refused.emit(error.sentence)
            return False
        layout = placed(self.experiment.layout, move, network)
        done = self.apply(label, replace(self.experiment, network=network, layout=layout), merge_key=merge_key)
        if done and select_new:
            new = [node.id for node in network.nodes if node.id not in before.by_id]
            self._select(new[-1:])
        return done

    def apply(self, label: Sentence, experiment: Experiment, *, merge_key: Hashable | None = None) -> bool:
        """Make `experiment` the current one, as one undoable step. Whether that is a change."""
        return self.document.apply(label, experiment, merge_key=merge_key)

    def seal(self) -> None:
        """The mouse or key was released: the next change is an entry of its own."""
        self.document.seal()

    def undo(self) -> None:
        """Show the state before the last edit."""
        self.document.undo()

    def redo(self) -> None:
        """Show the undone edit again."""
        self.document.redo()

    def _heard(self, change: Change) -> None:
        if change.before.data != change.after.data and self._size_of is not None:
            self._data = self._size_of(change.after.data)
        if (change.before.network, change.before.data) != (change.after.network, change.after.data):
            self._report = self._checker.check(change.after.network, self._data)
        self._select(self._selection)
        self.changed.emit(change)


def placed(layout: tuple[Position, ...], move: Iterable[Position], network: Network) -> tuple[Position, ...]:
    """The layout with some cards moved, without places of cards that are no longer there."""
    found = {each.id: each for each in layout if each.id in network.by_id}
    found.update({each.id: each for each in move})
    return tuple(found.values())
