"""The file menu: new networks, opening, saving, what was open lately, and what was not saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from resnet_sim.assets import resources, translator
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.templates import empty, he_cifar, identity_stack, mlp
from resnet_sim.network.training import Training
from resnet_sim.ui.actions import FILE, Actions
from resnet_sim.ui.keeper import Keeper, Kept
from resnet_sim.ui.workbench import Workbench

_ = translator()

RECENT = 8
DIGITS, SMALL = DataReference("digits"), DataReference("digits-600")
TEMPLATES: tuple[tuple[str, Callable[[], Experiment]], ...] = (
    (_("Residual network, 3 blocks of FC layers"), lambda: Experiment(mlp(3), SMALL, Training())),
    (_("Plain network, 3 pairs of FC layers"), lambda: Experiment(mlp(3, residual=False), SMALL, Training())),
    (_("Residual network, 20 FC layers, batch norm"), lambda: Experiment(mlp(9, batch_norm=True), SMALL, Training())),
    (_("ResNet of He et al., 8 conv layers"), lambda: Experiment(he_cifar(1), SMALL, Training(epochs=10))),
    (_("ResNet of He et al., 20 conv layers"), lambda: Experiment(he_cifar(3), SMALL, Training(epochs=10))),
    (
        _("Five residual blocks that learn to copy"),
        lambda: Experiment(
            identity_stack(5), DataReference("identity-vectors"), Training(learning_rate=0.3, batch_size=64, epochs=75)
        ),
    ),
)


class FileDesk(QObject):
    """Opens and saves the workbench's document. Only the system's file chooser is a dialog."""

    def __init__(self, workbench: Workbench, keeper: Keeper, settings: QSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.workbench, self.keeper, self.settings = workbench, keeper, settings
        keeper.watch(workbench)
        workbench.saved.connect(self._remember)

    # --- menus ----------------------------------------------------------------------------------------------------

    def fill(self, actions: Actions) -> None:
        """Put the menus that change into the file menu."""
        menu = actions.menus[FILE]
        before = actions["save"]
        new, examples = QMenu(_("New from &template"), menu), QMenu(_("E&xamples"), menu)
        self.templates = new
        for text, make in TEMPLATES:
            self._item(new, text, partial(self._new_from, make))
        for path in sorted((resources() / "examples").glob("*.resnet")):
            self._item(examples, path.stem, partial(self.open_path, path))
        recent, unsaved = QMenu(_("Open &recent"), menu), QMenu(_("&Unsaved networks"), menu)
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        unsaved.aboutToShow.connect(lambda: self._fill_unsaved(unsaved))
        for made in (new, recent, examples, unsaved):
            menu.insertMenu(before, made)
        menu.insertSeparator(before)

    @staticmethod
    def _item(menu: QMenu, text: str, deed: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: deed())
        return action

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self.recent():
            self._item(menu, f"{path.name}   {path.parent}", partial(self.open_path, path))
        if menu.isEmpty():
            menu.addAction(_("Nothing yet")).setEnabled(False)

    def _fill_unsaved(self, menu: QMenu) -> None:
        menu.clear()
        for kept in self.keeper.left_over():
            name = kept.path.name if kept.path is not None else kept.found.experiment.title or _("untitled")
            self._item(menu, name, partial(self.resume, kept))
        if menu.isEmpty():
            menu.addAction(_("Nothing was left unsaved")).setEnabled(False)

    def recent(self) -> list[Path]:
        """Files opened or saved lately that are still there, newest first."""
        stored = self.settings.value("recent", [])
        names = [stored] if isinstance(stored, str) else list(stored) if isinstance(stored, list) else []
        return [Path(name) for name in names if Path(name).is_file()]

    def _remember(self, path: Path) -> None:
        names = [str(path), *(str(each) for each in self.recent() if each != path)]
        self.settings.setValue("recent", names[:RECENT])

    # --- documents ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """At the start of the program: what was not saved, else the last file, else the first example."""
        kept = next(iter(self.keeper.left_over()), None)
        if kept is not None and self.resume(kept):
            return
        last = next(iter(self.recent()), None)
        if last is None or not self.open_path(last):
            self.open_path(resources() / "examples" / "digits-conv-residual.resnet")

    def resume(self, kept: Kept) -> bool:
        """Show a document that was not saved, with its weights. Whether it could be."""
        self.keeper.close()
        if not self.workbench.show_kept(kept.found.experiment, kept.path, kept.weights, kept.record):
            return False
        self.workbench.run.keep_in(self.keeper.begin(kept.found))
        self.keeper.note()  # nobody else finds it from now on
        return True

    def new(self, experiment: Experiment | None = None) -> None:
        """An empty network on digits, or `experiment`, without a file."""
        self.keeper.close()
        self.workbench.run.keep_in(self.keeper.begin())
        self.workbench.show_new(experiment or Experiment(empty(), DIGITS))

    def _new_from(self, make: Callable[[], Experiment]) -> None:
        self.new(make())

    def open_path(self, path: Path) -> bool:
        """Open a file; one that cannot be read is told in a strip and nothing changes. Whether it was opened."""
        found = self.workbench.read(path)
        if found is None:
            return False
        self.keeper.close()
        self.workbench.run.keep_in(self.keeper.begin())
        self.workbench.show(found)
        if self.workbench.path is not None:
            self._remember(self.workbench.path)
        return True

    def open(self) -> None:
        """Ask for a file and open it."""
        kinds = _("Networks (*.resnet *.json)")
        name, _chosen = QFileDialog.getOpenFileName(self._window, _("Open"), str(self._folder()), kinds)
        if name:
            self.open_path(Path(name))

    def save(self) -> None:
        """Write to the document's file; ask for one if it has none."""
        if self.workbench.path is None:
            self.save_as()
        else:
            self.workbench.save(self.workbench.path)

    def save_as(self) -> None:
        """Ask for a file and write to it."""
        start = self.workbench.path or self._folder() / f"{self.workbench.title}.resnet"
        kinds = _("Networks (*.resnet)")
        name, _chosen = QFileDialog.getSaveFileName(self._window, _("Save as"), str(start), kinds)
        if name:
            path = Path(name)
            self.workbench.save(path if path.suffix else path.with_suffix(".resnet"))

    def _folder(self) -> Path:
        recent = self.recent()
        return self.workbench.path.parent if self.workbench.path else recent[0].parent if recent else Path.home()
