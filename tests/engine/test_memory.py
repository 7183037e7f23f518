"""Memory: the estimate is near what training takes, and what would not fit is refused before anything is allocated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from resnet_sim.engine.cost import affordable
from resnet_sim.errors import RefusedError
from resnet_sim.layers.base import DataShape
from resnet_sim.network.parts import parts
from resnet_sim.network.templates import he_cifar
from resnet_sim.network.training import Training

HERE = Path(__file__).resolve()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_the_estimate_is_within_a_fifth_of_what_training_takes() -> None:
    script = [sys.executable, "-P", str(HERE.with_name("memory_use.py")), "300"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    ran = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(found) == 10, ran.stderr
    assert [each for each in found if not 0.8 < each["estimated"] / each["grown"] < 1.2] == []


def test_a_network_far_too_large_is_refused_without_a_byte_for_it() -> None:
    network, data = he_cifar(3, (1024, 2048, 4096)), DataShape((256, 256, 3), 10, "classification")
    found = parts(network, data.input)
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError, match=r"needs about \d{4,}\.\d GB, .* smaller batch"):
            affordable(found, data, Training(batch_size=256), 10_000, 16_000_000_000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
