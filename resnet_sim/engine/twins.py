"""Twins in training: the forward and backward passes of several runs on one mini-batch, as one list of operations.

Whole lock steps in turn / together, of a residual network and its plain twin, and of two such pairs (one core, medians
of interleaved bursts):

    6 layers of 8, batch 10      1.19, 1.34    20 layers of 32, batch norm, batch 50    1.20, 1.33
    20 layers of 8, batch 50     1.15, 1.26    20 layers of 64, batch norm, batch 50    1.12
    20 layers of 32, batch 50    1.07, 1.11    20 layers of 64, batch 32; images        in turn: less than 1.05
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.model import Compiled, Model, side_by_side
from resnet_sim.engine.plan import Call, Operation, play
from resnet_sim.engine.rewrites.twins import together
from resnet_sim.engine.training import IGNORING, TrainingRun

KEPT = 2
"""A mini-batch is whole or short; the sizes of a dragged slider are not needed again."""

Operations = tuple[Operation, ...]
Rest = Operations | None
"""What is left to a run of its passes before its update; None where it plays them itself."""


@dataclass(frozen=True)
class Bound:
    """What was made of the plans of all runs for one size of mini-batch.

    operations: both passes of all; none where little is gained. rests: what each run plays for itself.
    """

    compiled: list[Compiled]  # told apart by identity; a plan would hold its arrays
    operations: Operations
    rests: tuple[Operations, ...]


class Twins:
    """Plays runs together where that is faster, with the bits of each alone.

    A change that makes a plan of one run anew needs no word: all are bound again at the next step.
    """

    def __init__(self) -> None:
        self._bound: dict[int, Bound] = {}

    @IGNORING
    def play(self, runs: Sequence[TrainingRun]) -> tuple[Rest, ...]:
        """Both passes of the mini-batch that comes next, for all runs or for none."""
        if not _alike(runs):
            self._bound.clear()
            return (None,) * len(runs)
        m = runs[0].next_size
        bound = self._bound.get(m)
        if bound is None or [run.model.plan(m, True).compiled for run in runs] != bound.compiled:
            bound = self._bound[m] = bind([run.model for run in runs], m)
            if len(self._bound) > KEPT:
                del self._bound[next(iter(self._bound))]
        if not bound.operations:
            return (None,) * len(runs)
        filled = None
        for run in runs:
            plan = run.model.plan(m, True)
            run.load(plan, filled)
            filled = plan
        play(bound.operations)
        return bound.rests


def _alike(runs: Sequence[TrainingRun]) -> bool:
    """Whether they stand before the same mini-batch, on the CPU, with numbers of one size."""
    first = _before(runs[0])
    return len(runs) > 1 and all(isinstance(run.backend, NumpyBackend) and _before(run) == first for run in runs)


def _before(run: TrainingRun) -> tuple[object, ...]:
    at = run.progress
    return (id(run.source), run.next_size, at.seed, at.epoch, at.taken, run.backend.dtype)


def bind(models: Sequence[Model], m: int) -> Bound:
    """Plans for m examples of all models, over shared memory where they are played together: then they are the models'
    own from here on."""
    compiled = [model.plan(m, True).compiled for model in models]
    found = together([each.plan for each in compiled], {buffer for each in compiled for buffer in each.given})
    if not found.calls:
        return Bound(compiled, (), ())
    data = [tuple(each.x for each in compiled), tuple(each.y for each in compiled)]
    placed = dict(side_by_side(models[0].backend, [*found.stacks, *data]))
    plans = [model.bind(replace(each), placed) for model, each in zip(models, compiled, strict=True)]
    for model, plan in zip(models, plans, strict=True):
        model.learn_by(plan)
    arrays = {buffer: array for plan in plans for buffer, array in plan.arrays.items()}

    def operations(calls: Iterable[tuple[int, Call]]) -> Iterator[Operation]:
        for whose, call in calls:
            reads = tuple(arrays[each.root].reshape(each.shape) for each in call.reads)
            writes = tuple(None if each is None else arrays[each.root].reshape(each.shape) for each in call.writes)
            yield from models[whose].backend.bind(call, reads, writes)

    rests = tuple(tuple(operations((whose, call) for call in calls)) for whose, calls in enumerate(found.rests))
    return Bound([plan.compiled for plan in plans], tuple(operations(found.calls)), rests)
