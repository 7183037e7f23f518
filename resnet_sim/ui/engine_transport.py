"""One worker process and its pipe: bytes out without waiting, reports in, its end told once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QDir, QObject, QProcess, QProcessEnvironment, QStandardPaths, QTimer, Signal, Slot

import resnet_sim
from resnet_sim.engine.messages import Command, ErrorReport, Frames, ProtocolError, frame, report

STDERR_KEPT = 20_000
KILL_AFTER = 300
"""Milliseconds that a worker has for a quit."""


class EngineTransport(QObject):
    """Starts a worker and speaks with it. Everything here returns at once."""

    arrived = Signal(object)
    """A report."""
    ended = Signal(int, str)
    """The process is gone: its exit code (negative: killed by that signal) and what it said last. Sent once."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._frames = Frames()
        self._stderr = bytearray()
        self._last_words = ""
        self._over = self._deaf = False
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        self._process.setArguments(["-P", "-X", "faulthandler", "-m", "resnet_sim.engine.worker"])
        self._process.setProcessEnvironment(environment())
        self._process.setWorkingDirectory(cache_folder())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_stderr)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._error)
        self._killer = QTimer(self, singleShot=True, interval=KILL_AFTER)
        self._killer.timeout.connect(self._process.kill)

    @property
    def pid(self) -> int:
        """Of the process, 0 when there is none."""
        return int(self._process.processId())

    def start(self) -> None:
        """Begin; a failure comes as `ended`."""
        self._process.start()

    def send(self, command: Command) -> None:
        """Hand a command to the pipe; what does not go at once, Qt keeps."""
        if not self._over:
            self._process.write(frame(command))

    def kill(self, reason: str = "") -> None:
        """End it now; `reason` is told in `ended`."""
        self._last_words = self._last_words or reason
        self._process.kill()

    def leave(self, goodbye: Command) -> None:
        """Say goodbye, and kill what does not go."""
        self.send(goodbye)
        self._killer.start()

    @Slot()
    def _read(self) -> None:
        more = self._process.readAllStandardOutput().data()
        if self._deaf:
            return
        try:
            for body in self._frames.bodies(more):
                found = report(body)
                if isinstance(found, ErrorReport):
                    self._last_words = f"{found.class_name}: {found.message}\n{found.frames}"
                self.arrived.emit(found)
        except ProtocolError as error:
            self._deaf = True
            self.kill(f"ProtocolError: {error}")

    @Slot()
    def _read_stderr(self) -> None:
        self._stderr += self._process.readAllStandardError().data()
        del self._stderr[:-STDERR_KEPT]

    @Slot(int, QProcess.ExitStatus)
    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_stderr()
        self._end(-code if status is QProcess.ExitStatus.CrashExit else code)

    @Slot(QProcess.ProcessError)
    def _error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # `finished` never comes then
            self._last_words = self._process.errorString()
            self._end(-1)

    def _end(self, code: int) -> None:
        if self._over:
            return
        self._over = True
        self._killer.stop()
        heard = self._stderr.decode("utf-8", "replace")
        self.ended.emit(code, "\n".join(text for text in (self._last_words.strip(), heard.strip()) if text))


def cache_folder() -> str:
    """The program's own cache folder, made if need be; the system's temporary one where that cannot be."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
    return folder if folder and QDir().mkpath(folder) else QDir.tempPath()


def environment() -> QProcessEnvironment:
    """The window's own, with one thread for the array library, and this package found wherever the window found it."""
    found = QProcessEnvironment.systemEnvironment()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONUNBUFFERED"):
        found.insert(name, "1")
    # Never a relative entry: what lies beside a document must not be imported.
    entries = [str(Path(resnet_sim.__file__).resolve().parents[1]), *found.value("PYTHONPATH").split(os.pathsep)]
    found.insert("PYTHONPATH", os.pathsep.join(dict.fromkeys(each for each in entries if os.path.isabs(each))))
    return found
