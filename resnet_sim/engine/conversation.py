"""Commands of the window: which is obeyed in which state, what it does, how it is answered."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from resnet_sim.datasets.base import Data
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine import messages as said
from resnet_sim.engine.cost import batch_that_fits, free_memory
from resnet_sim.engine.device_desk import DeviceDesk
from resnet_sim.engine.lockstep import LockStep, resumed
from resnet_sim.engine.memory import limit_memory, wall
from resnet_sim.engine.training import TrainingRun
from resnet_sim.engine.worker_loop import Goal, State, Trainer
from resnet_sim.errors import FileError, RefusedError, ResNetSimError, Sentence, sentence
from resnet_sim.files import container, schema
from resnet_sim.files.curves import save_curves
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.training import Training
from resnet_sim.settings import settings_of
from resnet_sim.state.checkpoint import Checkpoint

SET_UP = frozenset({State.PAUSED, State.TRAINING, State.DIVERGED})
SOUND = frozenset({State.PAUSED, State.TRAINING})
ALLOWED: Mapping[type[said.Command], frozenset[State]] = {
    said.Hello: frozenset({State.GREETING}),
    said.Configure: SET_UP | {State.IDLE},
    said.Run: SOUND,
    said.Pause: SET_UP,
    said.Step: SOUND,
    said.Pace: SET_UP,
    said.Set: SET_UP,
    said.Change: SET_UP,
    said.SetWeight: SOUND,
    said.View: SET_UP,
    said.Credit: SET_UP,
    said.SaveCheckpoint: SET_UP,
    said.RecordPart: SET_UP,
    said.SaveDocument: SET_UP,
    said.Rewind: SET_UP,
    said.UseDevice: SET_UP,
    said.Quit: frozenset(State),
}
NOT_NOW: Mapping[State, Sentence] = {
    State.GREETING: sentence("The calculation was not greeted yet."),
    State.IDLE: sentence("Nothing is set up to train."),
    State.PAUSED: sentence("The calculation was greeted already."),
    State.TRAINING: sentence("The calculation was greeted already."),
    State.DIVERGED: sentence("Training has diverged: go back to a kept step first."),
}
OUTSIDE_RUNS = (said.Hello, said.Configure, said.Quit)
UNANSWERED = (said.Credit, said.Quit)


class Conversation:
    """One window's commands, obeyed on a trainer."""

    def __init__(self, trainer: Trainer) -> None:
        self.over = False
        self._trainer = trainer
        self.desk = DeviceDesk(trainer)
        self._data: tuple[DataReference, Data, said.TrainingSet] | None = None
        self._record = bytearray()
        self._obey: Mapping[type[said.Command], Callable[[Any], None]] = {
            said.Hello: self._hello,
            said.Configure: self._configure,
            said.Run: self._train,
            said.Pause: self._pause,
            said.Step: self._train_steps,
            said.Pace: self._set_pace,
            said.Set: self._set,
            said.Change: self._change,
            said.SetWeight: self._set_weight,
            said.View: self._look,
            said.Credit: lambda command: self._trainer.add_credit(command.n),
            said.SaveCheckpoint: self._save_checkpoint,
            said.RecordPart: self._take_record,
            said.SaveDocument: self._save_document,
            said.Rewind: self._rewind,
            said.UseDevice: self._use_device,
            said.Quit: self._leave,
        }

    def obey(self, command: said.AnyCommand) -> None:
        """Do it and answer, or say in one sentence why not."""
        at = self._trainer
        at.catch_up()
        try:
            if not isinstance(command, OUTSIDE_RUNS) and command.run != at.run and at.state in SET_UP:
                raise RefusedError(sentence("This was meant for runs that are no longer set up."))
            if at.state not in ALLOWED[type(command)]:
                raise RefusedError(NOT_NOW[at.state])
            self._obey[type(command)](command)
        except ResNetSimError as error:
            if not isinstance(command, UNANSWERED):
                reason, batch = said.Said.of(error.sentence), batch_that_fits(error)
                at.send(said.Nack(run=at.run, id=command.id, reason=reason, batch=batch))

    def _ack(self, command: said.AnyCommand) -> None:
        at = self._trainer
        at.send(said.Ack(run=at.run, id=command.id, step=at.steps.step))

    # --- begin and end ----------------------------------------------------------------------------------------------

    def _hello(self, command: said.Hello) -> None:
        at = self._trainer
        if command.proto != said.PROTOCOL:
            raise RefusedError(
                sentence(
                    "Window and calculation are of different versions ({window} and {own}): install the program again.",
                    window=command.proto,
                    own=said.PROTOCOL,
                )
            )
        at.state = State.IDLE
        at.send(said.HelloBack(proto=said.PROTOCOL, pid=os.getpid(), numpy=np.__version__, devices={"cpu": ""}))
        self.desk.begin()

    def _leave(self, command: said.Quit) -> None:
        self.over = True

    def _configure(self, command: said.Configure) -> None:
        at = self._trainer
        if command.run <= at.run:
            raise RefusedError(sentence("Every set-up of runs needs a number above those before."))
        at.drop()
        at.run = command.run
        self._record.clear()
        at.beat("load")
        name = ""
        try:
            self.desk.ask(command.device)
            if not command.runs:
                raise RefusedError(sentence("There is no run to set up."))
            limit_memory(command.mem_limit or wall(free_memory()))
            runs: dict[str, TrainingRun] = {}
            carried: dict[str, said.CarriedOver] = {}
            sets: dict[str, said.TrainingSet] = {}
            for name, spec in command.runs.items():
                runs[name], gone_over, sets[name] = self._set_up(name, spec)
                if gone_over is not None:
                    carried[name] = gone_over
            name = ""
            at.take(LockStep(runs))
            self.desk.settle_in()
        except ResNetSimError as error:
            reason, batch = said.Said.of(error.sentence), batch_that_fits(error)
            at.send(said.Refused(run=at.run, reason=reason, name=name, batch=batch))
            return
        except MemoryError:
            short = sentence("There is not enough memory for this network: use a smaller batch or fewer units.")
            at.send(said.Refused(run=at.run, reason=said.Said.of(short), name=name))
            return
        first = at.steps.first
        at.send(
            said.Ready(
                run=at.run,
                step=at.steps.step,
                epoch=at.steps.epoch,
                parameters={name: run.parameters for name, run in runs.items()},
                estimated_bytes={name: run.estimated_bytes for name, run in runs.items()},
                steps_per_epoch=first.steps_per_epoch,
                carried=carried,
                data=sets,
            )
        )

    def _set_up(self, name: str, spec: said.RunSpec) -> tuple[TrainingRun, said.CarriedOver | None, said.TrainingSet]:
        experiment = schema.decode(spec.experiment, name)
        if self._data is None or self._data[0] != experiment.data:
            data = data_set(experiment.data).load()
            self._data = (experiment.data, data, training_set(data))
        checkpoint = read_checkpoint(spec.resume) if spec.resume is not None else None
        return (*resumed(experiment, self._data[1], checkpoint), self._data[2])

    # --- training ---------------------------------------------------------------------------------------------------

    def _train(self, command: said.Run) -> None:
        if command.until < 0 or command.epochs < 0:
            raise RefusedError(sentence("Training cannot end before it begins."))
        if not 0 <= command.until_loss < float("inf"):
            raise RefusedError(sentence("The loss to train to must be a number above 0."))
        self._ack(command)
        epoch = self._trainer.steps.epoch + command.epochs if command.epochs else 0
        self._trainer.go(Goal(step=command.until, epoch=epoch, loss=command.until_loss, id=command.id))

    def _train_steps(self, command: said.Step) -> None:
        if command.n < 1:
            raise RefusedError(sentence("The number of steps must be 1 or more."))
        self._ack(command)
        self._trainer.go(Goal(self._trainer.steps.step + command.n, "step", id=command.id))

    def _set_pace(self, command: said.Pace) -> None:
        self._trainer.set_pace(command.steps_per_second)
        self._ack(command)

    def _pause(self, command: said.Pause) -> None:
        self._trainer.stop()
        self._ack(command)
        self._trainer.ask_to_show()

    def _rewind(self, command: said.Rewind) -> None:
        self._trainer.rewind(command.step)
        self._ack(command)
        self._trainer.ask_to_show()

    # --- changes ----------------------------------------------------------------------------------------------------

    def _set(self, command: said.Set) -> None:
        setting = next((each for each in settings_of(Training) if each.name == command.name), None)
        if setting is None:
            raise RefusedError(sentence("There is no setting “{name}” of training.", name=command.name))
        problem = setting.problem(command.value)
        if problem is not None:
            raise RefusedError(problem)
        changed: dict[str, Any] = {setting.name: float(command.value) if setting.kind == "number" else command.value}
        self._apply(
            {
                name: replace(run.experiment, training=replace(run.experiment.training, **changed))
                for name, run in self._trainer.steps.runs.items()
            },
            command,
        )

    def _change(self, command: said.Change) -> None:
        self._apply({name: schema.decode(data, name) for name, data in command.experiments.items()}, command)

    def _apply(self, experiments: Mapping[str, Experiment], command: said.AnyCommand) -> None:
        self._trainer.keep_before_change()
        self._trainer.steps.change(experiments)
        self._trainer.rewire()
        self._ack(command)

    def _use_device(self, command: said.UseDevice) -> None:
        self.desk.use(command.device)
        self._ack(command)

    def _set_weight(self, command: said.SetWeight) -> None:
        self._trainer.steps.set_weight(command.name, command.part, command.parameter, command.index, command.value)
        self._ack(command)

    def _look(self, command: said.View) -> None:
        self._trainer.look(command)
        self._ack(command)
        if self._trainer.state is not State.TRAINING:
            self._trainer.ask_to_show()

    # --- files ------------------------------------------------------------------------------------------------------

    def _save_checkpoint(self, command: said.SaveCheckpoint) -> None:
        run = self._trainer.steps.run(command.name)
        if command.record:
            save_curves(Path(command.file), command.record)
        self._write(command, command.file, container.Saved(run.experiment, run.checkpoint()))

    def _take_record(self, command: said.RecordPart) -> None:
        self._record += command.data
        self._ack(command)

    def _save_document(self, command: said.SaveDocument) -> None:
        record, self._record = bytes(self._record) + command.record, bytearray()
        run = self._trainer.steps.run(command.name)
        experiment = schema.decode(command.experiment, command.name)
        saved = container.Saved(experiment, run.checkpoint(), said.record_from(record) if record else None)
        self._write(command, command.file, saved)

    def _write(self, command: said.AnyCommand, file: str, saved: container.Saved) -> None:
        at = self._trainer
        at.beat("save")
        sha256 = container.save(Path(file), saved)
        at.send(said.Saved(run=at.run, id=command.id, file=file, sha256=sha256, step=at.steps.step))


def training_set(data: Data) -> said.TrainingSet:
    """What the window shows of it."""
    classes = data.train_y.argmax(1) if data.task == "classification" else np.zeros(0)
    return said.TrainingSet(said.ArrayData.of(classes.astype("<i4")), data.class_names, data.rms)


def read_checkpoint(named: said.StateFile) -> Checkpoint | None:
    """The checkpoint of a file. Raises FileError when it is not the file that was meant."""
    if sha256_of(named.file) != named.sha256:
        raise FileError(sentence("“{file}” is not what was saved there.", file=Path(named.file).name))
    return container.load(Path(named.file)).checkpoint


def sha256_of(file: str) -> str:
    """Of the bytes of a file. Raises FileError."""
    try:
        with open(file, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise FileError(
            sentence("“{file}” cannot be read: {reason}.", file=Path(file).name, reason=str(error))
        ) from error
