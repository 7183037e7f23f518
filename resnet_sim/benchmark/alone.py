"""The benchmark in a process of its own: the number of threads of the array library is fixed before it is loaded."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

import resnet_sim
from resnet_sim.benchmark.bursts import Effort
from resnet_sim.benchmark.growth import measure_growth
from resnet_sim.benchmark.live import LiveEffort, measure_live
from resnet_sim.benchmark.presets import presets
from resnet_sim.benchmark.report import Report
from resnet_sim.benchmark.versus import measure
from resnet_sim.engine.devices import look_for_gpu
from resnet_sim.errors import RefusedError, sentence

REFUSED, STOPPED = 2, 130


@dataclass(frozen=True)
class Request:
    """What to measure. growth: also how time grows with depth and batch size. live: what the live views cost, too,
    where the CPU computes. backend: numpy, cupy, or auto: the faster one for each network.
    """

    presets: tuple[str, ...]
    threads: int = 1
    growth: bool = True
    effort: Effort = field(default_factory=Effort)
    live: LiveEffort | None = field(default_factory=LiveEffort)
    backend: str = "auto"


def measure_alone(request: Request) -> Report:
    """Start the process, wait for what it measured. Raises RefusedError with its sentence, or KeyboardInterrupt."""
    root = str(Path(resnet_sim.__file__).resolve().parents[1])
    paths = [root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    one_each = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}
    environment = os.environ | one_each | {"PYTHONPATH": os.pathsep.join(each for each in paths if os.path.isabs(each))}
    command = [sys.executable, "-P", "-m", "resnet_sim.benchmark.alone", msgspec.json.encode(request).decode()]
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    if ran.returncode == STOPPED:
        raise KeyboardInterrupt
    if ran.returncode == REFUSED:
        raise RefusedError(sentence("{reason}", reason=ran.stdout.decode()))
    if ran.returncode:
        raise RefusedError(sentence("The measuring process ended early (exit code {code}).", code=ran.returncode))
    return msgspec.json.decode(ran.stdout, type=Report)


def measure_here(request: Request, show: Callable[[str], None] | None = None) -> Report:
    """Measure in this process. show: takes what is being measured, after every turn. Raises RefusedError."""
    rows = []
    for preset in presets(request.presets):
        turn = _turn(show, f"{preset.label}, batch {preset.batch}")
        row = measure(preset, request.threads, request.effort, turn, request.backend)
        if request.live is not None and row.backend == "numpy":
            live = measure_live(preset, request.live, turn, request.threads)
            row = replace(row, live_share=live.share, live_hz=live.hz)
        rows.append(row)
    growth = None
    if request.growth:
        growth = measure_growth(request.effort, _turn(show, "growth"), request.backend, request.threads)
    return Report(machine(any(row.backend == "cupy" for row in rows)), tuple(rows), growth)


def _turn(show: Callable[[str], None] | None, name: str) -> Callable[[], None] | None:
    if show is None:
        return None
    show(name)
    return lambda: show(name)


def machine(gpu: bool = False) -> dict[str, str]:
    """Processor and versions, for the head of the report, and the kernels that NumPy is held to, if any.

    gpu: the GPU, too.
    """
    found = {
        "processor": processor(),
        **({"GPU": look_for_gpu().title} if gpu else {}),
        "Python": platform.python_version(),
    }
    for name, package in (("NumPy", "numpy"), ("PyTorch", "torch")):
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            continue
    if "OPENBLAS_CORETYPE" in os.environ:
        found["OpenBLAS kernels of"] = os.environ["OPENBLAS_CORETYPE"]
    return found


def processor() -> str:
    """Its name as the system tells it, with the number of cores."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name} ({os.cpu_count()} cores)"


def main(arguments: Sequence[str]) -> int:
    """Measure what the first argument asks for; the report, or the sentence of a refusal, goes to standard output."""
    request = msgspec.json.decode(arguments[0], type=Request)
    try:
        report = measure_here(request, _progress if sys.stderr.isatty() else None)
    except RefusedError as error:
        sys.stdout.write(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return STOPPED
    finally:
        _end_progress()
    sys.stdout.buffer.write(msgspec.json.encode(report))
    return 0


def _progress(name: str) -> None:
    sys.stderr.write(f"\r\033[K{name}")
    sys.stderr.flush()


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
