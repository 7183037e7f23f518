"""The transport: train and pause, one step, one epoch, reset, the seed, and where the run stands."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui import icons
from resnet_sim.ui.pacing import FULL, PACES, RULES, Pacing, pace_words
from resnet_sim.ui.panels.back_button import BackButton
from resnet_sim.ui.panels.choice_button import ChoiceButton
from resnet_sim.ui.panels.controls import Button, NumberField, label, row, rule, say
from resnet_sim.ui.panels.speed_chip import SpeedChip
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
        self.setAccessibleName(_("State"))
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


LEVELS, TRAIN_GIVES = 4, 32
TIGHT, KEYLESS = 2, 3
"""Levels from which on words and gaps give way, and the keys on the buttons."""


class TrainButton(Button):
    """The primary one; in a narrow window it gives up the name of its key."""

    def show_key(self, key: str) -> None:
        """Another key beside the word, or none."""
        if key != self._key:
            self._key = key
            self.update()


class DeedButton(Button):
    """A button that gives way: icon, word and key; a short word and the key; at last a short word."""

    def __init__(self, look: Look, words: str, short: str, icon: str, key: str) -> None:
        super().__init__(look, words, icon, key, height=36)
        self._faces: tuple[tuple[str, str, str], ...] = (
            (words, icon, key),
            (short, "", key),
            (short, "", key),
            (short, "", ""),
        )
        self._level, self._words = 0, words

    def show_key(self, key: str) -> None:
        """Another key does the same now; the narrowest face has none."""
        self._faces = (*((text, icon, key) for text, icon, _key in self._faces[:-1]), self._faces[-1])
        super().show_key(self._faces[self._level][2])

    def show_level(self, level: int) -> None:
        """0: all there is; LEVELS - 1: as little as can be."""
        if level != self._level:
            self._level = level
            text, icon, self._key = self._faces[level]
            self.show_as(text, icon)
            self.setAccessibleName(self._words)
            self.updateGeometry()
            self.update()


class Transport(QFrame):
    """Only shows and asks: what the buttons do is decided by who listens."""

    train_pressed = Signal()
    step_pressed = Signal()
    epoch_pressed = Signal()
    reset_pressed = Signal()
    seed_entered = Signal(int)

    def __init__(self, look: Look, pacing: Pacing) -> None:
        super().__init__()
        self._pacing = pacing
        self.setObjectName("panel")
        self.setAccessibleName(_("Transport"))
        self._train_key, self._keyless = _("Space"), False
        self.train = TrainButton(look, _("Train"), "play", _("Space"), primary=True, height=36)
        self.step = DeedButton(look, _("One step"), _("Step"), "step", ".")
        self.epoch = DeedButton(look, _("One epoch"), _("Epoch"), "epoch", "E")
        self.reset = DeedButton(look, _("Reset"), _("Reset"), "reset", "R")
        self._train_width = max(self.train.sizeHint().width(), 132)
        self.seed = NumberField(read_seed, lambda value: str(round(value)), lambda v, d: max(0.0, v + d))
        say(self.seed, _("Seed"), _("Decides start weights and mini-batches: the same seed gives the same run."))
        self.dot, self.state = StateDot(look), label("", "strong")
        self.pace = ChoiceButton(
            look,
            _("Pace"),
            _("Steps a second at most, slower or faster. What is computed stays the same."),
            ((str(pace), pace_menu_words(pace), pace_words(pace)) for pace in reversed(PACES)),
            height=36,
        )
        self.stop = ChoiceButton(
            look,
            _("Stop by itself"),
            _("When training pauses by itself. The loss is that of the whole training set, at the end of an epoch."),
            ((rule.name, rule.words, rule.short) for rule in RULES),
            height=36,
        )
        self.numbers = {name: self._number(chars) for name, chars in (("epoch", 6), ("step", 7), ("speed", 5))}
        self.speed, self.back = SpeedChip(look, self.numbers["speed"]), BackButton(look)
        box = self._box = QHBoxLayout(self)
        box.setContentsMargins(12, 0, 14, 0)
        box.setSpacing(8)
        for button in (self.train, self.step, self.epoch, self.reset, self.back):
            box.addWidget(button)
        box.addSpacing(4)
        self._seed_word = label(_("seed"), "small")
        box.addWidget(self._seed_word)
        box.addWidget(self.seed)
        box.addSpacing(4)
        self._divider = rule(vertical=True)
        self._divider.setFixedHeight(24)
        box.addWidget(self._divider)
        for name, text in (("epoch", _("epoch")), ("step", _("step")), ("speed", _("steps/s"))):
            number = self.numbers[name]
            box.addWidget(self.speed if name == "speed" else _stacked(label(text, "micro"), number))
            number.setAccessibleName(text)
        box.addWidget(self.pace)
        box.addWidget(self.stop)
        box.addStretch(1)
        standing = row(None, self.dot, self.state)
        standing.setFixedWidth(24 + self._widest_state())  # so that nothing moves when the words change
        box.addWidget(standing)
        self.state.setAccessibleName(_("State of the training"))
        self.setFixedHeight(52)
        self.train.setFixedWidth(self._train_width)
        self.train.clicked.connect(self.train_pressed)
        self.step.clicked.connect(self.step_pressed)
        self.epoch.clicked.connect(self.epoch_pressed)
        self.reset.clicked.connect(self.reset_pressed)
        self.seed.entered.connect(lambda value: self.seed_entered.emit(round(value)))
        self.pace.chosen.connect(lambda value: pacing.set_pace(int(value)))
        self.stop.chosen.connect(pacing.set_rule)
        pacing.changed.connect(self._show_pacing)
        self._show_pacing()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """The keys in force, by the name of the deed."""
        self._train_key = keys["train"]
        self.train.show_key("" if self._keyless else self._train_key)
        for name, button in (("step", self.step), ("epoch", self.epoch), ("reset", self.reset)):
            button.show_key(keys[name])

    @staticmethod
    def _widest_state() -> int:
        return max(round(metrics(13, 600).horizontalAdvance(rule.reached)) for rule in RULES) + 2

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """In a narrow window buttons lose their icons, then their keys; all of them keep a word."""
        super().resizeEvent(event)
        for level in range(LEVELS):
            for button in (self.step, self.epoch, self.reset):
                button.show_level(level)
            self.train.setFixedWidth(self._train_width - (TRAIN_GIVES if level == KEYLESS else 0))
            self._keyless = level == KEYLESS
            self.train.show_key("" if self._keyless else self._train_key)
            roomy = level < TIGHT
            for each in (self._seed_word, self._divider):
                each.setVisible(roomy)
            self.seed.setFixedWidth(72 if roomy else 56)
            self.back.setFixedWidth(36 if roomy else 30)
            self._box.setSpacing(8 if roomy else 4)
            self._box.invalidate()
            if self._box.sizeHint().width() <= self.width():
                break
        self._box.activate()

    def _show_pacing(self) -> None:
        self.pace.show_value(str(self._pacing.pace))
        self.stop.show_value(self._pacing.rule.name)

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

    def show_slow(self, slow: bool) -> None:
        """Whether fewer than two steps a second can be made."""
        if slow is not self.speed.slow:
            self.speed.show_slow(slow)

    def show_state(self, kind: str, text: str, training: bool) -> None:
        """kind as StateDot has it; the button offers what comes next."""
        self.dot.show_kind(kind)
        if self.state.text() != text:
            self.state.setText(text)
        self.train.show_as(_("Pause") if training else _("Train"), "pause" if training else "play")

    def allow(self, train: bool, why_not: str) -> None:
        """Whether there is something to train; the reason is on the button when not."""
        self.reset.setEnabled(train)
        self.reset.setToolTip(why_not)
        self.reset.setAccessibleDescription(why_not)
        self.allow_steps(train, why_not)

    def allow_steps(self, able: bool, why_not: str) -> None:
        """Whether steps can be made from where it stands."""
        for button in (self.train, self.step, self.epoch):
            button.setEnabled(able)
            button.setToolTip(why_not)
            button.setAccessibleDescription(why_not)


def _stacked(above: QLabel, below: QLabel) -> QWidget:
    made = QWidget()
    made.setObjectName("plain")
    box = QVBoxLayout(made)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    box.addStretch(1)
    for each in (above, below):
        box.addWidget(each)
    box.addStretch(1)
    return made


def pace_menu_words(pace: int) -> str:
    """A pace in the menu."""
    if pace == FULL:
        return _("Full speed")
    return _("1 step a second") if pace == 1 else _("{n} steps a second").format(n=pace)


def read_seed(text: str) -> float | None:
    """A typed seed, a whole number from 0 on; None for anything else."""
    text = text.strip()
    return float(text) if text.isdecimal() and int(text) <= LARGEST_SEED else None
