"""The lambda card: off, then 1e-4 .. 1 on a log scale, typed values to 1e-6, and the course's lambda beside it."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.network.training import Training
from resnet_sim.ui.formula import MathLabel
from resnet_sim.ui.panels.controls import NumberField, Toggle, label, row, say
from resnet_sim.ui.panels.sliders import LogSlider
from resnet_sim.ui.theme import Look

_ = translator()

LOWEST, LOW, HIGH, HIGHEST = 1e-6, 1e-4, 1.0, 1000.0
DECADES = ((1e-4, ".0001"), (1e-3, ".001"), (1e-2, ".01"), (1e-1, ".1"), (1.0, "1"))


class LambdaCard(QFrame):
    """`changed` carries (setting, value) while a hand is on a control, `let_go` comes when it lets go."""

    changed = Signal(str, object)
    let_go = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("lambda")
        self.field = NumberField(read_lambda, lambda_text, step_lambda)
        self.field.setFixedWidth(76)
        say(self.field, _("Lambda"), _("L2 regularization: 0 is off. Every W shrinks by α λ of itself at each step."))
        self.slider = LogSlider(look, LOW, HIGH, "wt", _("off"), DECADES)
        say(self.slider, _("Lambda on a scale from off to 1"))
        self.course = label("", "small")
        self.decay_b = Toggle(look, _("Decay b too"), _("λ pulls b and β towards 0 as well."))
        self.decay_gamma = Toggle(look, _("Decay gamma too"), _("λ pulls the γ of batch norm towards 0 as well."))
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 8)
        box.setSpacing(4)
        title: QLabel = label(_("L2 regularization"), "weights")
        box.addWidget(row(title, MathLabel(look, r"\lambda", _("lambda"), 16, "wt"), None, self.field))
        box.addWidget(self.slider)
        box.addWidget(row(self.course, None))
        before_b, after_b = _("Decay"), _("too")
        box.addWidget(row(label(before_b), MathLabel(look, "b", "b"), label(after_b), None, self.decay_b, spacing=4))
        gamma = MathLabel(look, r"\gamma", _("gamma"))
        box.addWidget(row(label(before_b), gamma, label(after_b), None, self.decay_gamma, spacing=4))
        self.slider.moved.connect(lambda value: self.changed.emit("l2", value))
        self.slider.let_go.connect(self.let_go)
        self.field.entered.connect(lambda value: self._at_once("l2", value))
        self.decay_b.toggled.connect(lambda on: self._at_once("decay_b", on))
        self.decay_gamma.toggled.connect(lambda on: self._at_once("decay_gamma", on))

    def show_training(self, training: Training) -> None:
        """Show the settings in force; the m of the course's lambda is the mini-batch."""
        self.field.show_value(training.l2)
        self.slider.show_value(training.l2)
        for toggle, on in ((self.decay_b, training.decay_b), (self.decay_gamma, training.decay_gamma)):
            toggle.blockSignals(True)
            toggle.setChecked(on)
            toggle.blockSignals(False)
        m = training.batch_size
        said = sentence("the course’s λ = m λ = {course}, m = {m}", course=f"{m * training.l2:.3g}", m=m)
        self.course.setText(said.render(_))

    def _at_once(self, name: str, value: object) -> None:
        self.changed.emit(name, value)
        self.let_go.emit()


def read_lambda(text: str) -> float | None:
    """A typed lambda: 0, "off", or 1e-6 .. 1000; None for anything else."""
    text = text.strip().replace(",", ".").lower()
    if text in ("", "off", _("off")):
        return 0.0
    try:
        value = float(text)
    except ValueError:
        return None
    if value == 0:
        return 0.0
    return value if LOWEST <= value <= HIGHEST else None


def lambda_text(value: float) -> str:
    """off, .01, 1e-05."""
    return _("off") if value == 0 else f"{value:.4g}"


def step_lambda(value: float, direction: int) -> float:
    """A twentieth of a decade per step; below the low end it is off."""
    if value <= 0:
        return LOW if direction > 0 else 0.0
    moved = value * 10 ** (direction / 20)
    if moved < LOWEST:
        return 0.0
    digits = 3 - math.ceil(math.log10(moved))
    return min(round(moved, max(digits, 0)), HIGHEST)
