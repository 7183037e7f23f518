"""What the window and the worker say to each other: framed msgpack, no pickle, nothing of the engine.

Frame: u32 little-endian length, then one message. Every message carries `run`, the number of the configuration it
belongs to: configure brings a new one, greater than all before; reports of an older one are ignored, commands of an
older one refused. Commands carry `id` and are answered by an Ack or a Nack with that id, except: hello by HelloBack,
configure by Ready or Refused, checkpoint and save by Saved (or a Nack); credit and quit are not answered.
"""

from __future__ import annotations

import msgspec

from resnet_sim.engine.framing import FRAME_LIMIT as FRAME_LIMIT
from resnet_sim.engine.framing import ArrayData as ArrayData
from resnet_sim.engine.framing import Frames as Frames
from resnet_sim.engine.framing import ProtocolError as ProtocolError
from resnet_sim.engine.framing import packed
from resnet_sim.errors import Sentence
from resnet_sim.state.record import Record

PROTOCOL = 5
CREDIT_IN_FLIGHT = 2

EXIT_QUIT, EXIT_EXCEPTION, EXIT_MEMORY, EXIT_GPU_LOST, EXIT_PROTOCOL, EXIT_PARENT_GONE = 0, 11, 12, 13, 14, 77


class Said(msgspec.Struct, frozen=True):
    """A Sentence on its way to the window, which renders it in its language."""

    template: str
    values: tuple[tuple[str, Said | str | float | int | bool | None], ...] = ()

    @classmethod
    def of(cls, sentence: Sentence) -> Said:
        """Values that are neither numbers nor text travel as their text."""
        return cls(sentence.template, tuple((name, cls._value(value)) for name, value in sentence.values))

    @classmethod
    def _value(cls, value: object) -> Said | str | float | int | bool | None:
        if isinstance(value, Sentence):
            return cls.of(value)
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int) and abs(value) < 2**1000:
            return value if abs(value) < 2**63 else float(value)
        return str(value).encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent

    @property
    def sentence(self) -> Sentence:
        """As the Qt-free rooms know it."""
        return Sentence(
            self.template,
            tuple((name, each.sentence if isinstance(each, Said) else each) for name, each in self.values),
        )

    def __str__(self) -> str:
        return str(self.sentence)


class StateFile(msgspec.Struct, frozen=True):
    """A checkpoint on disk and the SHA-256 of its bytes."""

    file: str
    sha256: str


class RunSpec(msgspec.Struct, frozen=True):
    """One run: its experiment as the bytes of network.json, and where to go on from.

    The checkpoint may be of another graph: what is unchanged goes over (state/carry_over.py), the rest starts.
    """

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

    All runs need the same data, batch size and seed. mem_limit in bytes, 0: none. Credit starts at 0.
    """

    runs: dict[str, RunSpec]
    device: str = "auto"
    mem_limit: int = 0


class Run(Command, frozen=True, kw_only=True, tag="run"):
    """Train until told otherwise, or until the first of these that is not 0: step `until`, `epochs` more ends of an
    epoch, a loss of `until_loss` or less.

    That loss is of the whole training set, as measured here and at every end of an epoch: a lucky mini-batch does not
    stop a run. Of several runs the first one there stops all. A divergence stops whatever was asked for.
    """

    until: int = 0
    epochs: int = 0
    until_loss: float = 0.0


class Pause(Command, frozen=True, kw_only=True, tag="pause"):
    """Stop between two steps, evaluate, send a snapshot without credit (also when paused already)."""


class Step(Command, frozen=True, kw_only=True, tag="step"):
    """n steps, then pause, evaluate, send a snapshot without credit and Done."""

    n: int = 1


class Pace(Command, frozen=True, kw_only=True, tag="pace"):
    """So many steps a second at most, from 1 on; 0: full speed, as after Configure. What is computed stays the same.

    At a pace that a view can follow every step is measured, and shown if there is credit.
    """

    steps_per_second: float


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
    """What to measure: nothing hidden is computed. maps: parts whose channel pictures are wanted.

    A part may be missing in some of the runs, not in all. example: row of the training set. hz: snapshots a second
    while training, at most 30. While paused the state is measured anew and sent without credit.
    """

    series: bool = True
    histograms: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    example: int = 0
    hz: float = 30.0


class Credit(Command, frozen=True, kw_only=True, tag="credit"):
    """n more snapshots may be sent; given after drawing only. More than CREDIT_IN_FLIGHT are never kept."""

    n: int = 1


class SaveCheckpoint(Command, frozen=True, kw_only=True, tag="checkpoint"):
    """Write the state of the run called `name` to `file` (in the program's own cache folder); answered by Saved.

    record: what was measured of it, thinned, for a file beside; none by default.
    """

    name: str
    file: str
    record: bytes = b""


class RecordPart(Command, frozen=True, kw_only=True, tag="record_part"):
    """A portion of the record that the next SaveDocument writes: a long one does not fit into one frame."""

    data: bytes


class SaveDocument(Command, frozen=True, kw_only=True, tag="save"):
    """Compose and write a .resnet of the run called `name` with this document; answered by Saved.

    The record (see record_bytes) is the RecordParts since the last SaveDocument, followed by `record`.
    """

    name: str
    file: str
    experiment: bytes
    record: bytes = b""


class Rewind(Command, frozen=True, kw_only=True, tag="rewind"):
    """Go back to the newest kept step at or before `step`; answered by Ack with that step, then a snapshot.

    Settings stay as they are. The way out of a divergence.
    """

    step: int


class UseDevice(Command, frozen=True, kw_only=True, tag="use_device"):
    """Train on "cpu", "gpu" or the faster one ("auto") from the next step on; nothing learned is lost."""

    device: str


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


class DeviceState(msgspec.Struct, frozen=True):
    """title: of library or card. reason: why it cannot be used. steps_per_second: measured on this run, 0: not yet."""

    title: str
    reason: Said | None
    steps_per_second: float


class Devices(Report, frozen=True, kw_only=True, tag="devices"):
    """What there is to train on, once known, and whenever that changes; used: "cpu" or "gpu".

    why: said where the worker itself changed something, then with `batch` where it changed the batch size.
    """

    devices: dict[str, DeviceState]
    used: str
    step: int = 0
    """Steps that were done before `used` was used."""
    why: Said | None = None
    batch: int = 0


class CarriedOver(msgspec.Struct, frozen=True):
    """(part, parameter) names that a checkpoint of another graph gave, that started anew, that were left behind."""

    kept: tuple[tuple[str, str], ...]
    started: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, str], ...]


class TrainingSet(msgspec.Struct, frozen=True):
    """What the window shows of the examples, so that it need not load them.

    labels: (N,) class numbers; empty for regression. rms: the root mean square of x.
    """

    labels: ArrayData
    class_names: tuple[str, ...]
    rms: float


class Ready(Report, frozen=True, kw_only=True, tag="ready"):
    """The runs are set up, paused, at `step`. parameters and estimated bytes per run name.

    carried: the runs whose checkpoint was of another graph; their optimiser starts anew. data: per run name.
    """

    step: int
    epoch: int
    parameters: dict[str, int]
    estimated_bytes: dict[str, int]
    steps_per_epoch: int
    carried: dict[str, CarriedOver] = {}
    data: dict[str, TrainingSet] = {}


class Refused(Report, frozen=True, kw_only=True, tag="refused"):
    """The runs cannot be set up; nothing is configured now. name: the run it is about ("": all).

    batch: the batch size with which there would be enough memory, 0: that is not what is wrong.
    """

    reason: Said
    name: str = ""
    batch: int = 0


class Ack(Report, frozen=True, kw_only=True, tag="ack"):
    """Command `id` is in force: `step` steps were done before it. A replay does the same there."""

    id: int
    step: int


class Nack(Report, frozen=True, kw_only=True, tag="nack"):
    """Command `id` was not done, and why. batch: as in Refused."""

    id: int
    reason: Said
    batch: int = 0


class Heartbeat(Report, frozen=True, kw_only=True, tag="hb"):
    """4 times a second from the loop itself, between two steps, also while paused; dropped when the window is slow.

    next_ms: how long the next step of all runs should take. rss in bytes (0: unknown). phase: idle, load, paused,
    training, evaluate, save or diverged. kept: the steps that one can go back to, oldest first.
    """

    step: int
    epoch: int
    steps_per_second: float
    rss: int
    next_ms: float
    phase: str
    kept: tuple[int, ...] = ()


class EvaluationPoint(msgspec.Struct, frozen=True):
    """Loss (data term, whole set, evaluation mode) and accuracy; None where it does not apply or is not finite."""

    step: int
    train_loss: float | None
    train_accuracy: float | None
    dev_loss: float | None
    dev_accuracy: float | None


class RunSnapshot(msgspec.Struct, frozen=True):
    """What one run measured. All values are of the snapshot's step, but losses (every step) and evaluations.

    losses: (k,) float64 since the last snapshot, of steps first_step, first_step + stride, ...; stride is 1 unless no
    snapshot was taken for very long. names: of `values` (n,) float64 (NaN: undefined); empty when they are the same as
    in the snapshot before. histograms: part -> (bins,) counts over `ranges`. maps: part -> float32 pictures
    (n_C, n_H, n_W) or values (n,). weights: of those in maps, a little of W^{[l]}: one filter (f, f)
    of a convolution, a thinned matrix of a dense layer, float32.
    """

    first_step: int
    stride: int
    losses: ArrayData
    names: tuple[str, ...]
    values: ArrayData
    histograms: dict[str, ArrayData]
    ranges: dict[str, tuple[float, float]]
    maps: dict[str, ArrayData]
    evaluations: tuple[EvaluationPoint, ...]
    weights: dict[str, ArrayData] = {}


class Snapshot(Report, frozen=True, kw_only=True, tag="snapshot"):
    """Sent with credit only, but after every stop, a rewind, a divergence and a view while paused always.

    A step is counted by the updates before it: values of step 0 are those of the start weights on the first mini-batch.
    """

    step: int
    epoch: int
    exact: bool
    """True when the run stands at this step: every value on screen is then of one and the same step."""
    runs: dict[str, RunSnapshot]
    example: int = 0
    """Row of the training set that the pictures show."""


class DivergedReport(Report, frozen=True, kw_only=True, tag="diverged"):
    """The first value that is not finite, in part `part`; what: "nan", "inf" or "loss" (above 1e6).

    The run stands at `step`, its weights kept; from here only Rewind or Configure lead on.
    """

    name: str
    step: int
    part: str
    what: str


class Done(Report, frozen=True, kw_only=True, tag="done"):
    """Training came to the end that the Run or Step of command `id` gave it, and is paused.

    reason: "until", "epochs", "loss" or "step".
    """

    id: int
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
    | Pace
    | Set
    | Change
    | SetWeight
    | View
    | Credit
    | SaveCheckpoint
    | RecordPart
    | SaveDocument
    | Rewind
    | UseDevice
    | Quit
)
AnyReport = (
    HelloBack
    | Devices
    | Ready
    | Refused
    | Ack
    | Nack
    | Heartbeat
    | Snapshot
    | DivergedReport
    | Done
    | Saved
    | ErrorReport
)

_encoder = msgspec.msgpack.Encoder()
_records = msgspec.msgpack.Decoder(Record)
_commands = msgspec.msgpack.Decoder(AnyCommand)
_reports = msgspec.msgpack.Decoder(AnyReport)


def frame(message: Command | Report) -> bytes:
    """A message ready for the pipe. Raises ProtocolError above FRAME_LIMIT and for what msgpack cannot say."""
    try:
        return packed(_encoder.encode(message))
    except (msgspec.MsgspecError, OverflowError, UnicodeError) as error:
        raise ProtocolError(str(error)) from None


def command(body: bytes) -> AnyCommand:
    """Raises ProtocolError when it is none."""
    try:
        found: AnyCommand = _commands.decode(body)
        return found
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ProtocolError(str(error)) from None


def report(body: bytes) -> AnyReport:
    """Raises ProtocolError when it is none."""
    try:
        found: AnyReport = _reports.decode(body)
        return found
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ProtocolError(str(error)) from None


def record_bytes(record: Record) -> bytes:
    """A record for SaveDocument."""
    return _encoder.encode(record)


def record_from(data: bytes) -> Record:
    """Raises ProtocolError when it is none; no bytes are the empty record."""
    try:
        found: Record = _records.decode(data) if data else Record()
        return found
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ProtocolError(str(error)) from None
