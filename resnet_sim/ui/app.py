"""Starting the window: fonts, theme, workbench, and what must hold for the whole time it is open."""

from __future__ import annotations

import gc
import logging
import os
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QSettings, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QApplication

from resnet_sim.assets import resources, translator
from resnet_sim.ui import text_size
from resnet_sim.ui.engine_process import EngineProcess
from resnet_sim.ui.first_start import FirstStart
from resnet_sim.ui.keeper import Keeper
from resnet_sim.ui.live_run import LiveRun
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.strip import Message
from resnet_sim.ui.theme import Look, font, load_fonts
from resnet_sim.ui.workbench import Workbench

_ = translator()
_log = logging.getLogger("resnet_sim")

FIRST_EXAMPLE = "digits-conv-residual"
EXAMPLE = "example:"
YOUNG_EVERY_MS = 1_000
ALL_EVERY = 30
"""Every so many collections the whole heap, the others only what is young."""


def main(argv: list[str] | None = None) -> int:
    """Open the window on FILE (or example:NAME, or the first example) and stay until it is closed."""
    arguments = sys.argv[1:] if argv is None else argv
    settings, factor = QSettings("resnet-sim", "resnet-sim"), os.environ.get(text_size.FACTOR)
    text_size.put_in_force(text_size.chosen(settings), os.environ)
    app = make_application()
    window = make_window(settings)
    install_hook(window)
    FirstStart(window, settings)
    window.show()
    if arguments:
        window.files.open_path(path_of(arguments[0]))
    if not window.workbench.experiment.network.nodes:
        window.files.start()
    collect_in_this_thread(window)
    window.workbench.run.finished.connect(app.quit)
    code = app.exec()
    if window.view.wants_new_start:
        text_size.start_again(arguments, factor)
    os_flush()
    return code


def make_application() -> QApplication:
    """The application in our fonts; one that exists already is dressed the same."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        app = QApplication(["resnet-sim"])
    app.setApplicationName("resnet-sim")
    app.setApplicationDisplayName("ResNet Sim")
    app.setQuitOnLastWindowClosed(False)  # the engine is asked to end first
    app.setStyle("Fusion")
    load_fonts()
    app.setFont(font(13))
    return app


def make_window(settings: QSettings, cache: Path | None = None) -> MainWindow:
    """A window with its workbench and an engine that is already starting.

    cache: a folder for what was not saved: journals, and the newest weights of each document.
    """
    cache = cache or unsaved_folder()
    engine = EngineProcess()
    keeper = Keeper(cache)
    run = LiveRun(engine, keeper.folder)
    window = MainWindow(Workbench(run), keeper, Look(), settings)
    for child, parent in ((window.workbench, window), (run, window.workbench), (engine, run), (keeper, window)):
        child.setParent(parent)
    run.finished.connect(keeper.tidy)
    engine.start()
    return window


def unsaved_folder() -> Path:
    """Where documents that were not saved wait for the next start."""
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(base) / "unsaved"


def path_of(argument: str) -> Path:
    """A file, or the file of an example."""
    if argument.startswith(EXAMPLE):
        return resources() / "examples" / f"{argument.removeprefix(EXAMPLE)}.resnet"
    return Path(argument)


def install_hook(window: MainWindow) -> None:
    """An exception nobody caught is logged and shown in a strip; the window lives on."""

    def said(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        _log.error("uncaught", exc_info=(kind, error, trace))
        text = _("Something went wrong inside ResNet Sim ({kind}). Your network is safe; saving it now is wise.")
        window.strip.show_message(Message("error", text.format(kind=kind.__name__)))

    sys.excepthook = said


def collect_in_this_thread(window: MainWindow) -> QTimer:
    """Garbage is collected by a timer of the window's thread alone: Qt objects must not die in any other."""
    gc.collect()
    gc.freeze()
    gc.disable()
    timer = QTimer(window)
    ticks = 0

    def collect() -> None:
        nonlocal ticks
        ticks += 1
        gc.collect(2 if ticks % ALL_EVERY == 0 and not window.workbench.training else 0)

    timer.timeout.connect(collect)
    timer.start(YOUNG_EVERY_MS)
    return timer


def os_flush() -> None:
    """Nothing that was printed is lost."""
    sys.stdout.flush()
    sys.stderr.flush()
