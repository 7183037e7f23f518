"""Bands on the middle of five seeds, where single runs are caught in a spike of the loss now and then."""

from __future__ import annotations

from statistics import median

from science.presets import SEEDS, continued, go_on, inserted
from science.test_degradation import glorot_residual


def test_with_skips_56_layers_from_glorot_start_weights_learn() -> None:
    assert median(glorot_residual(seed).loss for seed in SEEDS) < 0.01


def test_six_random_plain_pairs_are_far_from_repaired_after_100_steps() -> None:
    runs = (continued(inserted(seed, "plain", 1.0, 1.0, 6), learning_rate=0.01) for seed in SEEDS)
    assert median(go_on(run, 100).loss for run in runs) >= 0.3
