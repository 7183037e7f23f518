"""The setup panel: data, optimiser, alpha, batch size, lambda, and the update as a formula with its number."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.network.blocks import set_block_l2
from resnet_sim.network.graph import Block, Network
from resnet_sim.network.training import Training
from resnet_sim.ui.course_words import block_title
from resnet_sim.ui.editor import Editor
from resnet_sim.ui.formula import MathLabel
from resnet_sim.ui.panels.controls import NumberField, label, row, rule, say
from resnet_sim.ui.panels.data_card import DataCard
from resnet_sim.ui.panels.device_card import DeviceCard
from resnet_sim.ui.panels.inspector_fields import ChoiceField
from resnet_sim.ui.panels.lambda_card import LambdaCard
from resnet_sim.ui.panels.notices import NoticeBox
from resnet_sim.ui.panels.picture_card import PictureCard
from resnet_sim.ui.panels.selected_card import SelectedCard
from resnet_sim.ui.panels.sliders import LogSlider
from resnet_sim.ui.panels.stack import stacked
from resnet_sim.ui.theme import Look

_ = translator()

ALPHA_LOW, ALPHA_HIGH = 1e-4, 1.0
OPTIMISERS = (("sgd", _("Gradient descent")), ("momentum", _("Momentum")), ("adam", _("AdamW")))
WITH_MOMENTUM = frozenset({"momentum", "adam"})
CHOOSER_WIDTH = 164
LARGEST_MOMENTUM = 0.9999


class SetupPanel(QScrollArea):
    """`changed` carries (training setting, value) while a hand is on a control, `let_go` comes when it lets go.

    Data set and lambda of a block are no settings of training: they are edited here.
    """

    changed = Signal(str, object)
    let_go = Signal()

    def __init__(self, editor: Editor, look: Look) -> None:
        super().__init__()
        self._editor, self._training = editor, Training()
        self.inside = QWidget()
        self.inside.setObjectName("panel")
        self._box = QVBoxLayout(self.inside)
        self._box.setContentsMargins(16, 12, 16, 12)
        self._box.setSpacing(8)
        self.setWidget(self.inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Setup"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(260)
        self.picture = PictureCard(look)
        self._box.addWidget(self.picture)
        self._add_data(look)
        self._add_training(look)
        self.lam = LambdaCard(look)
        self._box.addWidget(self.lam)
        self._add_formula(look)
        self.selected = SelectedCard(look)
        self._box.addWidget(self.selected)
        self.notices = NoticeBox(look)
        self.notices.chosen.connect(lambda places: editor.select(*places[:1]))
        self._box.addWidget(self.notices)
        self.device = DeviceCard(look)
        self._box.addWidget(self.device)
        self._box.addStretch(1)
        self.lam.changed.connect(self.changed)
        self.lam.let_go.connect(self.let_go)
        self.lam.block_changed.connect(self._set_block_l2)
        self.lam.target_changed.connect(self._show_shrinkage)
        editor.selected.connect(self._show_block)

    def _add_data(self, look: Look) -> None:
        self._box.addWidget(label(_("Data"), "micro"))
        self.data = DataCard(self._editor, look)
        self._box.addWidget(self.data)
        self.batch = NumberField(read_batch, lambda value: str(round(value)), lambda v, d: max(1.0, v + d))
        self.batch.setFixedWidth(76)
        say(self.batch, _("Batch size"), _("Examples in a mini-batch; the last one of an epoch may be smaller."))
        self.batch.entered.connect(lambda value: self._at_once("batch_size", round(value)))
        self._box.addWidget(row(label(_("Batch size")), None, self.batch))
        self._box.addWidget(rule())

    def _add_training(self, look: Look) -> None:
        self._box.addWidget(label(_("Training"), "micro"))
        self.optimiser = ChoiceField(look)
        self.optimiser.setFixedWidth(CHOOSER_WIDTH)
        say(self.optimiser, _("Optimiser"), _("How a gradient becomes a step; it may change at any step."))
        self.optimiser.chosen.connect(lambda value: self._at_once("optimiser", value))
        self._box.addWidget(row(label(_("Optimiser")), None, self.optimiser))
        self.momentum = NumberField(read_momentum, lambda value: f"{value:.4g}", step_momentum)
        self.momentum.setFixedWidth(76)
        say(self.momentum, _("Momentum beta"), _("The share β of the last steps that is kept."))
        self.momentum.entered.connect(lambda value: self._at_once("momentum", value))
        symbol = MathLabel(look, r"\beta", _("beta"), 16)
        self._momentum_row = row(label(_("Momentum")), symbol, None, self.momentum)
        self._box.addWidget(self._momentum_row)
        self.alpha = NumberField(read_alpha, lambda value: f"{value:.4g}", step_alpha)
        self.alpha.setFixedWidth(76)
        say(self.alpha, _("Learning rate alpha"), _("The size of a step, α."))
        self.alpha_slider = LogSlider(look, ALPHA_LOW, ALPHA_HIGH, "ink")
        say(self.alpha_slider, _("Learning rate on a scale from .0001 to 1"))
        self.alpha.entered.connect(lambda value: self._at_once("learning_rate", value))
        self.alpha_slider.moved.connect(lambda value: self.changed.emit("learning_rate", value))
        self.alpha_slider.let_go.connect(self.let_go)
        symbol = MathLabel(look, r"\alpha", _("alpha"), 16)
        self.course_alpha = label("", "small")
        line = row(label(_("Learning rate")), symbol, None, self.alpha)
        self._box.addWidget(stacked(line, self.alpha_slider, self.course_alpha))
        self.alpha_slider.typed.connect(self.alpha.type_over)

    def _add_formula(self, look: Look) -> None:
        frame = QFrame()
        frame.setObjectName("box")
        box = QVBoxLayout(frame)
        box.setContentsMargins(12, 8, 12, 8)
        box.setSpacing(2)
        self.update_rule = MathLabel(look, *update_formula("sgd"), px=16)
        self.second_rule = MathLabel(look, *second_formula("momentum"), px=16)
        self.shrinkage = MathLabel(look, r"1-\alpha\lambda=1", "", px=14, role="ink2")
        for each in (self.update_rule, self.second_rule, self.shrinkage):
            box.addWidget(each)
        self._box.addWidget(frame)

    def show_data(self, sizes: str) -> None:
        """The data set of the document, and its sizes in words."""
        self.data.show_data()
        self.data.show_sizes(sizes)

    def show_training(self, training: Training) -> None:
        """The settings in force."""
        self._training = training
        self.optimiser.show_choices(OPTIMISERS, training.optimiser)
        self._momentum_row.setVisible(training.optimiser in WITH_MOMENTUM)
        self.momentum.show_value(training.momentum)
        self.alpha.show_value(training.learning_rate)
        self.alpha_slider.show_value(training.learning_rate)
        self.course_alpha.setVisible(training.optimiser == "momentum")
        self.course_alpha.setText(course_alpha(training))
        self.batch.show_value(training.batch_size)
        self.lam.show_training(training)
        self.update_rule.show_formula(*update_formula(training.optimiser))
        second = second_formula(training.optimiser)
        self.second_rule.setVisible(bool(second[0]))
        if second[0]:
            self.second_rule.show_formula(*second)
        self._show_block()

    # --- the lambda of a block ------------------------------------------------------------------------------------

    def _block(self) -> Block | None:
        return selected_block(self._editor.network, self._editor.current)

    def _show_block(self) -> None:
        network, block = self._editor.network, self._block()
        self.lam.show_gamma(has_gamma(network))
        title = block_title(network, block) if block is not None else ""
        self.selected.show_layer(network, self._editor.report, self._editor.current)
        self.lam.show_block(title, block.l2 if block is not None else None)
        self._show_shrinkage()

    def _show_shrinkage(self) -> None:
        self.shrinkage.show_formula(*shrinkage_formula(self._training, self.lam.value))

    def _set_block_l2(self, l2: float | None) -> None:
        block = self._block()
        if block is None:
            return
        title = block_title(self._editor.network, block)
        label = (
            sentence("λ of {block}", block=title)
            if l2 is not None
            else sentence("{block}: the network’s λ", block=title)
        )
        edit = partial(set_block_l2, block_id=block.id, l2=l2)
        self._editor.edit(label, edit, merge_key=("block l2", block.id))
        self._show_block()

    def _at_once(self, name: str, value: object) -> None:
        self.changed.emit(name, value)
        self.let_go.emit()


def course_alpha(training: Training) -> str:
    """The learning rate of the course's momentum, v := beta v + (1 - beta) dW, that makes the same steps."""
    value = training.learning_rate / (1 - training.momentum)
    return sentence("the course’s α = α / (1 − β) = {value}", value=f"{value:.3g}").render(_)


def has_gamma(network: Network) -> bool:
    """Whether there is batch norm, in a layer or behind a W_s."""
    return any(node.layer.kind == "batch_norm" for node in network.nodes) or any(
        skip.shortcut == "learned" and skip.batch_norm for skip in network.skips
    )


def update_formula(optimiser: str) -> tuple[str, str]:
    """How a step changes W: maths and words."""
    W, dW = r"\wt{W^{[l]}}", r"\grad{dW^{[l]}}"
    if optimiser == "momentum":
        return rf"v \coloneq\beta v+{dW}+\lambda {W}", _("v becomes beta v plus dW plus lambda W")
    if optimiser == "adam":
        words = _("W becomes 1 minus alpha lambda times W, minus alpha times the Adam step")
        return rf"{W} \coloneq(1-\alpha\lambda){W}-\alpha\,\text{{Adam}}({dW})", words
    words = _("W becomes 1 minus alpha lambda times W, minus alpha dW")
    return rf"{W} \coloneq(1-\alpha\lambda){W}-\alpha {dW}", words


def second_formula(optimiser: str) -> tuple[str, str]:
    """The second line of an optimiser that needs one."""
    if optimiser == "momentum":
        return r"\wt{W^{[l]}} \coloneq\wt{W^{[l]}}-\alpha v", _("W becomes W minus alpha v")
    return "", ""


def shrinkage_formula(training: Training, l2: float) -> tuple[str, str]:
    """By what lambda alone multiplies W in a step; with momentum, once v has settled."""
    if training.optimiser == "momentum":
        factor = 1 - training.learning_rate * l2 / (1 - training.momentum)
        words = _("1 minus alpha lambda divided by 1 minus beta is {value:.6g}").format(value=factor)
        return rf"1-\alpha\lambda/(1-\beta)={factor:.6g}", words
    factor = 1 - training.learning_rate * l2
    words = _("1 minus alpha lambda is {value:.6g}").format(value=factor)
    return rf"1-\alpha\lambda={factor:.6g}", words


def selected_block(network: Network, id: str) -> Block | None:
    """The block that is selected, or that the selected layer or skip connection is in."""
    own = next((block for block in network.blocks if block.id == id), None)
    skip = network.skip_by_id.get(id)
    return own or network.block_of.get(skip.target if skip is not None else id)


def read_alpha(text: str) -> float | None:
    """A typed learning rate, 0 or more; None for anything else."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= 1e9 else None


def step_alpha(value: float, direction: int) -> float:
    """A twentieth of a decade per step."""
    return float(f"{max(value, 1e-6) * 10 ** (direction / 20):.3g}")


def read_batch(text: str) -> float | None:
    """A typed batch size; None for anything that is no whole number from 1 on."""
    text = text.strip()
    return float(text) if text.isdecimal() and 1 <= int(text) <= 65536 else None


def read_momentum(text: str) -> float | None:
    """A typed beta from 0 to .9999; None for anything else."""
    value = read_alpha(text)
    return value if value is not None and value <= LARGEST_MOMENTUM else None


def step_momentum(value: float, direction: int) -> float:
    """A hundredth per step."""
    return min(max(round(value + direction / 100, 4), 0.0), 0.99)
