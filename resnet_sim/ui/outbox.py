"""Commands on their way to the worker: numbered, held until it listens, a dragged slider's only the newest."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import msgspec

from resnet_sim.engine.messages import Command, Credit


class Outbox:
    """`write` takes what goes now. Commands are remembered until they are answered.

    Changes (`post_latest`) go one at a time: while one is unanswered the newest of each key waits. Any other command is
    sent behind all changes that wait, so what people did first also holds first.
    """

    def __init__(self, write: Callable[[Command], None]) -> None:
        self.run = 0
        self._write = write
        self._id = 0
        self.listening = False
        self.clear()

    def clear(self) -> None:
        """Nobody is there any more who would answer."""
        self.listening = False
        self._held: list[Command] = []
        self._forget()

    def _forget(self) -> None:
        self._unanswered: dict[int, Command] = {}
        self._latest: dict[Hashable, Command] = {}
        self._outstanding = 0

    def open(self) -> None:
        """The worker listens: what was held goes."""
        self.listening = True
        held, self._held = self._held, []
        for command in held:
            self._write(command)

    def begin_run(self) -> None:
        """Answers to what came before do not matter any more."""
        self.run += 1
        self._forget()

    def post(self, command: Command) -> int:
        """Send behind all changes that wait; the id. Credit, which changes nothing, overtakes them."""
        if not isinstance(command, Credit):
            for key in list(self._latest):
                self._send(self._latest.pop(key))
        return self._send(command)

    def post_latest(self, key: Hashable, command: Command) -> None:
        """Send, or wait as the newest of its key."""
        if self._outstanding:
            self._latest.pop(key, None)
            self._latest[key] = command
        else:
            self._outstanding = self._send(command)

    def answered(self, id: int) -> Command | None:
        """The command of that id, which is done with; the next change goes."""
        if id == self._outstanding:
            self._outstanding = 0
            if self._latest:
                self._outstanding = self._send(self._latest.pop(next(iter(self._latest))))
        return self._unanswered.pop(id, None)

    def number(self, command: Command) -> Command:
        """With its id and the present run."""
        self._id += 1
        return msgspec.structs.replace(command, run=self.run, id=self._id)

    def _send(self, command: Command) -> int:
        numbered = self.number(command)
        if not isinstance(command, Credit):  # is never answered
            self._unanswered[numbered.id] = numbered
        if self.listening:
            self._write(numbered)
        else:
            self._held.append(numbered)
        return numbered.id
