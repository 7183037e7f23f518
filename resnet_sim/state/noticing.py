"""What there is to notice in a run: a few sentences that follow from measured values, the most important first."""

from __future__ import annotations

from resnet_sim.network.experiment import Experiment
from resnet_sim.state.notices import blocks, gradients, predicted, training, weights
from resnet_sim.state.notices.base import Maths as Maths
from resnet_sim.state.notices.base import Notice as Notice
from resnet_sim.state.notices.base import Rule, Seen
from resnet_sim.state.record import Record

MOST = 4
"""Sentences at once; more would not be read."""
RULES: tuple[Rule, ...] = (
    training.dead_layers,
    training.loss_rose,
    training.guesses,
    gradients.fades,
    weights.shrunk,
    blocks.copies,
    blocks.norm_trap,
    blocks.b_stays,
    gradients.parts_oppose,
    gradients.last_relu,
    weights.pulls,
    predicted.beside_prediction,
    weights.unchanged,
    training.dev_rises,
    training.dev_lags,
)
"""In order of importance: what stops learning, what a control did, what follows from it, what is worth knowing."""


def notice(experiment: Experiment, record: Record, most: int = MOST) -> tuple[Notice, ...]:
    """At most `most` notices. Nothing is said that was not measured; nothing to say is ()."""
    seen = Seen(experiment, record)
    found: list[Notice] = []
    for rule in RULES:
        found += rule(seen)
        if len(found) >= most:
            break
    return tuple(found[:most])
