"""The worker by plain pipes: how it ends, and what must not reach it."""

from __future__ import annotations

import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from engine.worker_client import (
    PATIENCE,
    SPIRALS,
    WORKER,
    Client,
    environment,
    small,
    specs,
)

from resnet_sim.engine import worker
from resnet_sim.engine.messages import (
    EXIT_EXCEPTION,
    EXIT_MEMORY,
    EXIT_PARENT_GONE,
    EXIT_PROTOCOL,
    EXIT_QUIT,
    FRAME_LIMIT,
    PROTOCOL,
    Ack,
    ErrorReport,
    Heartbeat,
    Hello,
    HelloBack,
    Quit,
    Run,
    Set,
    Step,
    frame,
)

# --- how it ends ------------------------------------------------------------------------------------------------------


def test_a_frame_in_two_halves_is_one_command(stranger: Client) -> None:
    whole = frame(Hello(proto=PROTOCOL, app="test"))
    stranger.write(whole[:7])
    stranger.read(0.2)
    assert not stranger.seen
    stranger.write(whole[7:])
    assert stranger.wait(HelloBack).pid == stranger.process.pid


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\n\r\n", struct.pack("<I", FRAME_LIMIT + 1), struct.pack("<I", 3) + b"\xc1\xc1\xc1", bytes(8)],
    ids=["http", "too long", "no msgpack", "empty"],
)
def test_garbage_ends_the_worker_with_words(mortal: Client, garbage: bytes) -> None:
    mortal.configure()
    mortal.answer(Run())
    mortal.write(garbage)
    assert mortal.wait(ErrorReport).class_name == "ProtocolError"
    assert mortal.exit_code() == EXIT_PROTOCOL


@pytest.mark.parametrize("training", [False, True])
def test_the_end_of_the_pipe_ends_the_worker(mortal: Client, training: bool) -> None:
    mortal.configure()
    if training:
        mortal.answer(Run())
    assert mortal.process.stdin is not None
    mortal.process.stdin.close()
    assert mortal.exit_code() == EXIT_PARENT_GONE


def test_the_exit_code_is_known_before_the_protocol_is_loaded() -> None:
    assert worker.PARENT_GONE == EXIT_PARENT_GONE


def test_a_window_that_closes_its_ear_ends_the_worker(mortal: Client) -> None:
    mortal.configure()
    mortal.answer(Run())
    assert mortal.process.stdout is not None
    mortal.process.stdout.close()
    assert mortal.process.wait(PATIENCE) == EXIT_PARENT_GONE


def test_quit_is_quick_while_training(mortal: Client) -> None:
    mortal.configure()
    mortal.answer(Run())
    began = time.monotonic()
    mortal.send(Quit())
    assert mortal.exit_code() == EXIT_QUIT
    assert time.monotonic() - began < 3


@pytest.mark.skipif(sys.platform != "linux" or find_spec("cupy") is not None, reason="limits are Linux's, without CUDA")
def test_a_worker_never_takes_more_memory_than_is_free(mortal: Client) -> None:
    mortal.configure()
    mortal.wait(Heartbeat, lambda each: each.phase == "paused")
    limits = Path("/proc", str(mortal.process.pid), "limits").read_text()
    (line,) = [each for each in limits.splitlines() if each.startswith("Max address space")]
    assert line.split()[3] != "unlimited"


@pytest.mark.skipif(sys.platform != "linux", reason="memory limits are Linux's")
def test_too_little_memory_ends_with_words(mortal: Client) -> None:
    mortal.configure()
    held = mortal.wait(Heartbeat, lambda each: each.phase == "paused").rss
    many = replace(SPIRALS, settings=(("examples", 20_000),))
    mortal.configure(specs(a=small(data=many, batch_size=1)), mem_limit=held + 2**30)
    mortal.answer(Run())
    mortal.wait(Heartbeat, lambda each: each.phase == "training" and each.step > 100)  # all that steps need is there
    status = Path("/proc", str(mortal.process.pid), "status").read_text()
    size = 1024 * int(status.split("VmSize:")[1].split()[0])
    mortal.configure(specs(a=small(data=many, batch_size=1)), mem_limit=size + 2**22)
    mortal.answer(Run())
    mortal.send(Set(name="batch_size", value=16_000))
    error = mortal.wait(ErrorReport)
    assert error.class_name.endswith("MemoryError")
    assert mortal.exit_code() == EXIT_MEMORY


def test_an_unforeseen_exception_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nos.getpid = None\n", encoding="utf-8")
    client = Client(None, tmp_path)
    try:
        client.send(Hello(proto=PROTOCOL, app="test"))
        error = client.wait(ErrorReport)
        assert error.class_name == "TypeError"
        assert "conversation.py" in error.frames
        assert client.exit_code() == EXIT_EXCEPTION
    finally:
        client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
@pytest.mark.parametrize("held", [False, True], ids=["pipe closes", "pipe held open"])
def test_the_worker_goes_with_its_parent(held: bool) -> None:
    """Also when somebody else still holds its pipe open, so that no end of it is seen."""
    starter = (
        "import subprocess, sys\n"
        f"ear = {'0' if held else 'subprocess.PIPE'}\n"
        f"worker = subprocess.Popen({WORKER!r}, stdin=ear, stdout=subprocess.DEVNULL)\n"
        "print(worker.pid, flush=True)\n"
        "sys.stdin.read() if worker.stdin else worker.wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), text=True
    )
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        wait_until(lambda: b"resnet_sim.engine.worker" in command_line(worker) and modules_loaded(worker))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_until(lambda: not command_line(worker))


def command_line(pid: int) -> bytes:
    """Empty when the process is gone (or a zombie)."""
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes()
    except OSError:
        return b""


def modules_loaded(pid: int) -> bool:
    return "_multiarray_umath" in Path("/proc", str(pid), "maps").read_text()


def wait_until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_module_beside_the_document_is_not_run(tmp_path: Path) -> None:
    for name in ("numpy", "msgspec", "resnet_sim", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("import os; open('executed', 'w').close(); os._exit(1)", encoding="utf-8")
    client = Client(cwd=tmp_path).greet()
    try:
        client.configure()
        assert not (tmp_path / "executed").exists()
    finally:
        client.close()


NOISE = """
import os, sys
class Noisy:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("numpy"):
            print("noise", flush=True)
            os.write(1, b"noise")
sys.meta_path.insert(0, Noisy())
"""


def test_what_libraries_print_does_not_reach_the_pipe(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOISE, encoding="utf-8")
    client = Client(None, tmp_path)
    try:
        client.greet().configure()
        assert isinstance(client.answer(Step()), Ack)
    finally:
        client.close()
