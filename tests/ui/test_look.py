"""Fonts, colours and icons."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from PySide6.QtGui import QColor, QFontInfo
from pytestqt.qtbot import QtBot

from resnet_sim.ui import icons
from resnet_sim.ui.theme import DARK, DIGITS, LIGHT, MATHS, TEXT, Look, Theme, font, load_fonts, metrics, style_sheet

TEXT_ON = [
    (role, ground)
    for role in ("ink", "ink2", "ink3", "act_text", "grad_text", "wt_text", "skip_text", "err_text")
    for ground in ("panel", "canvas", "card")
] + [(f"{q}_text", f"{q}_tint") for q in ("act", "grad", "wt", "skip", "err")]
LINES_ON = [
    (role, ground)
    for role in ("act", "grad", "wt", "skip", "plain", "err", "border")
    for ground in ("panel", "canvas", "card")
]


def luminance(color: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(theme: Theme, front: str, back: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((luminance(theme.color(front)), luminance(theme.color(back))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_bundled_fonts_load_and_are_the_ones_used(qtbot: QtBot, look: Look) -> None:
    assert {TEXT, MATHS, DIGITS} <= set(load_fonts())
    for family in (TEXT, MATHS, DIGITS):
        assert QFontInfo(font(13, 400, family)).family() == family


def test_digits_have_equal_widths(qtbot: QtBot, look: Look) -> None:
    assert len({metrics(13).horizontalAdvance(str(digit)) for digit in range(10)}) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("front", "back"), TEXT_ON)
def test_text_can_be_read(theme: Theme, front: str, back: str) -> None:
    assert contrast(theme, front, back) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("front", "back"), LINES_ON)
def test_lines_and_borders_can_be_seen(theme: Theme, front: str, back: str) -> None:
    assert contrast(theme, front, back) >= 3.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_style_sheet_knows_every_token_it_names(theme: Theme) -> None:
    sheet = style_sheet(theme)
    assert "$" not in sheet
    assert asdict(theme)["ink"] in sheet


@pytest.mark.parametrize("name", icons.NAMES)
def test_an_icon_draws_inside_its_grid(qtbot: QtBot, look: Look, name: str) -> None:
    box = icons.path(name).boundingRect()
    assert not box.isEmpty()
    assert 0 <= box.left() <= box.right() <= icons.GRID
    assert 0 <= box.top() <= box.bottom() <= icons.GRID
    assert not icons.icon(name, QColor("black")).isNull()
