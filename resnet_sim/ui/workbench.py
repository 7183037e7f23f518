"""The workbench: the document and its run, and everything that happens between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from resnet_sim.assets import translator
from resnet_sim.datasets.base import DataSet
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import StateFile
from resnet_sim.errors import FileError, ResNetSimError, Sentence, sentence
from resnet_sim.files import container, schema
from resnet_sim.network.check import wired_alike
from resnet_sim.network.document import Change, Document
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.problems import Report
from resnet_sim.network.training import Training
from resnet_sim.settings import settings_of
from resnet_sim.state.record import Record
from resnet_sim.ui.beginnings import Beginnings, Reset
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.live_run import LiveRun
from resnet_sim.ui.opened import Opened, read
from resnet_sim.ui.panels.strip import Message
from resnet_sim.ui.plots.base import Epochs, PlotLayer, Shown, plot_layers
from resnet_sim.ui.run_state import Phase
from resnet_sim.ui.state_words import data_words, state_words, value_words

_ = translator()

NEEDS_RESTART = frozenset({"seed", "dtype"})
"""Training settings that only a new start can take."""
ONLY_HEADLESS = frozenset({"epochs"})
"""Training settings the window has no use for."""
WRONG = frozenset({Phase.DIVERGED, Phase.REFUSED, Phase.STOPPED})


class Workbench(QObject):
    """Turns what people do into edits of the document and commands of the run; the window only shows.

    Settings flow one way: an edit changes the document, the document tells the workbench, the workbench the run.
    """

    document_changed = Signal()
    state_changed = Signal()
    saved = Signal(object)
    """The Path the document was written to."""
    said = Signal(object)
    started_over = Signal()
    """What was learned is gone for good."""

    def __init__(self, run: LiveRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.path: Path | None = None
        self.editor = Editor(self, lambda reference: data_set(reference).shape)
        self.editor.show(Document(Experiment(Network(), DataReference("digits"))), None)
        self.data: DataSet | None = None
        self.layers: tuple[PlotLayer, ...] = ()
        """The weighted layers in order of l."""
        self._saving: dict[int, tuple[Path, Experiment]] = {}
        self._save_when_ready: Path | None = None
        self._beginnings = Beginnings(run, self.editor, self)
        self._beginnings.said.connect(lambda said: self._say("info", said))
        self._beginnings.lost.connect(lambda said: self._say("warning", said))
        self.editor.changed.connect(self._changed)
        self.editor.refused.connect(lambda reason: self._say("warning", reason))
        run.changed.connect(self.state_changed)
        run.said.connect(self.said)
        run.devices.said.connect(lambda _why, batch: self.set_training("batch_size", batch) if batch else None)
        run.progressed.connect(self._progressed)
        run.written.connect(self._written)
        run.unwritten.connect(lambda number: self._saving.pop(number, None))
        run.changed.connect(self._save_late)

    # --- what the window shows ------------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """What is being edited."""
        return self.editor.document

    @property
    def experiment(self) -> Experiment:
        """What the document holds now."""
        return self.editor.experiment

    @property
    def report(self) -> Report:
        """The problems of the network."""
        return self.editor.report

    @property
    def sizes(self) -> tuple[int, int]:
        """Examples in the train and the dev set."""
        return self.data.sizes if self.data is not None else (0, 0)

    @property
    def training(self) -> bool:
        """Whether steps are being made."""
        return self.run.phase is Phase.TRAINING

    @property
    def can_train(self) -> bool:
        """Whether there is a network that can train."""
        return bool(self.data) and self.report.ok and self.run.phase not in (Phase.REFUSED, Phase.EMPTY)

    @property
    def why_not(self) -> str:
        """Why training is off: how many problems, and the first one."""
        errors = self.report.errors
        if not errors:
            return ""
        return sentence("{count} to fix: {first}", count=len(errors), first=errors[0].sentence).render(_)

    @property
    def kind(self) -> str:
        """The state as a dot: training, wrong or idle."""
        return "wrong" if self.run.phase in WRONG or not self.report.ok else "training" if self.training else "idle"

    @property
    def state_words(self) -> str:
        """The state in words, beside the dot."""
        return state_words(self.run.phase, self.run.step, len(self.report.errors), self.run.pacing)

    @property
    def title(self) -> str:
        """The document's name."""
        return self.path.stem if self.path is not None else self.experiment.title or _("untitled")

    @property
    def data_words(self) -> str:
        """The sizes of the data set in words."""
        return data_words(self.data.shape, *self.sizes) if self.data is not None else ""

    @property
    def epochs(self) -> Epochs:
        """Steps as epochs, whatever the batch size was."""
        return Epochs.of(self.run.record, self.sizes[0], self.experiment.training.batch_size)

    @property
    def before(self) -> Shown | None:
        """The run before the last reset, None without one."""
        record = self.run.before
        if record is None:
            return None
        return Shown(record, self.layers, "", Epochs.of(record, self.sizes[0], self.experiment.training.batch_size))

    def norms(self) -> Mapping[str, tuple[float, float]]:
        """weights ("conv1/W") -> (norm now, norm at the first step that was measured)."""
        found = {}
        for name, series in self.run.record.series.items():
            quantity, _slash, weights = name.partition("/")
            if quantity == "weight_norm" and series.values:
                now, start = series.values[-1], series.values[0]
                if now is not None and start is not None:
                    found[weights] = (now, start)
        return found

    # --- documents ------------------------------------------------------------------------------------------------

    def read(self, path: Path) -> Opened | None:
        """What is in a file. One that cannot be read is told in a strip; nothing changes. Examples have no path."""
        try:
            return read(path)
        except ResNetSimError as error:
            self._say("error", error.sentence)
            return None

    def show(self, opened: Opened) -> None:
        """Make it the document."""
        data = data_set(opened.experiment.data)
        self.path, self._save_when_ready = opened.path, None
        self._take_data(data)
        self._saving.clear()
        self._beginnings.clear()
        self.editor.show(Document(opened.experiment), data.shape)
        self._set_up(opened.weights, opened.record)
        self.document_changed.emit()

    def open(self, path: Path) -> bool:
        """Read a file and show it. Whether it could be."""
        if (opened := self.read(path)) is not None:
            self.show(opened)
        return opened is not None

    def show_new(self, experiment: Experiment) -> None:
        """A document without a file."""
        self.show(Opened(experiment, None, None, None))

    def show_kept(
        self, experiment: Experiment, path: Path | None, weights: StateFile | None, record: Record | None
    ) -> bool:
        """A document that was not saved when the program ended: it counts as edited. Whether it could be shown."""
        try:
            data_set(experiment.data)
        except ResNetSimError as error:
            self._say("error", error.sentence)
            return False
        self.show(Opened(experiment, path, weights, record))
        self.document.touch()
        self.document_changed.emit()
        return True

    def save(self, path: Path) -> None:
        """Write network, weights and curves; the worker does it, so that the window never waits."""
        self._save_when_ready = None
        experiment = self.experiment
        if self.run.phase is Phase.STARTING and self.run.device:  # the weights are on their way to this network
            self._save_when_ready = path
            return
        if self.run.ready or self.run.phase is Phase.DIVERGED:
            number = self.run.save(path.absolute(), schema.encode(experiment))
            if number:
                self._saving[number] = (path, experiment)
                return
        try:  # the network has problems, or the worker is not there: what was learned lies in a file
            waiting = self.run.waiting
            checkpoint = container.load(Path(waiting.file)).checkpoint if waiting is not None else None
            container.save(path, container.Saved(experiment, checkpoint, self.run.record))
        except FileError as error:
            self._say("error", error.sentence)
            return
        self._is_written(path, experiment)

    def _save_late(self) -> None:
        if self._save_when_ready is not None and self.run.phase is not Phase.STARTING:
            self.save(self._save_when_ready)

    def _written(self, number: int) -> None:
        if number in self._saving:
            self._is_written(*self._saving.pop(number))

    def _is_written(self, path: Path, experiment: Experiment) -> None:
        self.path = path
        self.document.mark_saved(experiment)
        self.document_changed.emit()
        self.saved.emit(path)

    def _progressed(self) -> None:
        self.document.touch()

    # --- settings -------------------------------------------------------------------------------------------------

    def set_training(self, name: str, value: object) -> None:
        """Change a training setting; following changes of the same one are one entry until the editor is sealed."""
        setting = next(each for each in settings_of(Training) if each.name == name)
        problem = setting.problem(value)
        if problem is not None:
            self._say("error", problem)
            self.document_changed.emit()
            return
        values: dict[str, object] = {
            each.name: getattr(self.experiment.training, each.name) for each in fields(Training)
        }
        training = Training(**(values | {name: value}))  # type: ignore[arg-type] # checked against the setting above
        label = sentence("{setting} {value}", setting=sentence(setting.label), value=value_words(value))
        self.editor.apply(label, replace(self.experiment, training=training), merge_key=("training", name))

    def _changed(self, change: Change | None) -> None:
        """Tell the run what is different now."""
        if change is None or change.kind == "attach":
            return
        before, after = change.before, change.after
        changed = [
            each.name
            for each in fields(Training)
            if getattr(before.training, each.name) != getattr(after.training, each.name)
        ]
        if before.data != after.data:
            self._take_data(data_set(after.data))
        if before.data != after.data or not wired_alike(before.network, after.network):
            self.layers = plot_layers(after.network, self.report.numbers)
        reset = change.left if change.kind == "undo" else change.attachment
        if isinstance(reset, Reset) or before.data != after.data or NEEDS_RESTART & set(changed):
            self._begin_anew(change, reset if isinstance(reset, Reset) else None)
        elif before.network != after.network:
            self._beginnings.move(change)
        else:
            self.run.update(schema.encode(after))
            if self.run.phase is Phase.REFUSED:
                self.run.set_up()
            for name in changed:
                if name not in ONLY_HEADLESS:
                    self.run.set(name, getattr(after.training, name))
        self.document_changed.emit()

    def _begin_anew(self, change: Change, reset: Reset | None) -> None:
        """What was learned stays with the entry of the history that left it: undo brings it back."""
        if reset is None:  # the entry of a setting that only a new start can take
            reset = Reset()
            if change.kind == "apply":
                self.document.attach(reset)
        self._beginnings.cross(reset, change)
        self.document.touch()
        if change.kind == "apply":
            self.started_over.emit()

    # --- training -------------------------------------------------------------------------------------------------

    def train_or_pause(self) -> None:
        """Train, or pause when it is training."""
        if self.training:
            self.run.pause()
        elif self.can_train:
            self.run.train()

    def one_step(self) -> None:
        """One mini-batch, then pause."""
        if self.can_train:
            self.run.one_step()

    def one_epoch(self) -> None:
        """To the end of the epoch, then pause."""
        if self.can_train:
            self.run.one_epoch()

    def reset(self) -> None:
        """Back to the start weights of the seed, by undo to what was learned; its curves stay, pale, until the next."""
        if self.run.step:
            self.document.apply(sentence("Reset"), self.experiment, attachment=Reset())
        else:
            self.run.forget_before()

    def _take_data(self, data: DataSet) -> None:
        self.data, self.run.data = data, None

    def _set_up(self, resume: StateFile | None, record: Record | None) -> None:
        self.layers = plot_layers(self.experiment.network, self.report.numbers)
        self._beginnings.set_up(resume, record)

    def _say(self, kind: str, said: Sentence) -> None:
        self.said.emit(Message(kind, said.render(_)))
