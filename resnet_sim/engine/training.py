"""Training runs: one experiment each, step by step, exactly repeatable, changeable at any step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from resnet_sim.datasets.base import Data
from resnet_sim.engine.backend import Backend
from resnet_sim.engine.backends.numpy import NumpyBackend
from resnet_sim.engine.batches import Batches
from resnet_sim.engine.cost import affordable, free_memory
from resnet_sim.engine.deferred import Deferred, DeviceBackend, Losses
from resnet_sim.engine.divergence import Diverged as Diverged
from resnet_sim.engine.evaluation import Evaluation, Evaluator
from resnet_sim.engine.model import BoundPlan, Model, copy_in, copy_out
from resnet_sim.engine.optimisers import Optimiser
from resnet_sim.engine.plan import Operation, play
from resnet_sim.engine.probes import Measurement, Probe, Probes
from resnet_sim.errors import RefusedError, sentence
from resnet_sim.layers.base import Category
from resnet_sim.network.check import check
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.parts import Part, parts
from resnet_sim.state.checkpoint import Array, Checkpoint, Progress
from resnet_sim.state.start import start

LARGEST_LOSS = 1e6
"""A loss above this counts as diverged, like one that is not a number."""
IGNORING = np.errstate(all="ignore")
"""What overflows is found by the loss, not by a warning. As a decorator it takes half the time of a `with`."""


class StepResult(NamedTuple):
    """losses: (step, data term of its mini-batch before the update) of this step; on a GPU, where they wait to be
    looked at, of none or of many. measured: what the probe found, of this very step."""

    losses: Losses
    measured: Measurement | None

    @property
    def loss(self) -> float:
        """The newest of them."""
        return self.losses[-1][1]


class TrainingRun:
    """One experiment in training. The same experiment, seed and machine give bit-equal numbers, however it is paused,
    probed, saved and loaded.

    Raises RefusedError when the network has problems, the checkpoint does not fit it, or memory would not do.
    """

    def __init__(
        self,
        experiment: Experiment,
        data: Data,
        checkpoint: Checkpoint | None = None,
        backend: Callable[[str], Backend] = NumpyBackend,
    ) -> None:
        self.experiment, self.source = experiment, data
        self.parts = _sound_parts(experiment, data)
        self._cost = affordable(self.parts, data.shape, experiment.training, len(data.train_x), free_memory())
        self.backend = backend(experiment.training.dtype)
        self._deferred = Deferred(self.backend, LARGEST_LOSS) if isinstance(self.backend, DeviceBackend) else None
        self._losses: Losses = ()
        power = float(np.mean(np.sum(data.train_y**2, axis=1))) or 1.0
        self.model = Model(self.parts, data.shape, power, self.backend)
        self._optimiser = Optimiser(self.model, experiment.training)
        self._probes = Probes(experiment.network, self.model, self._optimiser)
        self._batches = Batches(data, self.backend)
        self.progress = Progress()
        self._output = next(part.id for part in self.parts if part.layer.category is Category.OUTPUT)
        self._evaluator = Evaluator(self.model, self._output, data.task == "classification")
        self.restore(checkpoint if checkpoint is not None else start(self.parts, experiment.training.seed))

    # --- where it stands ------------------------------------------------------------------------------------------

    @property
    def examples(self) -> int:
        """Size of the training set."""
        return len(self._batches.train_x)

    @property
    def steps_per_epoch(self) -> int:
        """Mini-batches that go through the training set once; a short last one is kept."""
        return -(-self.examples // self.experiment.training.batch_size)

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return self.model.size

    @property
    def estimated_bytes(self) -> int:
        """What the run was estimated to need."""
        return self._cost.bytes

    @property
    def epoch_ended(self) -> bool:
        """Whether the last step finished an epoch."""
        return self.progress.step > 0 and self.progress.taken == 0

    # --- training -------------------------------------------------------------------------------------------------

    @property
    def next_size(self) -> int:
        """Examples in the mini-batch that comes next."""
        return min(self.experiment.training.batch_size, self.examples - self.progress.taken)

    def load(self, plan: BoundPlan, same: BoundPlan | None = None) -> None:
        """Fill a plan with the mini-batch that comes next. same: a plan that holds it."""
        if same is None:
            self._batches.load(plan, self.progress)
        else:
            np.copyto(plan.x, same.x)
            np.copyto(plan.y, same.y)
        self.backend.clock.seed, self.backend.clock.step = self.progress.seed, self.progress.step
        self._newest = plan

    @IGNORING
    def step(self, probe: Probe | None = None, rest: Sequence[Operation] | None = None) -> StepResult:
        """One mini-batch forward and back, measured if asked, then one update. Raises Diverged before any update.

        rest: what is left to play of both passes, where they were made together with those of other runs.
        """
        m = self.next_size
        plan = self.model.plan(m, True)
        if rest is None:
            self.load(plan)
            self.model.forward_backward(plan)
        else:
            play(rest)
        if self._deferred is not None:
            return self._step_on(self._deferred, plan, m, probe)
        loss = float(plan.loss)
        if not abs(loss) <= LARGEST_LOSS:
            raise self._divergence(plan, loss)
        measured = self._told(plan, probe, self._queue(plan, probe)) if probe is not None else None
        self._optimiser.step()
        if measured is not None and probe is not None and probe.series:
            self._probes.add_updates(measured)
        at = self.progress.step
        self._advance(m)
        return StepResult(((at, loss),), measured)

    def _step_on(self, deferred: Deferred, plan: BoundPlan, m: int, probe: Probe | None) -> StepResult:
        """The rest of a step where nothing waits for the GPU but what is asked for. Raises Diverged, maybe later."""
        deferred.note(plan.loss, self.progress)
        one = None if probe is None else self._queue(plan, probe)
        self._optimiser.step()
        self._advance(m)
        if probe is not None:
            self._probes.queue_updates()
            deferred.fetch()
        if probe is not None or deferred.due or self.epoch_ended:
            self._look()
        measured = None if probe is None else self._told(plan, probe, one)
        if measured is not None and probe is not None and probe.series:
            self._probes.add_updates(measured)
        losses, self._losses = self._losses, ()
        return StepResult(losses, measured)

    def _look(self) -> None:
        """See how the steps went whose losses wait on the GPU. Raises Diverged: the run then stands at that step."""
        if self._deferred is None:
            return
        good, bad = self._deferred.look()
        self._losses += good
        if bad is None:
            return
        self.progress, self._optimiser.updates = bad.at, bad.at.updates
        plan = self.model.plan(self.next_size, True)
        self.load(plan)
        play(plan.forward)  # what was in memory is of a later step
        losses, self._losses = self._losses, ()
        found = self._divergence(plan, bad.loss, losses)
        self._deferred.forget()
        raise found

    def settle(self) -> Losses:
        """Losses that nobody has been told of; after this none waits on a GPU. Raises Diverged."""
        self._look()
        losses, self._losses = self._losses, ()
        return losses

    @IGNORING
    def measure(self, probe: Probe) -> Measurement:
        """The state it stands in, on the mini-batch that comes next. Nothing changes, running statistics neither."""
        self._look()
        m = self.next_size
        plan = self.model.plan(m, True)
        kept = {key: self.model.parameters[key].copy() for key in self.model.statistics}
        self.load(plan)
        self.model.forward_backward(plan)
        one = self._queue(plan, probe)
        if self._deferred is not None:
            self._deferred.fetch()
        measured = self._told(plan, probe, one)
        for key, array in kept.items():
            self.model.parameters[key][...] = array
        return measured

    def _queue(self, plan: BoundPlan, probe: Probe) -> BoundPlan | None:
        """Begin to measure; the plan of the one example whose pictures are wanted."""
        one = None
        if probe.maps:
            one = self.model.plan(1, False)
            self._batches.show(one, probe.example)
            play(one.forward)
        if self._deferred is not None:
            self._probes.queue(plan, probe, one)
        return one

    def _told(self, plan: BoundPlan, probe: Probe, one: BoundPlan | None) -> Measurement:
        """What was measured; on a GPU after it was fetched."""
        found = self._probes.measure(plan, probe)
        if one is not None:
            found.maps.update(self._probes.pictures(one, probe.maps))
            found.weights.update(self._probes.weights(probe.maps))
        return found

    def newest_batch(self) -> tuple[Array, Array]:
        """Copies of x (m, *shape) and y (m, n_out) of the newest step or measurement."""
        return self.backend.to_host(self._newest.x), self.backend.to_host(self._newest.y)

    def activation(self, part: str) -> Array:
        """(m, *shape): a copy of a part's output in the newest step or measurement."""
        return self.backend.to_host(self._newest.activation(part))

    def gradient(self, part: str) -> Array | None:
        """(m, *shape): d(mean loss)/d(output) of a part in the newest step or measurement, None where not computed."""
        found = self._newest.gradient(part)
        return None if found is None else self.backend.to_host(found)

    def contribution(self, consumer: str, index: int) -> Array | None:
        """(m, *shape): what `consumer` sent back to its input number `index` in the newest step or measurement."""
        found = self._newest.contribution(consumer, index)
        return None if found is None else self.backend.to_host(found)

    def weight_gradient(self, part: str, parameter: str) -> Array:
        """dW (or db, ...) of the newest step or measurement, of the mean loss, without the L2 term."""
        return self.backend.to_host(self.model.gradients[(part, parameter)])

    def _advance(self, m: int) -> None:
        at = self.progress
        taken = at.taken + m
        ended = taken >= self.examples
        self.progress = Progress(at.seed, at.step + 1, at.epoch + ended, 0 if ended else taken, self._optimiser.updates)

    def _divergence(self, plan: BoundPlan, loss: float, losses: Losses = ()) -> Diverged:
        for part in self.parts:
            if part.enabled:
                values = self.backend.to_host(plan.activation(part.id))
                if not np.isfinite(values).all():
                    return Diverged(self.progress.step, part.id, "nan" if np.isnan(values).any() else "inf", losses)
        return Diverged(self.progress.step, self._output, "loss" if np.isfinite(loss) else "nan", losses)

    # --- evaluation -----------------------------------------------------------------------------------------------

    @IGNORING
    def evaluate(self) -> Evaluation:
        """Both sets in evaluation mode; changes nothing."""
        self._look()
        sets, judge, portion = self._batches, self._evaluator.judge, self._cost.evaluation_portion
        train = judge(sets.train_x, sets.train_y, portion)
        return Evaluation(*train, *judge(sets.dev_x, sets.dev_y, portion))

    def predict(self, x: Array) -> Array:
        """(N, n_out): yhat of examples (N, *shape), evaluation mode."""
        return self._evaluator.predict(x, self._cost.evaluation_portion)

    # --- state and changes ----------------------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """Copies of all that the run needs to go on."""
        self._look()
        return Checkpoint(copy_out(self.model), self._optimiser.copy_out(), self.progress)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from there. Raises RefusedError when an array is missing or of another shape."""
        for key, array in self.model.parameters.items():
            found = checkpoint.arrays.get(key)
            if found is None or found.shape != array.shape:
                raise RefusedError(
                    sentence(
                        "The weights do not fit the network: “{part}” needs {name} of size {wanted}, not {came}.",
                        part=key[0],
                        name=key[1],
                        wanted=array.shape,
                        came=None if found is None else found.shape,
                    )
                )
        if self._deferred is not None:
            self._deferred.forget()
        self._losses = ()
        copy_in(self.model, checkpoint.arrays)
        self._optimiser.copy_in(checkpoint.slots, checkpoint.progress.updates)
        self.progress = checkpoint.progress

    def change(self, experiment: Experiment) -> None:
        """Take new values from the next step on: rates, lambda (also a block's), batch size, freezing, skips on or off.

        Nothing learned is lost. Raises RefusedError when parameters or data would be others: that is a new run; and
        TooLargeError when there is no memory for the batch.
        """
        self._look()
        new_parts = parts(experiment.network, self.model.data.input)
        if (
            _parameter_shapes(new_parts) != _parameter_shapes(self.parts)
            or experiment.data != self.experiment.data
            or experiment.training.dtype != self.experiment.training.dtype
            or experiment.training.seed != self.experiment.training.seed
        ):
            raise RefusedError(sentence("This change needs a new run: layers, data or seed are no longer the same."))
        if experiment.training.batch_size > self.experiment.training.batch_size:
            free = free_memory()
            room = None if free is None else free + self._cost.bytes
            self._cost = affordable(new_parts, self.model.data, experiment.training, self.examples, room)
        self.experiment = experiment
        self.parts = new_parts
        self.model.rewire(new_parts)
        self._optimiser.set(experiment.training)
        self._probes = Probes(experiment.network, self.model, self._optimiser)

    def set_weight(self, part: str, parameter: str, index: int, value: float) -> None:
        """Type one number of one parameter by hand (row-major index). Raises RefusedError when there is none."""
        self._look()
        array = self.model.parameters.get((part, parameter))
        if array is None or not 0 <= index < array.size or not np.isfinite(value):
            raise RefusedError(
                sentence("There is no number {index} in {name} of “{part}”.", index=index, name=parameter, part=part)
            )
        array.reshape(-1)[index] = value


def _sound_parts(experiment: Experiment, data: Data) -> tuple[Part, ...]:
    problems = [each for each in check(experiment.network, data.shape).problems if each.severity == "error"]
    if problems:
        raise RefusedError(problems[0].sentence)
    return parts(experiment.network, data.shape.input)


def _parameter_shapes(all_parts: tuple[Part, ...]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(part.id, each.name, each.shape) for part in all_parts for each in part.parameters]
