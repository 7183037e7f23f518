"""A checker that has seen the version before says the same as one that has not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from network.editing import EDITS, Choices

from resnet_sim.errors import ResNetSimError
from resnet_sim.layers.base import DataShape
from resnet_sim.network import edits
from resnet_sim.network.check import Checker, check
from resnet_sim.network.templates import he_cifar, mlp

DIGITS = DataShape((8, 8, 1), 10, "classification")
numbers = st.integers(0, 200)
steps = st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.builds(Choices, numbers, numbers, numbers)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_of_every_version_on_the_way(steps: list[tuple[str, Choices]]) -> None:
    network, checker = he_cifar(1), Checker()
    for name, at in steps:
        try:
            network = EDITS[name](network, at)
        except ResNetSimError:
            continue
        kept, anew = checker.check(network, DIGITS), check(network, DIGITS)
        assert [str(each.sentence) for each in kept.problems] == [str(each.sentence) for each in anew.problems]
        assert (kept.shapes, kept.numbers, kept.parameters) == (anew.shapes, anew.numbers, anew.parameters)


def test_what_was_wrong_before_a_fix_is_not_said_again() -> None:
    checker = Checker()
    network = edits.set_setting(mlp(1), "fc4", "units", 7)
    assert not checker.check(network, DIGITS).ok
    assert checker.check(edits.set_setting(network, "fc4", "units", 10), DIGITS).ok
    assert not checker.check(network, DIGITS).ok
