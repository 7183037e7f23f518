"""Editors made from settings: one row for each, with label, symbol and help, that refuses what is out of range."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.settings import Setting, settings_of
from resnet_sim.ui import kind_icons
from resnet_sim.ui.canvas.content import function_word
from resnet_sim.ui.panels.controls import NumberField, Toggle, say
from resnet_sim.ui.prose import MathProse, draw_line, plain
from resnet_sim.ui.theme import Look

_ = translator()

FIELD_WIDTH = 112
LONGEST = 32
"""Characters of a number: no setting needs more, and whole numbers stay such that all arithmetic can hold them."""
_WORDS = {
    "he": _("He"),
    "glorot": _("Glorot"),
    "normal": _("Normal"),
    "zero": _("Zero"),
    "global": _("global"),
    "window": _("window"),
    "half_squared": _("½ squared"),
    "identity": _("As it is"),
    "learned": _("W_s learned"),
    "zero_pad": _("Zero padding"),
}
_NEEDED: dict[str, Callable[[object], bool]] = {
    "start_sigma": lambda owner: getattr(owner, "start", "normal") == "normal",
    "start_scale": lambda owner: getattr(owner, "start", "") != "zero",
    "slope": lambda owner: getattr(owner, "function", "leaky_relu") == "leaky_relu",
    "size": lambda owner: getattr(owner, "over", "window") == "window",
    "stride": lambda owner: getattr(owner, "over", "window") == "window",
}
"""Settings that mean something only beside certain others; the rest always do."""


def is_needed(owner: object, name: str) -> bool:
    """Whether a setting has an effect as the others are."""
    return _NEEDED[name](owner) if name in _NEEDED else True


def choice_words(owner: object, name: str, value: str) -> str:
    """What a choice is called; maths between dollar signs."""
    if name == "padding" and isinstance(owner, Conv2D):
        p = (owner.size - 1) // 2 if value == "same" else 0
        return (_("same (${p}$)") if value == "same" else _("valid (${p}$)")).format(p=f"p={p}")
    if name == "function":
        return function_word(value)
    return _WORDS.get(value, value.replace("_", " "))


def read_setting(setting: Setting, text: str) -> float | None:
    """A typed value of a number or integer setting; None for anything out of range. 3 × 3 is 3."""
    text = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")
    sides = [side.strip() for side in text.lower().replace("×", "x").split("x")]
    if setting.kind == "integer" and len(sides) == 2 and sides[0] == sides[1]:
        text = sides[0]
    try:
        value: float = int(text) if setting.kind == "integer" else float(text)
        return None if setting.problem(value) is not None else value
    except (ValueError, OverflowError):
        return None


def write_setting(setting: Setting, value: float) -> str:
    """The value as it stands in its field."""
    if setting.kind == "integer":
        return f"{value:.0f} × {value:.0f}" if setting.name == "size" else f"{value:.0f}"
    return f"{value:.6g}"


def step_setting(setting: Setting, value: float, steps: int) -> float:
    """The value so many steps on, inside the range: whole numbers, a share on a log scale, or the second digit."""
    if setting.kind == "integer":
        moved: float = int(value) + steps
    elif setting.logarithmic:
        moved = float(f"{max(value, setting.low or 1e-6, 1e-6) * 10 ** (steps / 20):.3g}")
    else:
        unit = 10.0 ** (math.floor(math.log10(max(abs(value), 0.1))) - 1)
        moved = round((value / unit) + steps) * unit
        moved = float(f"{moved:.6g}")
    low, high = setting.low, setting.high
    moved = moved if low is None else max(moved, low)
    moved = moved if high is None else min(moved, high)
    return int(moved) if setting.kind == "integer" else moved


class SettingField(NumberField):
    """A number of a setting. `left` comes when a gesture ends: Enter, or the focus goes; `escaped` on Esc."""

    left = Signal()
    escaped = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            lambda text: read_setting(setting, text),
            lambda value: write_setting(setting, value),
            lambda value, steps: step_setting(setting, value, steps),
        )
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedWidth(FIELD_WIDTH)
        self.setMaxLength(LONGEST)
        self.returnPressed.connect(self.left)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        super().keyPressEvent(event)
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.left.emit()


class ChoiceField(QComboBox):
    """One of a few words. `chosen` carries the value picked by hand; the wheel turns it only while it has the focus."""

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._wrong = look, False
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(FIELD_WIDTH, 28)
        self.activated.connect(lambda index: self.chosen.emit(self._shown[index][0]))
        look.changed.connect(self.update)

    def show_choices(self, choices: tuple[tuple[str, str], ...], value: str) -> None:
        """Show (value, words) to choose from, and which one holds."""
        if choices != self._shown:
            self.blockSignals(True)
            self.clear()
            self.addItems([plain(words) for _value, words in choices])
            self.blockSignals(False)
            self._shown = choices
        index = next((i for i, (each, _words) in enumerate(choices) if each == value), -1)
        self.setCurrentIndex(index)
        self.update()

    @property
    def value(self) -> str:
        """The value shown."""
        return self._shown[self.currentIndex()][0] if self.currentIndex() >= 0 else ""

    def mark(self, wrong: bool) -> None:
        """Whether this is what an error is about."""
        self._wrong = wrong
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = "err" if self._wrong else "ink"
        strong = self._wrong or self.hasFocus()
        painter.setPen(
            QPen(theme.color(role if strong else "border" if self.isEnabled() else "line"), 2 if strong else 1)
        )
        painter.setBrush(theme.color("field" if self.isEnabled() else "panel"))
        inset = 1.0 if strong else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 5, 5)
        ink = role if self.isEnabled() else "ink3"
        kind_icons.draw(painter, "more", self.width() - 22, 6, 16, theme.text(ink))
        words = self._shown[self.currentIndex()][1] if self.currentIndex() >= 0 else "…"
        painter.setClipRect(self.rect().adjusted(0, 0, -22, 0))
        draw_line(painter, 8.0, self.height() / 2 + 4.7, words, 13, theme, ink, 500)
        painter.end()


class FieldRow(QWidget):
    """A label, its field at the right edge, and room below for a sentence about what was typed."""

    def __init__(self, look: Look, words: str, field: QWidget, help: str) -> None:
        super().__init__()
        self.field = field
        self.label = MathProse(look, words, lines=1)
        self.message = MathProse(look, "", 12, "err")
        self.message.hide()
        say(field, plain(words), help)
        self.label.setToolTip(help)
        self.setToolTip(help)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.label, 1)
        line.addWidget(field)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(line)
        box.addWidget(self.message)
        self.setAccessibleName(plain(words))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, 28)

    def complain(self, sentence: str) -> None:
        """Say what is wrong with what was typed; "" when nothing is."""
        self.message.show_text(sentence)
        self.message.setVisible(bool(sentence))


class SettingsForm(QWidget):
    """The settings of a layer or a skip connection. `changed` carries (name, value), `left` the end of a gesture."""

    changed = Signal(str, object)
    left = Signal()
    escaped = Signal()

    def __init__(self, look: Look, owner: object, number: int, names: Iterable[str] | None = None) -> None:
        """number: l, for the symbols. names: only these settings."""
        super().__init__()
        self.setAccessibleName(_("Settings"))
        self.rows: dict[str, FieldRow] = {}
        wanted = None if names is None else set(names)
        self._settings = {s.name: s for s in settings_of(owner) if wanted is None or s.name in wanted}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for setting in self._settings.values():
            symbol = setting.symbol.replace("[l]", f"[{number}]")
            words = f"{_(setting.label)} ${symbol}$" if symbol else _(setting.label)
            made = FieldRow(look, words, self._field(look, setting), _(setting.help))
            self.rows[setting.name] = made
            box.addWidget(made)
        self.show_values(owner)

    def _field(self, look: Look, setting: Setting) -> QWidget:
        name = setting.name
        if setting.kind == "switch":
            toggle = Toggle(look, setting.label, setting.help)
            toggle.toggled.connect(lambda on: self._at_once(name, on))
            return toggle
        if setting.kind == "choice":
            choice = ChoiceField(look)
            choice.chosen.connect(lambda value: self._at_once(name, value))
            return choice
        field = SettingField(setting)
        whole = setting.kind == "integer"
        field.entered.connect(lambda value: self.changed.emit(name, round(value) if whole else float(value)))
        field.returnPressed.connect(lambda: self._complain(field, setting))
        field.textEdited.connect(lambda _text: self.rows[name].complain(""))
        field.left.connect(lambda: self._ended(field, name))
        field.escaped.connect(self.escaped)
        return field

    def show_values(self, owner: object, wrong: Mapping[str, bool] | None = None) -> None:
        """Show the values in force. wrong: the settings that an error is about."""
        for name, setting in self._settings.items():
            made, value = self.rows[name], getattr(owner, name)
            made.setVisible(is_needed(owner, name))
            field = made.field
            if isinstance(field, SettingField):
                field.show_value(value)
            elif isinstance(field, ChoiceField):
                words = tuple((each, choice_words(owner, name, each)) for each in setting.choices)
                field.show_choices(words, str(value))
                field.mark(bool(wrong and wrong.get(name)))
            elif isinstance(field, Toggle):
                field.blockSignals(True)
                field.setChecked(bool(value))
                field.blockSignals(False)

    def _complain(self, field: SettingField, setting: Setting) -> None:
        if field.property("wrong"):
            problem = setting.problem(_typed(field.text()))
            said = problem.render(_) if problem is not None else ""
            self.rows[setting.name].complain(said)

    def _ended(self, field: SettingField, name: str) -> None:
        if not field.property("wrong"):
            self.rows[name].complain("")
        self.left.emit()

    def _at_once(self, name: str, value: object) -> None:
        self.changed.emit(name, value)
        self.left.emit()


def _typed(text: str) -> object:
    """What was typed, as a number if it is one, for the sentence about it."""
    for read in (int, float):
        try:
            return read(text.strip())
        except (ValueError, OverflowError):
            continue
    return text.strip()
