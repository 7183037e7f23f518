"""What the window and the worker say to each other: framed msgpack, no pickle, nothing of the engine.

Frame: u32 little-endian length, then one message. Every message carries `run`, the number of the configuration it
belongs to; a message of an older one is ignored. Commands carry `id`, answered by Ack or Nack.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import prod

import msgspec
import numpy as np
from numpy.typing import NDArray

PROTOCOL = 1
FRAME_LIMIT = 16 * 2**20
CREDIT_IN_FLIGHT = 2

EXIT_QUIT, EXIT_EXCEPTION, EXIT_MEMORY, EXIT_GPU_LOST, EXIT_PROTOCOL, EXIT_PARENT_GONE = 0, 11, 12, 13, 14, 77

DTYPES = ("<f4", "<f8", "<i4", "<i8", "|u1")


class ProtocolError(Exception):
    """Bytes that are no message of this protocol."""


class ArrayData(msgspec.Struct, frozen=True):
    """An array as raw little-endian bytes beside its dtype and shape."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, array: NDArray[np.generic]) -> ArrayData:
        """Wrap a float32, float64, int32, int64 or uint8 array."""
        solid = np.ascontiguousarray(array)
        return cls(solid.dtype.str, tuple(solid.shape), solid.tobytes())

    def array(self) -> NDArray[np.generic]:
        """The (read-only) array. Raises ProtocolError when bytes, shape and dtype do not agree."""
        if self.dtype not in DTYPES or any(n < 0 for n in self.shape):
            raise ProtocolError(f"array of dtype {self.dtype!r} and shape {self.shape}")
        if prod(self.shape) * int(self.dtype[2:]) != len(self.data):
            raise ProtocolError(f"{len(self.data)} bytes for shape {self.shape} of {self.dtype}")
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


class StateFile(msgspec.Struct, frozen=True):
    """A checkpoint on disk and the SHA-256 of its bytes."""

    file: str
    sha256: str


class RunSpec(msgspec.Struct, frozen=True):
    """One run: its experiment as the bytes of network.json, and where to go on from."""

    experiment: bytes
    resume: StateFile | None = None


# --- commands: window -> worker -------------------------------------------------------------------------------------


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="t"):
    """Anything the window asks."""

    run: int = 0
    id: int = 0


class Hello(Command, frozen=True, kw_only=True, tag="hello"):
    """First message. A worker of another protocol refuses and asks to reinstall."""

    proto: int
    app: str


class Configure(Command, frozen=True, kw_only=True, tag="configure"):
    """Set up runs that train in lock step on the same batches; answered by Ready or Refused.

    mem_limit in bytes, 0: none.
    """

    runs: dict[str, RunSpec]
    device: str = "auto"
    mem_limit: int = 0


class Run(Command, frozen=True, kw_only=True, tag="run"):
    """Train until told otherwise, or until `until` steps if that is not 0."""

    until: int = 0


class Pause(Command, frozen=True, kw_only=True, tag="pause"):
    """Stop between two steps, evaluate, send a snapshot without credit."""


class Step(Command, frozen=True, kw_only=True, tag="step"):
    """n steps, then pause."""

    n: int = 1


class Set(Command, frozen=True, kw_only=True, tag="set"):
    """A training setting (a field of network.training.Training) of every run, from the next step on."""

    name: str
    value: float | int | str | bool


class Change(Command, frozen=True, kw_only=True, tag="change"):
    """New values for experiments of the same graph: skip on/off, freeze, a block's lambda, from the next step on."""

    experiments: dict[str, bytes]


class SetWeight(Command, frozen=True, kw_only=True, tag="set_weight"):
    """One number of one parameter, typed by hand; `index` counts in row-major order."""

    name: str
    part: str
    parameter: str
    index: int
    value: float


class View(Command, frozen=True, kw_only=True, tag="view"):
    """What to measure: nothing hidden is computed. maps: parts whose channel pictures are wanted, of one train example."""

    series: bool = True
    histograms: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    example: int = 0
    hz: float = 30.0


class Credit(Command, frozen=True, kw_only=True, tag="credit"):
    """n more snapshots may be sent; given after drawing only."""

    n: int = 1


class SaveCheckpoint(Command, frozen=True, kw_only=True, tag="checkpoint"):
    """Write the state of the run called `name` to `file` (in the program's own cache folder); answered by Saved."""

    name: str
    file: str


class SaveDocument(Command, frozen=True, kw_only=True, tag="save"):
    """Compose and write a .resnet of the run called `name` with this document and record; answered by Saved."""

    name: str
    file: str
    experiment: bytes
    record: bytes = b""


class Rewind(Command, frozen=True, kw_only=True, tag="rewind"):
    """Go back to the newest kept step at or before `step`; answered by Ack with that step, then a snapshot."""

    step: int


class Quit(Command, frozen=True, kw_only=True, tag="quit"):
    """End with exit code 0."""


# --- reports: worker -> window --------------------------------------------------------------------------------------


class Report(msgspec.Struct, frozen=True, kw_only=True, tag_field="t"):
    """Anything the worker says."""

    run: int = 0


class HelloBack(Report, frozen=True, kw_only=True, tag="hello"):
    """The worker is there. devices: name -> why it cannot be used ("" if it can)."""

    proto: int
    pid: int
    numpy: str
    devices: dict[str, str]


class Ready(Report, frozen=True, kw_only=True, tag="ready"):
    """The runs are set up at `step`. parameters and estimated bytes per run name."""

    step: int
    parameters: dict[str, int]
    estimated_bytes: dict[str, int]
    steps_per_epoch: int


class Refused(Report, frozen=True, kw_only=True, tag="refused"):
    """The runs cannot be set up: one sentence, and the part it is about ("" for the whole)."""

    reason: str
    part: str = ""


class Ack(Report, frozen=True, kw_only=True, tag="ack"):
    """Command `id` holds from `step` on."""

    id: int
    step: int


class Nack(Report, frozen=True, kw_only=True, tag="nack"):
    """Command `id` was not done, and why."""

    id: int
    reason: str


class Heartbeat(Report, frozen=True, kw_only=True, tag="hb"):
    """4 times a second from the loop itself, also while paused. next_ms: how long the next step should take."""

    step: int
    epoch: int
    steps_per_second: float
    rss: int
    next_ms: float
    phase: str


class EvaluationPoint(msgspec.Struct, frozen=True):
    """Loss (data term, whole set, evaluation mode) and accuracy; None where it does not apply or is not finite."""

    step: int
    train_loss: float | None
    train_accuracy: float | None
    dev_loss: float | None
    dev_accuracy: float | None


class RunSnapshot(msgspec.Struct, frozen=True):
    """What one run measured. All values are of `step`, but losses, which has every step since the last snapshot.

    losses: (k,) float64 for steps first_step .. first_step + k - 1. names: of `values` (n,) float64 (NaN: undefined),
    empty when they are the same as in the snapshot before. histograms: part -> (bins,) counts over `ranges`.
    maps: part -> uint8 or float32 pictures (n_C, n_H, n_W) or values (n,).
    """

    first_step: int
    losses: ArrayData
    names: tuple[str, ...]
    values: ArrayData
    histograms: dict[str, ArrayData]
    ranges: dict[str, tuple[float, float]]
    maps: dict[str, ArrayData]
    evaluations: tuple[EvaluationPoint, ...]


class Snapshot(Report, frozen=True, kw_only=True, tag="snapshot"):
    """Sent with credit only, but after a pause, a step command and a divergence always."""

    step: int
    epoch: int
    exact: bool
    """True when the run stands at this step: every value on screen is then of one and the same step."""
    runs: dict[str, RunSnapshot]


class DivergedReport(Report, frozen=True, kw_only=True, tag="diverged"):
    """The first value that is not finite: at `step`, in part `part` ("" when only the loss); the run is paused."""

    name: str
    step: int
    part: str
    what: str


class Done(Report, frozen=True, kw_only=True, tag="done"):
    """Training came to the end it was given; the run is paused."""

    step: int
    reason: str


class Saved(Report, frozen=True, kw_only=True, tag="saved"):
    """The file of command `id` is on disk, verified."""

    id: int
    file: str
    sha256: str
    step: int


class ErrorReport(Report, frozen=True, kw_only=True, tag="error"):
    """The worker is about to end with an exit code above 10."""

    class_name: str
    message: str
    frames: str


AnyCommand = (
    Hello
    | Configure
    | Run
    | Pause
    | Step
    | Set
    | Change
    | SetWeight
    | View
    | Credit
    | SaveCheckpoint
    | SaveDocument
    | Rewind
    | Quit
)
AnyReport = (
    HelloBack | Ready | Refused | Ack | Nack | Heartbeat | Snapshot | DivergedReport | Done | Saved | ErrorReport
)

_encoder = msgspec.msgpack.Encoder()
_commands = msgspec.msgpack.Decoder(AnyCommand)
_reports = msgspec.msgpack.Decoder(AnyReport)


def frame(message: Command | Report) -> bytes:
    """A message ready for the pipe. Raises ProtocolError above FRAME_LIMIT."""
    body = _encoder.encode(message)
    if len(body) > FRAME_LIMIT:
        raise ProtocolError(f"a message of {len(body)} bytes; the limit is {FRAME_LIMIT}")
    return struct.pack("<I", len(body)) + body


class Frames:
    """Bytes in any portions -> whole messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def bodies(self, more: bytes) -> Iterator[bytes]:
        """The bodies completed by `more`. Raises ProtocolError on a length above the limit."""
        self._held += more
        while len(self._held) >= 4:
            (length,) = struct.unpack_from("<I", self._held)
            if length > FRAME_LIMIT:
                raise ProtocolError(f"a frame of {length} bytes; the limit is {FRAME_LIMIT}")
            if len(self._held) < 4 + length:
                return
            body = bytes(self._held[4 : 4 + length])
            del self._held[: 4 + length]
            yield body


def command(body: bytes) -> AnyCommand:
    """Raises ProtocolError when it is none."""
    try:
        found: AnyCommand = _commands.decode(body)
        return found
    except msgspec.MsgspecError as error:
        raise ProtocolError(str(error)) from None


def report(body: bytes) -> AnyReport:
    """Raises ProtocolError when it is none."""
    try:
        found: AnyReport = _reports.decode(body)
        return found
    except msgspec.MsgspecError as error:
        raise ProtocolError(str(error)) from None
