"""A worker that finds a GPU: tells, measures, moves a run there and back, makes room, and ends when the GPU is lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine.fake_gpu import FOLDER
from engine.worker_client import Client, small, specs

from resnet_sim.engine import backends
from resnet_sim.engine.devices import look_for_gpu
from resnet_sim.engine.messages import (
    EXIT_GPU_LOST,
    Ack,
    Credit,
    Devices,
    Done,
    ErrorReport,
    Nack,
    Pause,
    Run,
    Snapshot,
    UseDevice,
)


@pytest.fixture
def client(with_gpu: pytest.MonkeyPatch) -> Iterator[Client]:
    made = Client(None, FOLDER)
    try:
        yield made.greet()
    finally:
        made.close()


def set_up(client: Client, device: str = "cpu", **training: object) -> None:
    """A small run, on this device."""
    client.configure(specs(a=small(**training)), device=device)  # type: ignore[arg-type]


def used(client: Client, device: str) -> Devices:
    return client.wait(Devices, lambda each: each.used == device)


def trained(client: Client, until: int) -> list[float]:
    """The losses of a run to this step."""
    client.send(Credit(n=2))
    client.send(Run(until=until))
    client.wait(Done)
    found: list[float] = []
    for each in client.seen:
        if isinstance(each, Snapshot) and each.run == client.run:
            found += each.runs["a"].losses.array().tolist()
    return found


def test_a_gpu_is_found_and_named(client: Client) -> None:
    found = client.wait(Devices, lambda each: "gpu" in each.devices)
    assert found.used == "cpu"
    assert found.devices["gpu"].title == "Fake GPU"
    assert found.devices["gpu"].reason is None


def test_both_devices_are_measured_while_nothing_else_is_to_do(client: Client) -> None:
    set_up(client, "auto")
    found = client.wait(Devices, lambda each: "gpu" in each.devices and each.devices["gpu"].steps_per_second > 0)
    speeds = {name: each.steps_per_second for name, each in found.devices.items()}
    assert found.used == max(speeds, key=lambda name: speeds[name])


def test_a_run_moves_to_the_gpu_and_back_and_goes_on(client: Client) -> None:
    client.wait(Devices, lambda each: "gpu" in each.devices)
    set_up(client, dtype="float64")
    expected = trained(client, 24)
    set_up(client, dtype="float64")
    trained(client, 8)
    client.send(UseDevice(device="gpu"))
    assert used(client, "gpu").step == 8
    trained(client, 16)
    client.send(UseDevice(device="cpu"))
    assert used(client, "cpu").step == 16
    found = trained(client, 24)
    assert found == pytest.approx(expected, rel=1e-6)


def test_it_moves_in_the_middle_of_training(client: Client) -> None:
    client.wait(Devices, lambda each: "gpu" in each.devices)
    set_up(client)
    client.send(Run())
    client.send(UseDevice(device="gpu"))
    moved = used(client, "gpu")
    assert client.wait(Ack, lambda each: each.step >= moved.step)
    client.send(Credit(n=2))
    client.wait(Snapshot, lambda each: each.step > moved.step)
    client.send(Pause())
    assert client.wait(Snapshot, lambda each: each.exact).step > moved.step


def test_without_room_the_batch_is_halved_then_the_cpu_takes_over(with_gpu: pytest.MonkeyPatch) -> None:
    roomy = 300_000
    for memory, batches, device in ((roomy, {64, 128}, "gpu"), (40_000, {128}, "cpu")):
        with_gpu.setenv("FAKE_CUPY_MEMORY", str(memory))
        client = Client(None, FOLDER).greet()
        try:
            client.wait(Devices, lambda each: "gpu" in each.devices)
            set_up(client, "gpu", batch_size=128)
            client.send(Run(until=6))
            client.wait(Done)
            told = [each for each in client.seen if isinstance(each, Devices) and each.why is not None]
            assert told
            assert told[-1].used == device
            assert told[-1].batch in batches
        finally:
            client.close()


def test_a_lost_gpu_ends_the_worker_with_its_own_code(with_gpu: pytest.MonkeyPatch) -> None:
    with_gpu.setenv("FAKE_CUPY_LOST_AFTER", "400")
    client = Client(None, FOLDER).greet()
    try:
        client.wait(Devices, lambda each: "gpu" in each.devices)
        set_up(client, "gpu")
        client.send(Run())
        assert client.wait(ErrorReport).class_name == "CUDARuntimeError"
        assert client.exit_code() == EXIT_GPU_LOST
    finally:
        client.close()


def test_without_a_driver_the_reason_is_told_and_a_wish_refused(mortal: Client) -> None:
    found = mortal.wait(Devices)
    assert str(found.devices["gpu"].reason) == "No CUDA driver on this computer."
    mortal.configure()
    mortal.send(UseDevice(device="gpu"))
    assert "No CUDA driver" in str(mortal.wait(Nack).reason)


def test_what_is_missing_is_named(cuda_driver: Path, cupy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_for_gpu([str(cuda_driver)]).title == "Fake GPU"
    monkeypatch.setenv(cupy.cuda.ABSENT, "1")
    monkeypatch.setattr(cupy.cuda, "is_available", lambda: False)
    assert str(look_for_gpu([str(cuda_driver)]).reason) == "CuPy finds no GPU that it can use."

    def broken() -> bool:
        raise cupy.cuda.runtime.CUDARuntimeError(35, "cudaErrorInsufficientDriver: driver is too old")

    monkeypatch.setattr(cupy.cuda, "is_available", broken)
    assert "cudaErrorInsufficientDriver" in str(look_for_gpu([str(cuda_driver)]).reason)
    assert str(look_for_gpu(["/nowhere/libcuda.so"]).reason) == "No CUDA driver on this computer."


def test_a_driver_without_cupy_names_the_package(cuda_driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.delitem(sys.modules, "resnet_sim.engine.backends.cupy", raising=False)
    monkeypatch.delattr(backends, "cupy", raising=False)
    assert "cupy-cuda13x[ctk]" in str(look_for_gpu([str(cuda_driver)]).reason)


def test_a_cupy_that_cannot_be_loaded_says_why(
    cuda_driver: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cupy.py").write_text("raise ImportError('libnvrtc.so.13: cannot open shared object file')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.delitem(sys.modules, "resnet_sim.engine.backends.cupy", raising=False)
    monkeypatch.delattr(backends, "cupy", raising=False)
    assert "libnvrtc.so.13" in str(look_for_gpu([str(cuda_driver)]).reason)
