"""The document: the one mutable thing. It holds the experiment, its history and who wants to know of changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Literal

from resnet_sim.errors import Sentence, sentence
from resnet_sim.network.experiment import Experiment


@dataclass(frozen=True)
class Change:
    """What listeners hear. `label` says what was done (or undone).

    `attachment` belongs to the state `after`, `left` to the state `before`.
    """

    before: Experiment
    after: Experiment
    label: Sentence
    kind: Literal["apply", "undo", "redo", "attach"]
    attachment: object | None = None
    left: object | None = None


Listener = Callable[[Change], None]


@dataclass(frozen=True)
class _Entry:
    experiment: Experiment
    label: Sentence
    attachment: object | None = None
    merge_key: Hashable | None = None


class Document:
    """An experiment that is edited by replacing it. Undo shows the previous value.

    Listeners are told after the state has changed, in order, each of every change; one that raises does not keep the
    others from hearing, and the history stays as it is. An edit made by a listener is told after the present one.
    """

    def __init__(self, experiment: Experiment, *, limit: int = 1000, attachment: object | None = None) -> None:
        """`limit`: how many edits can be undone."""
        self._entries = [_Entry(experiment, sentence("Open"), attachment)]
        self._at = 0
        self._limit = max(1, limit)
        self._listeners: list[Listener] = []
        self._untold: deque[Change] = deque()
        self._telling = False
        self._saved = experiment
        self._touched = False

    @property
    def experiment(self) -> Experiment:
        """The current value."""
        return self._entries[self._at].experiment

    @property
    def attachment(self) -> object | None:
        """What the current state carries (the checkpoint of that moment), None if nothing."""
        return self._entries[self._at].attachment

    @property
    def edited(self) -> bool:
        """Whether the experiment differs from the saved one, or `touch` was called since."""
        return self._touched or self.experiment != self._saved

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit."""
        return self._at < len(self._entries) - 1

    @property
    def undo_label(self) -> Sentence | None:
        """What undo would undo."""
        return self._entries[self._at].label if self.can_undo else None

    @property
    def redo_label(self) -> Sentence | None:
        """What redo would do again."""
        return self._entries[self._at + 1].label if self.can_redo else None

    @property
    def history(self) -> tuple[Sentence, ...]:
        """The labels of all edits that are kept, oldest first; the first `position` of them are done."""
        return tuple(entry.label for entry in self._entries[1:])

    @property
    def position(self) -> int:
        """How many edits of the history are done."""
        return self._at

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every change from now on. Returns what stops it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def apply(
        self,
        label: Sentence,
        experiment: Experiment,
        *,
        merge_key: Hashable | None = None,
        attachment: object | None = None,
    ) -> bool:
        """Make `experiment` the current one. Whether that is a change.

        An equal experiment without an attachment of its own is none. Following edits with the same merge key are one
        entry, until `seal`; one that leads back to where it began leaves no entry.
        """
        before = self._entries[self._at]
        if experiment == before.experiment and attachment is None:
            return False
        del self._entries[self._at + 1 :]
        if merge_key is not None and merge_key == before.merge_key and self._at > 0:
            kept = attachment if attachment is not None else before.attachment
            self._entries[self._at] = _Entry(experiment, label, kept, merge_key)
            if kept is None and experiment == self._entries[self._at - 1].experiment:
                self._forget_present()
        else:
            self._entries.append(_Entry(experiment, label, attachment, merge_key))
            self._at += 1
            if self._at > self._limit:
                del self._entries[0]
                self._at -= 1
        self._tell(Change(before.experiment, experiment, label, "apply", self.attachment, before.attachment))
        return True

    def _forget_present(self) -> None:
        del self._entries[self._at]
        self._at -= 1

    def seal(self) -> None:
        """End merging: the next edit is an entry of its own (the mouse was released)."""
        now = self._entries[self._at]
        self._entries[self._at] = _Entry(now.experiment, now.label, now.attachment)

    def attach(self, attachment: object | None) -> None:
        """Let the current state carry `attachment`, without an entry. Tells listeners (kind "attach")."""
        now = self._entries[self._at]
        self._entries[self._at] = _Entry(now.experiment, now.label, attachment, now.merge_key)
        self._tell(Change(now.experiment, now.experiment, now.label, "attach", attachment))

    def undo(self) -> bool:
        """Back to the state before the last edit. Whether there was one."""
        if not self.can_undo:
            return False
        self.seal()
        left = self._entries[self._at]
        self._at -= 1
        self.seal()
        self._tell(Change(left.experiment, self.experiment, left.label, "undo", self.attachment, left.attachment))
        return True

    def redo(self) -> bool:
        """The last undone edit again. Whether there was one."""
        if not self.can_redo:
            return False
        left = self._entries[self._at]
        self._at += 1
        now = self._entries[self._at]
        self._tell(Change(left.experiment, now.experiment, now.label, "redo", now.attachment, left.attachment))
        return True

    def mark_saved(self, experiment: Experiment | None = None) -> None:
        """What is in the file now: `experiment`, or the current one."""
        self._saved = self.experiment if experiment is None else experiment
        self._touched = False

    def touch(self) -> None:
        """Something outside the experiment (what was learned) differs from the file."""
        self._touched = True

    def _tell(self, change: Change) -> None:
        self._untold.append(change)
        if self._telling:
            return  # a listener made this edit: it is told when the present one has been
        self._telling = True
        errors: list[Exception] = []
        try:
            while self._untold:
                told = self._untold.popleft()
                for listener in tuple(self._listeners):
                    try:
                        listener(told)
                    except Exception as error:  # noqa: BLE001 - kept and raised below, when all have heard
                        errors.append(error)
        finally:
            self._telling = False
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup("Several listeners of the document raised.", errors)
