"""What was learned, on its way from one version of a network to the next, and back again with undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from resnet_sim.engine.messages import StateFile
from resnet_sim.network.graph import Network, Skip

VERSIONS_KEPT = 30

Arrive = Callable[[bytes, StateFile | None], None]
Keep = Callable[[StateFile], None]
Known = Callable[[], StateFile | None]


@dataclass(frozen=True)
class Goal:
    """What comes next. experiment: b"" while the network has problems. fresh: `known` alone counts, with None the start
    weights; else the weights of the network that was left go over where none are known.
    """

    experiment: bytes
    known: Known
    fresh: bool


class HandOver:
    """At most one is under way: the engine writes the weights of the network that is left into a file, and the next
    network begins with it. While the next network has problems, the weights wait.
    """

    def __init__(self, arrive: Arrive) -> None:
        """arrive: told (experiment, weights) when the next network can be set up."""
        self._arrive = arrive
        self._goal: Goal | None = None
        self._leaving = ""
        self._keep: Keep = lambda kept: None
        self.waiting: StateFile | None = None
        """Weights of a network that was left, while the present one has problems."""

    @property
    def under_way(self) -> bool:
        """Whether the engine writes, or weights wait."""
        return bool(self._leaving) or self.waiting is not None

    def leave(self, file: str, keep: Keep) -> None:
        """The engine was asked to write the weights to `file`; `keep` is told when they are there."""
        self._leaving, self._keep = file, keep

    def also_tell(self, keep: Keep) -> None:
        """Another one wants to know where the weights are: those that wait, or those that are being written."""
        if self.waiting is not None:
            keep(self.waiting)
        first = self._keep

        def both(kept: StateFile) -> None:
            first(kept)
            keep(kept)

        self._keep = both

    def go_to(self, experiment: bytes, known: StateFile | None) -> None:
        """The next network, with the weights of the one before, or `known` ones. The last call counts."""
        pending = self._goal
        if pending is not None and pending.fresh:  # what is being written was left for good
            self._goal = Goal(experiment, lambda: known or pending.known(), True)
        else:
            self._goal = Goal(experiment, lambda: known, False)
        if not self._leaving:
            self._go(self.waiting)

    def begin_with(self, experiment: bytes, known: Known) -> None:
        """The next run has nothing of the one before; `known` is asked when that is written."""
        self._goal = Goal(experiment, known, True)
        if not self._leaving:
            self._go(None)

    def stay(self) -> None:
        """The next network has problems: the weights wait."""
        pending = self._goal
        self._goal = Goal(b"", pending.known, True) if pending is not None and pending.fresh else None

    def hold(self, kept: StateFile | None) -> None:
        """Forget what was under way; `kept` waits for a network without problems."""
        self._goal, self._leaving, self.waiting = None, "", kept

    def written(self, file: str, digest: str) -> bool:
        """The engine wrote `file`. Whether that was for this."""
        if not self._leaving or file != self._leaving:
            return False
        self._leaving = ""
        kept = StateFile(file, digest)
        self._keep(kept)
        self._go(kept)
        return True

    def lost(self, file: str, newest: StateFile | None) -> bool:
        """`file` could not be written: it goes on with the newest checkpoint there is. Whether that was for this."""
        if not self._leaving or file != self._leaving:
            return False
        self._leaving = ""
        self._go(newest)
        return True

    def _go(self, kept: StateFile | None) -> None:
        goal, self._goal, self.waiting = self._goal, None, None
        weights = kept if goal is None else goal.known() if goal.fresh else goal.known() or kept
        if goal is None or not goal.experiment:
            self.waiting = weights
        else:
            self._arrive(goal.experiment, weights)


class Versions:
    """What each version of the network had learned when it was left: undo brings it back."""

    def __init__(self) -> None:
        self._files: dict[Network, StateFile] = {}

    def of(self, network: Network) -> StateFile | None:
        """What it had learned, None if it was never left or too long ago."""
        return self._files.get(network)

    def remember(self, network: Network, kept: StateFile) -> None:
        """The newest counts; files of the oldest go."""
        old = self._files.pop(network, None)
        if old is not None and old.file != kept.file:
            Path(old.file).unlink(missing_ok=True)
        self._files[network] = kept
        while len(self._files) > VERSIONS_KEPT:
            oldest = self._files.pop(next(iter(self._files)))
            Path(oldest.file).unlink(missing_ok=True)

    def clear(self) -> None:
        """Another document."""
        self._files.clear()


def same_parameters(before: Network, after: Network) -> bool:
    """Whether an edit left every layer as it was: then it takes effect in the running training, at the next step.

    Skips on or off, freezing and lambdas of blocks are such edits.
    """

    return (
        before.connections == after.connections
        and len(before.nodes) == len(after.nodes)
        and len(before.skips) == len(after.skips)
        and all(a is b or (a.id, a.layer) == (b.id, b.layer) for a, b in zip(before.nodes, after.nodes, strict=True))
        and all(a is b or _learns_alike(a, b) for a, b in zip(before.skips, after.skips, strict=True))
    )


def _learns_alike(a: Skip, b: Skip) -> bool:
    return replace(a, enabled=b.enabled, frozen=b.frozen) == b
