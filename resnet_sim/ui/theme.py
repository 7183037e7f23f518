"""The look: two sets of colour tokens, the bundled fonts, and the palette and style sheet made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette, QPen
from PySide6.QtWidgets import QApplication

from resnet_sim.assets import resources
from resnet_sim.errors import FileError, sentence

TEXT, MATHS, DIGITS = "Inter", "STIX Two Math", "JetBrains Mono"


@dataclass(frozen=True)
class Theme:
    """Colours by meaning. A hue is always one quantity: act forward, grad backward, wt weights, skip the skip path.

    `_text` is the quantity's colour for text, `_tint` the fill behind it. `raw` is `plain` mixed with `card` once, so
    that pale lines stay opaque (drawing with alpha takes Qt's slow way).
    """

    name: str
    act: str
    grad: str
    wt: str
    skip: str
    plain: str
    err: str
    act_text: str
    grad_text: str
    wt_text: str
    skip_text: str
    err_text: str
    act_tint: str
    grad_tint: str
    wt_tint: str
    skip_tint: str
    err_tint: str
    bg: str
    panel: str
    canvas: str
    card: str
    field: str
    primary: str
    on_primary: str
    ink: str
    ink2: str
    ink3: str
    line: str
    line2: str
    border: str
    raw: str
    select: str

    def color(self, token: str) -> QColor:
        """The colour of a token. Raises AttributeError for an unknown one."""
        return _color(getattr(self, token))

    def text(self, role: str) -> QColor:
        """The text colour of a quantity ("act", "grad", ...) or of an ink."""
        return self.color(role + "_text") if role in QUANTITIES else self.color(role)

    def pen(self, token: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """A pen with round caps, shared between calls."""
        return _pen(getattr(self, token), width, style)

    @property
    def dark(self) -> bool:
        """Whether this is the dark one."""
        return self.name == "dark"


QUANTITIES = frozenset({"act", "grad", "wt", "skip", "err"})

LIGHT = Theme(
    name="light",
    act="#3672D8",
    grad="#C67600",
    wt="#7E1F7E",
    skip="#007560",
    plain="#101C2C",
    err="#A80F2A",
    act_text="#2A5FBB",
    grad_text="#8A5200",
    wt_text="#7E1F7E",
    skip_text="#006653",
    err_text="#A80F2A",
    act_tint="#E8F0FC",
    grad_tint="#FBF0DC",
    wt_tint="#F5E8F5",
    skip_tint="#DFF3EE",
    err_tint="#FBE7EA",
    bg="#EEF0F3",
    panel="#FFFFFF",
    canvas="#F6F7F9",
    card="#FFFFFF",
    field="#F4F6F8",
    primary="#101C2C",
    on_primary="#FFFFFF",
    ink="#101C2C",
    ink2="#47536A",
    ink3="#5F6B7E",
    line="#D5DAE1",
    line2="#E6E9EE",
    border="#7B8798",
    raw="#B3BAC4",
    select="#E6E9EE",
)

DARK = Theme(
    name="dark",
    act="#5E9BFA",
    grad="#FBB030",
    wt="#D07AB4",
    skip="#37D5B0",
    plain="#E6EDF7",
    err="#F2605C",
    act_text="#86B4FC",
    grad_text="#FBB030",
    wt_text="#DE92C6",
    skip_text="#37D5B0",
    err_text="#FF8A86",
    act_tint="#1C2A42",
    grad_tint="#3A2E18",
    wt_tint="#38253A",
    skip_tint="#15352F",
    err_tint="#421E22",
    bg="#0F1217",
    panel="#191D25",
    canvas="#13161C",
    card="#1F242E",
    field="#13161C",
    primary="#E9EEF6",
    on_primary="#12161D",
    ink="#E9EEF6",
    ink2="#B3BDCC",
    ink3="#8E99AA",
    line="#343B48",
    line2="#272D38",
    border="#727E91",
    raw="#59626F",
    select="#2B323E",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


class Look(QObject):
    """The theme in use. Widgets that paint themselves read `theme` and repaint on `changed`."""

    changed = Signal()

    def __init__(self, theme: Theme = LIGHT, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def use(self, theme: Theme) -> None:
        """Dress the whole application in `theme`."""
        self.theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(palette(theme))
        app.setStyleSheet(style_sheet(theme))
        self.changed.emit()

    def other(self) -> Theme:
        """The theme not in use."""
        return LIGHT if self.theme.dark else DARK


@cache
def _color(value: str) -> QColor:
    return QColor(value)


@cache
def _pen(value: str, width: float, style: Qt.PenStyle) -> QPen:
    return QPen(QColor(value), width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


@cache
def font(px: int, weight: int = 400, family: str = TEXT, italic: bool = False) -> QFont:
    """A shared font; digits have equal widths and keep them at every size, so they do not jiggle."""
    made = QFont(family)
    made.setPixelSize(px)
    made.setWeight(QFont.Weight(weight))
    made.setItalic(italic)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if family == TEXT:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


@cache
def metrics(px: int, weight: int = 400, family: str = TEXT) -> QFontMetricsF:
    """The metrics of `font(px, weight, family)`."""
    return QFontMetricsF(font(px, weight, family))


def load_fonts() -> tuple[str, ...]:
    """Load the bundled fonts and return the families found. Raises FileError when one is missing or refused."""
    families: list[str] = []
    files = sorted((resources() / "fonts").glob("*.ttf"))
    for file in files:
        number = QFontDatabase.addApplicationFont(str(file))
        if number < 0:
            raise FileError(sentence("The font {file} cannot be read; reinstall ResNet Sim.", file=file.name))
        families += QFontDatabase.applicationFontFamilies(number)
    missing = sorted({TEXT, MATHS, DIGITS} - set(families))
    if missing:
        raise FileError(sentence("The font {family} is missing; reinstall ResNet Sim.", family=missing[0]))
    return tuple(dict.fromkeys(families))


def palette(theme: Theme) -> QPalette:
    """What Fusion draws itself with: scroll bars, menus, tool tips, the file chooser."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, token in (
        (roles.Window, "panel"),
        (roles.WindowText, "ink"),
        (roles.Base, "card"),
        (roles.AlternateBase, "canvas"),
        (roles.Text, "ink"),
        (roles.Button, "panel"),
        (roles.ButtonText, "ink"),
        (roles.BrightText, "err"),
        (roles.Highlight, "primary"),
        (roles.HighlightedText, "on_primary"),
        (roles.Accent, "ink"),
        (roles.Link, "ink"),
        (roles.ToolTipBase, "card"),
        (roles.ToolTipText, "ink"),
        (roles.PlaceholderText, "ink3"),
        (roles.Light, "card"),
        (roles.Midlight, "line2"),
        (roles.Mid, "line"),
        (roles.Dark, "border"),
    ):
        made.setColor(role, theme.color(token))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.color("ink3"))
    return made


_SHEET = Template("""
QWidget { font-family: Inter; font-size: 13px; color: $ink; }
QMainWindow, QWidget#panel { background: $panel; }
QWidget#body { background: $canvas; }
QWidget#lines { background: $line; }
QFrame#plot { background: $panel; border: 0; }
QWidget#plain { background: transparent; }
QFrame#hline { background: $line; min-height: 1px; max-height: 1px; border: 0; }
QFrame#vline { background: $line; min-width: 1px; max-width: 1px; border: 0; }
QSplitter::handle { background: $line; }
QLabel { background: transparent; }
QLabel[role="heading"] { font-size: 15px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="small"] { font-size: 12px; color: $ink2; }
QLabel[role="micro"] { font-size: 11px; color: $ink2; }
QLabel[role="hint"] { font-size: 12px; color: $ink3; }
QLabel[role="number"] { font-family: "JetBrains Mono"; font-size: 17px; }
QLabel[role="value"] { font-size: 13px; }
QLabel[role="weights"] { font-weight: 600; color: $wt_text; }
QLineEdit { font-family: "JetBrains Mono"; background: $field; border: 1px solid $border; border-radius: 5px;
  min-height: 26px; max-height: 26px; padding: 0 8px; selection-background-color: $primary;
  selection-color: $on_primary; }
QLineEdit:focus { border: 2px solid $ink; padding: 0 7px; min-height: 24px; max-height: 24px; }
QLineEdit[wrong="true"] { border: 2px solid $err; padding: 0 7px; min-height: 24px; max-height: 24px; }
QLineEdit:disabled { color: $ink3; background: $panel; }
QFrame#lambda { background: $wt_tint; border: 1px solid $wt; border-radius: 9px; }
QFrame#box { background: $canvas; border: 1px solid $line; border-radius: 9px; }
QMenuBar { background: transparent; }
QMenuBar::item { padding: 4px 8px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $select; color: $ink; }
QMenu { background: $card; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: $select; color: $ink; }
QMenu::item:disabled { color: $ink3; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QStatusBar { background: $panel; border-top: 1px solid $line; }
QStatusBar::item { border: 0; }
QToolTip { background: $card; color: $ink; border: 1px solid $border; padding: 4px 6px; }
QTreeView { background: $canvas; border: 0; outline: 0; font-size: 13px; show-decoration-selected: 1; }
QTreeView::item { min-height: 30px; border: 0; color: $ink; }
QTreeView::item:selected { background: $select; color: $ink; }
QHeaderView { background: $canvas; border: 0; }
QHeaderView::section { background: $canvas; color: $ink2; border: 0; border-bottom: 1px solid $line;
  font-size: 11px; padding: 0 6px; }
QScrollArea { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $border; border-radius: 3px; min-height: 28px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $border; border-radius: 3px; min-width: 28px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


@cache
def style_sheet(theme: Theme) -> str:
    """The one style sheet; everything in it comes from the tokens."""
    return _SHEET.substitute(asdict(theme))
