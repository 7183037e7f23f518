"""The transport: train and pause, one step, one epoch, reset, the seed, and where the run stands."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui import icons
from resnet_sim.ui.panels.controls import Button, NumberField, label, rule, say
from resnet_sim.ui.theme import DIGITS, Look, metrics

_ = translator()

LARGEST_SEED = 2**31 - 1


class StateDot(QWidget):
    """A dot: filled while training, hollow while not, red after a divergence. The word beside it says the same."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._kind = "idle"
        self.setFixedSize(16, 16)
        look.changed.connect(self.update)

    def show_kind(self, kind: str) -> None:
        """training, wrong or idle."""
        if kind != self._kind:
            self._kind = kind
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._kind == "wrong":
            icons.draw(painter, "error", 0, 0, 16, theme.color("err"))
        else:
            painter.setPen(theme.pen("ink", 1.6))
            painter.setBrush(theme.color("ink" if self._kind == "training" else "panel"))
            painter.drawEllipse(QRectF(3, 3, 10, 10))
        painter.end()


class Transport(QFrame):
    """Only shows and asks: what the buttons do is decided by who listens."""

    train_pressed = Signal()
    step_pressed = Signal()
    epoch_pressed = Signal()
    reset_pressed = Signal()
    seed_entered = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName(_("Transport"))
        self.train = Button(look, _("Train"), "play", _("Space"), primary=True, height=36)
        self.step = Button(look, _("One step"), "step", ".", height=36)
        self.epoch = Button(look, _("One epoch"), "epoch", "E", height=36)
        self.reset = Button(look, _("Reset"), "reset", "R", height=36)
        self.train.setFixedWidth(round(max(self.train.sizeHint().width(), 132)))
        self.seed = NumberField(read_seed, lambda value: str(round(value)), lambda v, d: max(0.0, v + d))
        self.seed.setFixedWidth(72)
        say(self.seed, _("Seed"), _("Decides start weights and mini-batches: the same seed gives the same run."))
        self.dot, self.state = StateDot(look), label("", "strong")
        self.numbers = {name: self._number(chars) for name, chars in (("epoch", 6), ("step", 7), ("speed", 5))}
        box = QHBoxLayout(self)
        box.setContentsMargins(12, 0, 14, 0)
        box.setSpacing(8)
        for button in (self.train, self.step, self.epoch, self.reset):
            box.addWidget(button)
        box.addSpacing(4)
        box.addWidget(label(_("seed"), "small"))
        box.addWidget(self.seed)
        box.addSpacing(4)
        divider = rule(vertical=True)
        divider.setFixedHeight(24)
        box.addWidget(divider)
        box.addSpacing(4)
        for name, text in (("epoch", _("epoch")), ("step", _("step")), ("speed", _("steps/s"))):
            box.addWidget(label(text, "small"))
            box.addWidget(self.numbers[name])
            self.numbers[name].setAccessibleName(text)
        box.addStretch(1)
        box.addWidget(self.dot)
        box.addWidget(self.state)
        self.state.setAccessibleName(_("State of the training"))
        self.setFixedHeight(52)
        self.train.clicked.connect(self.train_pressed)
        self.step.clicked.connect(self.step_pressed)
        self.epoch.clicked.connect(self.epoch_pressed)
        self.reset.clicked.connect(self.reset_pressed)
        self.seed.entered.connect(lambda value: self.seed_entered.emit(round(value)))

    def _number(self, characters: int) -> QLabel:
        made = label("", "number")
        made.setFixedWidth(round(metrics(17, 400, DIGITS).horizontalAdvance("0" * characters)) + 4)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return made

    def show_progress(self, epoch: float, step: int, speed: float | None) -> None:
        """Where the run stands; speed in steps per second, None when it does not run."""
        for name, text in (
            ("epoch", f"{epoch:.1f}"),
            ("step", str(step)),
            ("speed", "–" if speed is None else f"{speed:.0f}" if speed >= 10 else f"{speed:.1f}"),
        ):
            if self.numbers[name].text() != text:
                self.numbers[name].setText(text)

    def show_state(self, kind: str, text: str, training: bool) -> None:
        """kind as StateDot has it; the button offers what comes next."""
        self.dot.show_kind(kind)
        if self.state.text() != text:
            self.state.setText(text)
        self.train.show_as(_("Pause") if training else _("Train"), "pause" if training else "play")

    def allow(self, train: bool, why_not: str) -> None:
        """Whether there is something to train; the reason is on the button when not."""
        for button in (self.train, self.step, self.epoch, self.reset):
            button.setEnabled(train)
            button.setToolTip(why_not)
            button.setAccessibleDescription(why_not)


def read_seed(text: str) -> float | None:
    """A typed seed, a whole number from 0 on; None for anything else."""
    text = text.strip()
    return float(text) if text.isdecimal() and int(text) <= LARGEST_SEED else None
