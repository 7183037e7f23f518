"""The keeper: every edit is on disk at once, and what was not saved is there again at the next start."""

from __future__ import annotations

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from resnet_sim.engine.messages import ProtocolError, StateFile, record_from
from resnet_sim.errors import ResNetSimError
from resnet_sim.files import container, schema
from resnet_sim.files.curves import forget, load_curves
from resnet_sim.files.journal import Journal, Recovered, Where, recover
from resnet_sim.network.document import Change
from resnet_sim.network.experiment import Experiment
from resnet_sim.state.record import Record
from resnet_sim.ui.opened import read
from resnet_sim.ui.workbench import Workbench

_log = logging.getLogger("resnet_sim")
SYNC_MS = 1_000
WEIGHTS = ("autosave.resnet", "checkpoint-a.resnet", "checkpoint-b.resnet")


@dataclass(frozen=True)
class Kept:
    """A document that was not saved: what the journal holds, and the newest weights beside it."""

    found: Recovered
    weights: StateFile | None
    record: Record | None

    @property
    def path(self) -> Path | None:
        """The file it was opened from, None if it never had one."""
        return Path(self.found.where.document) if self.found.where.document else None


class Keeper(QObject):
    """Notes the edits of the workbench's document in a journal, and keeps its weights beside it.

    folder: where journals lie; each has a folder of its name for checkpoints.
    """

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._base = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = Journal(folder)
        self._bench: Workbench | None = None
        self._noted = False
        self._sync = QTimer(self)
        self._sync.setSingleShot(True)
        self._sync.setInterval(SYNC_MS)
        self._sync.timeout.connect(self._to_disk)

    @property
    def folder(self) -> Path:
        """Where the checkpoints of the present document belong."""
        made = self._base / self._journal.path.stem
        made.mkdir(exist_ok=True)
        return made

    def left_over(self) -> list[Kept]:
        """Documents that were not saved and are not open anywhere, newest first."""
        return [self._kept(found) for found in recover(self._base)]

    def _kept(self, found: Recovered) -> Kept:
        folder = self._base / found.journal.stem
        newest = sorted(
            (folder / name for name in WEIGHTS if (folder / name).is_file()),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        for path in newest:
            try:
                saved = container.load(path)
            except ResNetSimError:
                continue  # the next older one
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            weights = StateFile(str(path), digest) if saved.checkpoint is not None else None
            return Kept(found, weights, saved.record or _curves(path))
        if found.where.step and found.where.document:
            try:
                opened = read(Path(found.where.document))
            except ResNetSimError:
                return Kept(found, None, None)
            return Kept(found, opened.weights, opened.record)
        return Kept(found, None, None)

    def watch(self, bench: Workbench) -> None:
        """Note every edit from now on, and that there is something to keep when steps are made."""
        self._bench = bench
        bench.editor.changed.connect(self._changed)
        bench.run.progressed.connect(self._progressed)
        bench.started_over.connect(self._forget_weights)
        bench.saved.connect(self._forget_saved)

    def begin(self, resume: Recovered | None = None) -> Path:
        """Another document is shown: its own journal from now on. The folder for its checkpoints."""
        self._journal.close()
        self._journal = Journal(self._base, resume=resume)
        self._noted = False
        return self.folder

    def note(self) -> None:
        """The document as it is now, though it was not edited."""
        if self._bench is not None:
            self._note(self._bench.experiment)

    def _changed(self, change: Change | None) -> None:
        if change is not None:
            self._note(change.after)

    def _progressed(self) -> None:
        if not self._noted:
            self.note()

    def _forget_weights(self) -> None:
        """The run began anew: what it had learned must not come back."""
        for name in WEIGHTS:
            forget(self.folder / name)

    def _note(self, experiment: Experiment) -> None:
        assert self._bench is not None
        path = self._bench.path
        where = Where(str(path) if path is not None else "", self._bench.document.position, self._bench.run.step)
        try:
            self._journal.append(experiment, where)
            self._noted = True
        except ResNetSimError as error:
            _log.warning("an edit was not noted: %s", error)
        if not self._sync.isActive():
            self._sync.start()

    def _to_disk(self) -> None:
        try:
            self._journal.sync()
        except ResNetSimError as error:
            _log.warning("the journal is not on disk: %s", error)

    def close(self) -> None:
        """The document is left. Unsaved, it stays for the next start; saved, nothing is kept."""
        bench = self._bench
        if bench is None:
            return
        if bench.document.edited:
            self._note(bench.experiment)
            self._to_disk()
            if bench.run.step:
                bench.run.save(self.folder / WEIGHTS[0], schema.encode(bench.experiment))
        elif bench.path is not None:
            self._forget_saved(bench.path)
        else:  # as it came from a template or an example
            self._journal.close()
            self._journal.path.unlink(missing_ok=True)
        self._journal.close()

    def _forget_saved(self, path: Path) -> None:
        """The document is in its file: the journal goes, if that is so."""
        bench = self._bench
        if bench is None or bench.document.edited or not self._journal.path.exists():
            return
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if self._journal.forget(path, digest, bench.experiment):
                self._noted = False
        except (OSError, ResNetSimError) as error:
            _log.warning("the journal stays: %s", error)

    def tidy(self) -> None:
        """After the engine has ended: folders of documents that need no recovery go."""
        wanted = {path.stem for path in self._base.glob("*.journal")}
        for folder in self._base.iterdir():
            if folder.is_dir() and folder.name not in wanted:
                shutil.rmtree(folder, ignore_errors=True)


def _curves(checkpoint: Path) -> Record | None:
    """What was measured up to a checkpoint; None where it cannot be read."""
    data = load_curves(checkpoint)
    try:
        return record_from(data) if data else None
    except ProtocolError:
        return None
