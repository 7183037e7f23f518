"""The course's notation as mathematics."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from resnet_sim.ui.formula import MathLabel, layout
from resnet_sim.ui.theme import MATHS, Look, font


def text(tex: str) -> str:
    return "".join(run.text for run in layout(tex, 16).runs)


def test_letters_are_italic_brackets_and_digits_upright(look: Look) -> None:
    assert text("a^{[3]}") == "𝑎[3]"
    assert text("W") == "𝑊"


def test_superscripts_are_smaller_and_higher_subscripts_lower(look: Look) -> None:
    letter, above = layout("a^{[l]}", 16).runs
    assert above.px < letter.px
    assert above.y < letter.y < layout("W_s", 16).runs[1].y


def test_a_colour_group_gives_its_role_to_its_letters_only(look: Look) -> None:
    assert [run.role for run in layout(r"\alpha\,\wt{W}", 16).runs] == ["ink", "wt"]


def test_a_hat_stands_over_its_letter(look: Look) -> None:
    letter, hat = layout(r"\hat{y}", 16).runs
    assert letter.text == "𝑦"
    assert hat.hat == pytest.approx(layout("y", 16).width)


def test_nothing_overlaps(look: Look) -> None:
    runs = layout(r"\wt{W^{[l]}} \coloneq(1-\alpha\lambda)\wt{W^{[l]}}-\alpha \grad{dW^{[l]}}", 16).runs
    for run, after in itertools.pairwise(runs):
        assert run.x + QFontMetricsF(font(run.px, 400, run.family)).horizontalAdvance(run.text) <= after.x + 0.01


def test_every_letter_used_is_in_the_font(look: Look) -> None:
    metrics = QFontMetricsF(font(16, 400, MATHS))
    for sign in text(
        r"W^{[l]}\alpha\beta\gamma\lambda\theta\sigma\mu\varepsilon\|\cdot\times\approx\to\ne\coloneq\sum(h+1-2)=*"
    ):
        assert metrics.inFontUcs4(ord(sign)), sign


@pytest.mark.parametrize("wrong", [r"\nonsense", "a^{[l]", "\\"])
def test_what_is_no_formula_is_refused(look: Look, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"command|brace|backslash"):
        layout(wrong, 16)


def test_a_label_says_its_words(qtbot: QtBot, look: Look) -> None:
    label = MathLabel(look, r"\|\wt{W^{[l]}}\|", "norm of W of layer l")
    qtbot.addWidget(label)
    assert label.accessibleName() == "norm of W of layer l"
    assert label.sizeHint().width() > 20
    assert not label.grab().isNull()
