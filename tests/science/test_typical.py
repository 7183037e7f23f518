"""The band that holds in the middle of five seeds and not in each of them."""

from __future__ import annotations

from statistics import median

from science.presets import SEEDS, continued, go_on, inserted


def test_six_random_plain_pairs_are_far_from_repaired_after_100_steps() -> None:
    runs = (continued(inserted(seed, "plain", 1.0, 1.0, 6), learning_rate=0.01) for seed in SEEDS)
    assert median(go_on(run, 100).loss for run in runs) >= 0.3
