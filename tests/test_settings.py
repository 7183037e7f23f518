"""What a setting says of a value that it cannot take."""

from __future__ import annotations

import pytest

from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.network.training import Training
from resnet_sim.settings import settings_of

SETTINGS = {each.name: each for each in (*settings_of(Conv2D), *settings_of(Training))}
LONG = int("9" * 400)
"""More digits than a float has room for."""


@pytest.mark.parametrize("name", ["filters", "learning_rate", "seed"])
@pytest.mark.parametrize("value", [LONG, -LONG], ids=["large", "small"])
def test_a_number_of_400_digits_is_refused_in_one_sentence(name: str, value: int) -> None:
    problem = SETTINGS[name].problem(value)
    assert problem is not None
    assert problem.render(str).startswith(SETTINGS[name].label)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_finite_number_is_refused(value: float) -> None:
    assert SETTINGS["learning_rate"].problem(value) is not None


@pytest.mark.parametrize(("name", "value"), [("filters", 8), ("learning_rate", 1), ("learning_rate", 0.1)])
def test_a_number_in_range_is_taken(name: str, value: float) -> None:
    assert SETTINGS[name].problem(value) is None
