"""The button that goes back to a kept step: a menu of the steps there are, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu

from resnet_sim.assets import translator
from resnet_sim.ui.panels.controls import Button, say
from resnet_sim.ui.theme import Look

_ = translator()

MOST = 12
"""Steps in the menu; of more kept ones it shows every second, third, ..."""


class BackButton(Button):
    """`chosen` carries a step."""

    chosen = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__(look, "", "back", height=36)
        self.setFixedWidth(36)
        say(
            self,
            _("Go back to a step"),
            _("Go back to a step: weights and curves as they were; the settings stay as they are."),
        )
        self.menu = QMenu(self)
        self.menu.setAccessibleName(_("Steps to go back to"))
        self._steps: tuple[int, ...] = ()
        self._epoch: Callable[[int], float] = float
        self.clicked.connect(self.open)

    def show_steps(self, steps: tuple[int, ...], epoch: Callable[[int], float]) -> None:
        """The steps one can go back to from here, oldest first; epoch: of a step."""
        self._steps, self._epoch = steps, epoch
        self.setEnabled(bool(steps))

    def open(self) -> None:
        """Show the menu above the button."""
        self.menu.clear()
        for step in reversed(some(self._steps)):
            words = _("Step {step}, epoch {epoch}") if step else _("Step {step}: the start")
            deed = self.menu.addAction(words.format(step=step, epoch=f"{self._epoch(step):.1f}"))
            deed.triggered.connect(lambda _on=False, step=step: self.chosen.emit(step))
        if self._steps:
            self.menu.popup(self.mapToGlobal(QPoint(0, -self.menu.sizeHint().height() - 2)))
            self.menu.setActiveAction(self.menu.actions()[0])


def some(steps: Sequence[int]) -> tuple[int, ...]:
    """At most MOST of them, the oldest and the newest always, the others evenly spread."""
    if len(steps) <= MOST:
        return tuple(steps)
    return tuple(steps[round(k * (len(steps) - 1) / (MOST - 1))] for k in range(MOST))
