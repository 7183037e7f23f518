"""Training on the GPU's stand-in is training: the same losses, the same divergence at the same step, few copies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine.random_networks import random_data

from resnet_sim.engine import devices
from resnet_sim.engine.backend import Backend
from resnet_sim.engine.headless import HeadlessRun
from resnet_sim.engine.probes import Probe
from resnet_sim.engine.training import Diverged, TrainingRun
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import he_cifar, mlp
from resnet_sim.network.training import Training

SETTINGS = Training(batch_size=10, dtype="float64", learning_rate=0.02, l2=1e-3)
IMAGES, VECTORS = random_data((6, 6, 1), 10, True, seed=1), random_data((5,), 3, True, seed=2)


@pytest.fixture
def device(cupy: Any) -> Callable[..., Backend]:
    from resnet_sim.engine.backends.cupy import CupyBackend

    return CupyBackend


def vectors(**training: object) -> Experiment:
    return Experiment(mlp(2, 8, 3), DataReference("random"), replace(SETTINGS, **training))  # type: ignore[arg-type]


def images(**training: object) -> Experiment:
    network: Network = he_cifar(1, (4, 8))
    return Experiment(network, DataReference("random"), replace(SETTINGS, **training))  # type: ignore[arg-type]


def losses_of(run: TrainingRun, steps: int) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    for _ in range(steps):
        found += run.step().losses
    return found + list(run.settle())


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_every_loss_is_the_one_on_the_cpu(optimiser: str, device: Callable[..., Backend]) -> None:
    for experiment, data in ((vectors(optimiser=optimiser), VECTORS), (images(optimiser=optimiser), IMAGES)):
        host, other = TrainingRun(experiment, data), TrainingRun(experiment, data, backend=device)
        expected, found = losses_of(host, 12), losses_of(other, 12)
        assert [step for step, _ in found] == list(range(12))
        np.testing.assert_allclose([loss for _, loss in found], [loss for _, loss in expected], rtol=1e-7)
        assert other.progress == host.progress
        there, here = other.evaluate(), host.evaluate()
        assert there.train_accuracy == here.train_accuracy
        assert there.dev_loss == pytest.approx(here.dev_loss, rel=1e-7)


def explosive() -> Experiment:
    """Gradient descent that grows by a factor in each step until it is no longer a number."""
    return vectors(learning_rate=30.0, optimiser="sgd", dtype="float32", batch_size=4)


def test_a_divergence_is_found_at_its_own_step_with_the_weights_of_that_step(device: Callable[..., Backend]) -> None:
    experiment = explosive()
    host, other = TrainingRun(experiment, VECTORS), TrainingRun(experiment, VECTORS, backend=device)
    with pytest.raises(Diverged) as expected:
        losses_of(host, 200)
    with pytest.raises(Diverged) as found:
        losses_of(other, 200)
    assert (found.value.step, found.value.part, found.value.what) == (
        expected.value.step,
        expected.value.part,
        expected.value.what,
    )
    assert other.progress == host.progress
    kept, wanted = other.checkpoint(), host.checkpoint()
    for key, array in wanted.arrays.items():
        np.testing.assert_allclose(kept.arrays[key], array, rtol=1e-3)


def test_a_late_look_finds_the_same_divergence(device: Callable[..., Backend], monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven steps run on behind the one that diverged; not one of them moves a weight."""
    experiment = explosive()
    prompt, late = (TrainingRun(experiment, VECTORS, backend=device) for _ in range(2))
    with pytest.raises(Diverged) as expected:
        losses_of(prompt, 200)
    monkeypatch.setattr("resnet_sim.engine.deferred.Deferred.due", property(lambda self: False))
    with pytest.raises(Diverged) as found:
        losses_of(late, 200)
    assert found.value.step == expected.value.step
    known = [step for step, _ in found.value.losses]
    assert known == sorted(known)
    assert known[-1:] in ([expected.value.step - 1], [])
    first, second = prompt.checkpoint(), late.checkpoint()
    assert all(np.array_equal(first.arrays[key], second.arrays[key]) for key in first.arrays)
    assert first.progress == second.progress


def test_after_a_divergence_one_can_go_back_and_on(device: Callable[..., Backend]) -> None:
    run = TrainingRun(explosive(), VECTORS, backend=device)
    start = run.checkpoint()
    with pytest.raises(Diverged):
        losses_of(run, 200)
    run.restore(start)
    run.change(vectors(learning_rate=0.01, optimiser="sgd", dtype="float32", batch_size=4))
    assert len(losses_of(run, 20)) == 20
    learned = run.checkpoint().arrays
    assert any(not np.array_equal(learned[key], array) for key, array in start.arrays.items())


def test_losses_wait_on_the_device_and_are_fetched_together(
    device: Callable[..., Backend], stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resnet_sim.engine.deferred.LOOK_EVERY", 1e9)
    run = TrainingRun(vectors(batch_size=1), VECTORS, backend=device)
    losses_of(run, 2)
    before = stand_in.traffic.to_host
    found = losses_of(run, 20)
    assert [step for step, _ in found] == list(range(2, 22))
    assert stand_in.traffic.to_host == before + 1


def test_a_run_moves_between_devices_and_goes_on(device: Callable[..., Backend]) -> None:
    experiment = images(optimiser="adam")
    straight, moving = TrainingRun(experiment, IMAGES), TrainingRun(experiment, IMAGES)
    expected = losses_of(straight, 9)
    found = losses_of(moving, 3)
    there = TrainingRun(experiment, IMAGES, moving.checkpoint(), device)
    found += losses_of(there, 3)
    back = TrainingRun(experiment, IMAGES, there.checkpoint())
    found += losses_of(back, 3)
    assert [step for step, _ in found] == list(range(9))
    np.testing.assert_allclose([loss for _, loss in found], [loss for _, loss in expected], rtol=1e-7)
    assert back.progress == straight.progress


def test_predictions_are_those_of_the_cpu(device: Callable[..., Backend]) -> None:
    host, other = TrainingRun(images(), IMAGES), TrainingRun(images(), IMAGES, backend=device)
    np.testing.assert_allclose(other.predict(IMAGES.dev_x), host.predict(IMAGES.dev_x), rtol=1e-9)


def test_one_number_typed_by_hand_is_there(device: Callable[..., Backend]) -> None:
    run = TrainingRun(vectors(), VECTORS, backend=device)
    key = next(key for key in run.checkpoint().arrays if key[1] == "W")
    run.set_weight(*key, 4, 0.25)
    assert run.checkpoint().arrays[key].reshape(-1)[4] == 0.25


def watched(network: Network) -> Probe:
    """Everything that a window may ask for."""
    weighted = tuple(node.id for node in network.nodes if node.layer.weighted)
    return Probe(histograms=weighted, maps=weighted[:2], example=3)


@pytest.mark.parametrize("case", [(vectors(), VECTORS), (images(), IMAGES)], ids=["vectors", "images"])
def test_everything_measured_is_what_the_cpu_measures(
    case: tuple[Experiment, Any], device: Callable[..., Backend]
) -> None:
    experiment, data = case
    probe = watched(experiment.network)
    host, other = TrainingRun(experiment, data), TrainingRun(experiment, data, backend=device)
    for run in (host, other):
        losses_of(run, 2)
    for expected, found in (
        (host.step(probe).measured, other.step(probe).measured),
        (host.measure(probe), other.measure(probe)),
    ):
        assert expected is not None
        assert found is not None
        assert list(found.series) == list(expected.series)
        for name, value in expected.series.items():
            assert found.series[name] == (None if value is None else pytest.approx(value, rel=1e-6, abs=1e-9)), name
        for part, histogram in expected.histograms.items():
            assert found.histograms[part].counts.sum() == histogram.counts.sum()
            assert found.histograms[part].low == pytest.approx(histogram.low, rel=1e-6, abs=1e-9)
        for part, picture in expected.maps.items():
            np.testing.assert_allclose(found.maps[part], picture, rtol=1e-5, atol=1e-7)
        assert list(found.weights) == list(expected.weights)
        for part, values in expected.weights.items():
            np.testing.assert_allclose(found.weights[part], values, rtol=1e-5, atol=1e-7)
    assert losses_of(other, 3)[-1][1] == pytest.approx(losses_of(host, 3)[-1][1], rel=1e-6)


def test_a_snapshot_is_one_copy_to_the_host(device: Callable[..., Backend], stand_in: Any) -> None:
    experiment = images(batch_size=4)
    run, probe = TrainingRun(experiment, IMAGES, backend=device), watched(experiment.network)
    run.step(probe)
    before = stand_in.traffic.to_host
    for _ in range(3):
        measured = run.step(probe).measured
        assert measured is not None
        assert measured.series["loss"] is not None
        assert measured.maps
    assert stand_in.traffic.to_host == before + 3
    run.measure(probe)
    assert stand_in.traffic.to_host == before + 4


def test_looking_elsewhere_again_and_again_does_not_fill_the_device(
    device: Callable[..., Backend], stand_in: Any
) -> None:
    experiment = images(batch_size=4)
    run = TrainingRun(experiment, IMAGES, backend=device)
    parts = [node.id for node in experiment.network.nodes if node.layer.weighted]
    sizes = []
    for turn in range(24):
        shown = tuple(parts[turn % len(parts) :][:2])
        run.step(Probe(histograms=shown, maps=shown))
        run.change(experiment)
        sizes.append(stand_in.cuda.POOL.used)
    assert max(sizes[12:]) <= max(sizes[:12])


def test_the_command_line_trains_on_it_too(device: Callable[..., Backend]) -> None:
    host, other = HeadlessRun(images(), IMAGES), HeadlessRun(images(), IMAGES, backend=device)
    for run in (host, other):
        run.train(7)
    here, there = host.report(), other.report()
    assert (there.backend, there.steps) == ("cupy", 7)
    assert there.train_loss == pytest.approx(here.train_loss, rel=1e-6)
    assert other.record.series["loss"].steps == host.record.series["loss"].steps
    assert [layer.gradient_norm for layer in there.layers] == pytest.approx(
        [layer.gradient_norm for layer in here.layers], rel=1e-5
    )


@pytest.mark.parametrize("faster", ["numpy", "cupy"])
def test_auto_takes_what_was_measured_to_be_faster(
    faster: str, device: Callable[..., Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "look_for_gpu", lambda: devices.Device("Fake GPU"))
    speeds = {"numpy": 50.0, "cupy": 50.0, faster: 60.0}
    monkeypatch.setattr(devices, "steps_per_second", lambda experiment, data, make: speeds[make("float32").name])
    assert devices.asked_for("auto", vectors(), VECTORS)("float32").name == faster
    assert devices.asked_for("cupy", vectors(), VECTORS)("float32").name == "cupy"
    assert devices.asked_for("numpy", vectors(), VECTORS)("float32").name == "numpy"


def test_the_speed_of_a_device_is_measured(device: Callable[..., Backend]) -> None:
    assert devices.steps_per_second(vectors(), VECTORS, device) > 0
    assert devices.steps_per_second(vectors(), VECTORS, devices.backend_of("cpu")) > 0


def test_a_search_that_hangs_ends_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(devices, "_driver", lambda: 13000)
    monkeypatch.setattr(devices, "look_for_gpu", lambda: released.wait(60))
    monkeypatch.setattr(devices, "SEARCH_LIMIT", 0.0)
    found = devices.Search().result
    released.set()
    assert found is not None
    assert "did not answer" in str(found.reason)
