"""Runs in lock step: the same batches for all, changed together or not at all, with kept steps to go back to.

What small runs compute is played together (`engine.twins`), the rest of a step run by run, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from resnet_sim.datasets.base import Data
from resnet_sim.engine.deferred import Losses
from resnet_sim.engine.messages import CarriedOver
from resnet_sim.engine.probes import Measurement, Probe
from resnet_sim.engine.snapshots import Sheet
from resnet_sim.engine.training import Diverged, TrainingRun
from resnet_sim.engine.twins import Twins
from resnet_sim.errors import RefusedError, sentence
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.parts import Part
from resnet_sim.state.carry_over import carry_over
from resnet_sim.state.checkpoint import Checkpoint

KEPT_BYTES = 256 * 2**20
KEPT_STEPS = 64


class RunDiverged(Exception):  # noqa: N818 - named like Diverged, which it carries
    """One of the runs diverged; those before it have made the step, those behind it have not."""

    def __init__(self, name: str, diverged: Diverged) -> None:
        super().__init__(name)
        self.name = name
        self.diverged = diverged


@dataclass(frozen=True)
class Kept:
    """All runs at one step."""

    step: int
    checkpoints: Mapping[str, Checkpoint]

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(each.nbytes for each in self.checkpoints.values())


class LockStep:
    """Several training runs that stand at the same step, each with its sheet of what the window has not seen."""

    def __init__(self, runs: Mapping[str, TrainingRun]) -> None:
        require_same(runs, BATCHES | PLACE)
        self.runs = dict(runs)
        self.sheets = {name: Sheet() for name in runs}
        self._twins = Twins()
        self._evaluated = False
        self._train_losses: list[float] = []
        self._kept: list[Kept] = []
        self.keep()

    @property
    def first(self) -> TrainingRun:
        """The run that tells step and epoch."""
        return next(iter(self.runs.values()))

    @property
    def step(self) -> int:
        """Steps done."""
        return self.first.progress.step

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return self.first.progress.epoch

    # --- training ---------------------------------------------------------------------------------------------------

    def advance(self, probes: Mapping[str, Probe]) -> dict[str, Measurement]:
        """One step of each run, measured where there is a probe. Raises RunDiverged."""
        found: dict[str, Measurement] = {}
        self._evaluated = False
        try:
            rests = self._twins.play(tuple(self.runs.values()))
            for (name, run), rest in zip(self.runs.items(), rests, strict=True):
                try:
                    losses, measured = run.step(probes.get(name), rest)
                except Diverged as error:
                    raise self._ended(name, error) from error
                self._note(name, losses)
                if measured is not None:
                    found[name] = measured
        except RunDiverged:
            with suppress(RunDiverged):
                self.settle()  # so that no other run finds out later
            raise
        return found

    def _note(self, name: str, losses: Losses) -> None:
        sheet = self.sheets[name].losses
        for at, loss in losses:
            sheet.add(at, loss)

    def _ended(self, name: str, diverged: Diverged) -> RunDiverged:
        """The losses before a divergence go on the sheet too."""
        self._note(name, diverged.losses)
        return RunDiverged(name, diverged)

    def settle(self) -> None:
        """Hear of all losses that wait on a GPU. Raises RunDiverged."""
        first: RunDiverged | None = None
        for name, run in self.runs.items():
            try:
                self._note(name, run.settle())
            except Diverged as error:
                ended = self._ended(name, error)
                first = first or ended
        if first is not None:
            raise first from first.diverged

    def measure(self, probes: Mapping[str, Probe]) -> dict[str, Measurement]:
        """Every run as it stands, on the mini-batch that comes next; nothing changes."""
        return {name: run.measure(probes[name]) for name, run in self.runs.items() if name in probes}

    def evaluate(self) -> None:
        """Put the losses over the whole sets on the sheets, once per state."""
        if not self._evaluated:
            self._train_losses.clear()
            for name, run in self.runs.items():
                found = run.evaluate()
                self.sheets[name].evaluated(run.progress.step, found)
                if found.train_loss is not None:
                    self._train_losses.append(found.train_loss)
            self._evaluated = True

    @property
    def train_loss(self) -> float | None:
        """The lowest of the runs' losses over the whole training set; None unless this very state was evaluated."""
        return min(self._train_losses, default=None) if self._evaluated else None

    # --- changes ----------------------------------------------------------------------------------------------------

    def change(self, experiments: Mapping[str, Experiment]) -> None:
        """New values for all of these runs, or RefusedError and for none."""
        self._require_known(*experiments)
        before = {name: self.runs[name].experiment for name in experiments}
        try:
            for name, experiment in experiments.items():
                self.runs[name].change(experiment)
            require_same(self.runs, BATCHES)  # after a divergence they may stand at different steps
        except Exception:
            for name, experiment in before.items():
                self.runs[name].change(experiment)
            raise
        self._evaluated = False

    def set_weight(self, name: str, part: str, parameter: str, index: int, value: float) -> None:
        """Type one number by hand. Going back to this very step comes back to the typed number."""
        self._require_known(name)
        self.runs[name].set_weight(part, parameter, index, value)
        self._evaluated = False
        if self._kept[-1].step == self.step:
            self.keep()

    def _require_known(self, *names: str) -> None:
        for name in names:
            if name not in self.runs:
                raise RefusedError(sentence("There is no run “{name}”.", name=name))

    def run(self, name: str) -> TrainingRun:
        """Raises RefusedError when there is none of that name."""
        self._require_known(name)
        return self.runs[name]

    # --- kept steps -------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep this state to go back to; an older one of the same step gives way. Raises RunDiverged."""
        self.settle()
        kept = Kept(self.step, {name: run.checkpoint() for name, run in self.runs.items()})
        if self._kept and self._kept[-1].step == kept.step:
            self._kept.pop()
        self._kept.append(kept)
        while len(self._kept) > 1 and (
            len(self._kept) > KEPT_STEPS or sum(each.nbytes for each in self._kept) > KEPT_BYTES
        ):
            del self._kept[self._least_missed()]

    def _least_missed(self) -> int:
        """The kept step whose neighbours are closest; never the newest, the oldest only when there are but two."""
        steps = [each.step for each in self._kept]
        inner = range(1, len(steps) - 1)
        return min(inner, key=lambda i: steps[i + 1] - steps[i - 1]) if inner else 0

    @property
    def kept(self) -> tuple[int, ...]:
        """The steps that one can go back to, oldest first."""
        return tuple(each.step for each in self._kept)

    def rewind(self, step: int) -> None:
        """Go back to the newest kept step at or before `step`; what came later is forgotten."""
        oldest = self._kept[0].step
        if step < oldest:
            raise RefusedError(
                sentence("The oldest step to go back to is {oldest}, not {step}.", oldest=oldest, step=step)
            )
        while self._kept[-1].step > step:
            self._kept.pop()
        kept = self._kept[-1]
        for name, run in self.runs.items():
            run.restore(kept.checkpoints[name])
            self.sheets[name].forget()
        self._evaluated = False


Sameness = dict[str, Callable[[TrainingRun], object]]
BATCHES: Sameness = {
    "data set": lambda run: run.experiment.data,
    "batch size": lambda run: run.experiment.training.batch_size,
    "seed": lambda run: run.progress.seed,
}
PLACE: Sameness = {"step": lambda run: (run.progress.step, run.progress.epoch, run.progress.taken)}


def require_same(runs: Mapping[str, TrainingRun], what: Sameness) -> None:
    """Raise RefusedError unless all runs see the same batches."""
    for name, of in what.items():
        if len({of(run) for run in runs.values()}) > 1:
            raise RefusedError(sentence("Runs in lock step need the same {what}.", what=name))


def resumed(
    experiment: Experiment, data: Data, checkpoint: Checkpoint | None
) -> tuple[TrainingRun, CarriedOver | None]:
    """A run that goes on from a checkpoint, also of another graph: what is unchanged goes over, the rest starts."""
    if checkpoint is None:
        return TrainingRun(experiment, data), None
    run = TrainingRun(experiment, data)  # finds the problems of the network first
    if _fits(checkpoint, run.parts):
        run.restore(checkpoint)
        return run, None
    carried = carry_over(checkpoint, run.parts, checkpoint.progress.seed)
    run.restore(carried.checkpoint)
    return run, CarriedOver(carried.kept, carried.started, carried.left)


def _fits(checkpoint: Checkpoint, of: tuple[Part, ...]) -> bool:
    wanted = {(part.id, each.name): each.shape for part in of for each in part.parameters}
    return wanted == {key: array.shape for key, array in checkpoint.arrays.items()}
