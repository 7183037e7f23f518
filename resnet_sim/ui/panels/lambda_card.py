"""The lambda card: off, then 1e-4 .. 1 on a log scale, typed values to 1e-6, and the course's lambda beside it."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.network.training import Training
from resnet_sim.ui.formula import MathLabel
from resnet_sim.ui.panels.controls import NumberField, Toggle, label, row, say
from resnet_sim.ui.panels.segments import Segments
from resnet_sim.ui.panels.sliders import LogSlider
from resnet_sim.ui.theme import Look

_ = translator()

LOWEST, LOW, HIGH, HIGHEST = 1e-6, 1e-4, 1.0, 1000.0
DECADES = ((1e-4, ".0001"), (1e-3, ".001"), (1e-2, ".01"), (1e-1, ".1"), (1.0, "1"))


NETWORK, BLOCK = "network", "block"


class LambdaCard(QFrame):
    """`changed` carries (setting, value) while a hand is on a control, `let_go` comes when it lets go.

    The lambda is the network's, or that of the selected block: `block_changed` then carries it, None for no own one.
    """

    changed = Signal(str, object)
    block_changed = Signal(object)
    target_changed = Signal()
    let_go = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("lambda")
        self._training = Training()
        self._block, self._wanted = "", NETWORK
        self._block_l2: float | None = None
        words = ((NETWORK, _("Whole network")), (BLOCK, _("Selected block")))
        self.target = Segments(look, _("Lambda of"), words)
        self.field = NumberField(read_lambda, lambda_text, step_lambda)
        self.field.setFixedWidth(72)
        say(self.field, _("Lambda"), _("L2 regularization: 0 is off. Every W shrinks by α λ of itself at each step."))
        self.slider = LogSlider(look, LOW, HIGH, "wt", _("off"), DECADES)
        say(self.slider, _("Lambda on a scale from off to 1"))
        self.course = label("", "small")
        self.whose = label("", "small")
        self.whose.setWordWrap(True)
        self.own = Toggle(look, _("Own lambda of the block"), _("On, the block has its own λ; off, the network’s."))
        self.decay_b = Toggle(look, _("Decay b too"), _("λ pulls b and β towards 0 as well."))
        self.decay_gamma = Toggle(look, _("Decay gamma too"), _("λ pulls the γ of batch norm towards 0 as well."))
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 8)
        box.setSpacing(4)
        title: QLabel = label(_("L2 regularization"), "weights")
        box.addWidget(row(title, MathLabel(look, r"\lambda", _("lambda"), 16, "wt"), None, self.field, spacing=6))
        box.addWidget(self.target)
        self.whose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._block_row = row(self.whose, self.own)
        box.addWidget(self._block_row)
        box.addWidget(self.slider)
        box.addWidget(row(self.course, None))
        before_b, after_b = _("Decay"), _("too")
        box.addWidget(row(label(before_b), MathLabel(look, "b", "b"), label(after_b), None, self.decay_b, spacing=4))
        gamma = MathLabel(look, r"\gamma", _("gamma"))
        self._gamma_row = row(label(before_b), gamma, label(after_b), None, self.decay_gamma, spacing=4)
        box.addWidget(self._gamma_row)
        self.slider.moved.connect(self._moved)
        self.slider.let_go.connect(self.let_go)
        self.slider.typed.connect(self.field.type_over)
        self.field.entered.connect(self._entered)
        self.decay_b.toggled.connect(lambda on: self._at_once("decay_b", on))
        self.decay_gamma.toggled.connect(lambda on: self._at_once("decay_gamma", on))
        self.target.chosen.connect(self._choose)
        self.own.toggled.connect(self._set_own)
        self._show()

    @property
    def of_block(self) -> bool:
        """Whether the slider holds for the selected block now."""
        return self._wanted == BLOCK and bool(self._block)

    @property
    def value(self) -> float:
        """The lambda in force where the slider holds."""
        return self._block_l2 if self.of_block and self._block_l2 is not None else self._training.l2

    def show_training(self, training: Training) -> None:
        """Show the settings in force; the m of the course's lambda is the mini-batch."""
        self._training = training
        self._show()

    def show_gamma(self, there: bool) -> None:
        """Whether the network has a gamma that could decay."""
        self._gamma_row.setVisible(there or self._training.decay_gamma)

    def show_block(self, title: str, l2: float | None) -> None:
        """The selected block and its own lambda, None when it has none; "" when no block is selected."""
        self._block, self._block_l2 = title, l2
        self._show()

    def _show(self) -> None:
        reason = "" if self._block else _("Select a block, or a layer in one, to give it a λ of its own.")
        self.target.show_value(BLOCK if self.of_block else NETWORK, {BLOCK: reason} if reason else {})
        self._block_row.setVisible(self.of_block)
        own = self._block_l2 is not None
        if self.of_block:
            words = _("{block} has its own λ") if own else _("{block} has the network’s λ")
            self.whose.setText(words.format(block=self._block))
        self.field.show_value(self.value)
        self.slider.show_value(self.value)
        toggles = (self.decay_b, self._training.decay_b), (self.decay_gamma, self._training.decay_gamma)
        for toggle, on in (*toggles, (self.own, own)):
            toggle.blockSignals(True)
            toggle.setChecked(on)
            toggle.blockSignals(False)
        m = self._training.batch_size
        if self._training.optimiser == "adam":
            said = sentence("AdamW: λ pulls on W apart from dW")
        else:
            said = sentence("the course’s λ = m λ = {course}, m = {m}", course=f"{m * self.value:.3g}", m=m)
        self.course.setText(said.render(_))

    def _choose(self, target: str) -> None:
        self.let_go.emit()
        self._wanted = target
        self._show()
        self.target_changed.emit()

    def _set_own(self, on: bool) -> None:
        self.block_changed.emit(self._training.l2 if on else None)
        self.let_go.emit()

    def _moved(self, value: float) -> None:
        if self.of_block:
            self.block_changed.emit(value)
        else:
            self.changed.emit("l2", value)

    def _entered(self, value: float) -> None:
        self._moved(value)
        self.let_go.emit()

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
