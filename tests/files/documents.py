"""Documents to save: a small trained one, and random ones built from the settings of every kind that is found."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from resnet_sim.datasets.registry import data_set, data_sets, reference_to
from resnet_sim.errors import SettingError
from resnet_sim.files.container import Saved
from resnet_sim.layers.base import Layer
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network import templates
from resnet_sim.network.check import check
from resnet_sim.network.experiment import DataReference, Experiment, Position
from resnet_sim.network.graph import BLOCK_KINDS, Block, Connection, Network, Node, Skip
from resnet_sim.network.parts import parts
from resnet_sim.network.training import Training
from resnet_sim.settings import Setting, settings_of
from resnet_sim.state.checkpoint import Array, Checkpoint, Progress
from resnet_sim.state.record import Event, Record, Series
from resnet_sim.state.start import start_arrays

# --- one document -----------------------------------------------------------------------------------------------------


def trained(network: Network, data: DataReference) -> Saved:
    """A document as if it had been trained with momentum for 12 steps."""
    found = parts(network, data_set(data).shape.input)
    arrays = {key: np.asarray(array, np.float32) for key, array in start_arrays(found, 0).items()}
    learned = {(part.id, each.name) for part in found for each in part.parameters if each.learned}
    slots = {(*key, "v"): np.full_like(arrays[key], 0.5) for key in sorted(learned)}
    record = Record()
    for step in range(13):
        record.add(step, {"loss": 2.5 / (step + 1), "weight_norm/fc1/W": None if step == 3 else 1.0})
    record.note(5, "l2", 0.01)
    progress = Progress(seed=1, step=12, epoch=2, taken=20, updates=12)
    return Saved(Experiment(network, data, title="Größe 🙂", about="…"), Checkpoint(arrays, slots, progress), record)


def small() -> Saved:
    """A residual network for iris, of one block with batch norm; under 10 000 bytes as a file."""
    network = templates.mlp(1, 4, 3, batch_norm=True, flatten=False)
    return trained(network, DataReference("iris"))


def same(first: Saved, second: Saved) -> bool:
    """Whether two documents are equal, arrays to the last bit."""
    if first.experiment != second.experiment or first.record != second.record:
        return False
    if first.checkpoint is None or second.checkpoint is None:
        return first.checkpoint is second.checkpoint
    return first.checkpoint.progress == second.checkpoint.progress and all(
        _bits(one) == _bits(other)
        for one, other in (
            (first.checkpoint.arrays, second.checkpoint.arrays),
            (first.checkpoint.slots, second.checkpoint.slots),
        )
    )


def _bits(arrays: Mapping[Any, Array]) -> dict[Any, tuple[Any, ...]]:
    return {key: (array.dtype, array.shape, array.tobytes()) for key, array in arrays.items()}


# --- files made by hand -----------------------------------------------------------------------------------------------


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a .resnet file by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: Mapping[str, bytes], *, hashes: bool = True, compress: bool = False) -> bytes:
    """A zip of these members, with hashes that are right unless they are given."""
    found = dict(members)
    if hashes and "hashes.json" not in found:
        found["hashes.json"] = json.dumps({k: hashlib.sha256(v).hexdigest() for k, v in found.items()}).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return target.getvalue()


def with_members(data: bytes, **changed: bytes | None) -> bytes:
    """The file with members (named with _ for .) replaced or, for None, left out, and its hashes made right again."""
    found = {k: v for k, v in members_of(data).items() if k != "hashes.json"}
    for key, value in changed.items():
        name = key.replace("_", ".", 1)
        if value is None:
            del found[name]
        else:
            found[name] = value
    return zipped(found)


# --- random documents -------------------------------------------------------------------------------------------------


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    """Every value a setting may have."""
    if setting.kind == "choice":
        return st.sampled_from(setting.choices)
    if setting.kind == "switch":
        return st.booleans()
    if setting.kind == "integer":
        return st.integers(int(setting.low or 0), int(setting.high or 2**31))
    return st.floats(setting.low, setting.high, allow_nan=False, allow_infinity=False)


def made_from_settings(owner: type, make: Callable[..., Any]) -> st.SearchStrategy[Any]:
    """`make` called with random settings of `owner`; combinations it refuses are left out."""

    def attempt(settings: dict[str, Any]) -> Any:
        try:
            return make(**settings)
        except SettingError:
            return None

    drawn = st.fixed_dictionaries({each.name: values_of(each) for each in settings_of(owner)})
    return drawn.map(attempt).filter(lambda made: made is not None)


layers: st.SearchStrategy[Layer] = st.sampled_from(list(layer_kinds().values())).flatmap(
    lambda kind: made_from_settings(kind, kind)
)
references = st.sampled_from(list(data_sets().values())).flatmap(
    lambda kind: made_from_settings(kind, kind).map(reference_to)
)
trainings = made_from_settings(Training, Training)
ids = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,12}", fullmatch=True)
coordinates = st.floats(-1e6, 1e6)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Any network without loops, however broken otherwise."""
    names = draw(st.lists(ids, min_size=1, max_size=12, unique=True))
    count = draw(st.integers(1, len(names)))
    nodes = tuple(Node(name, draw(layers), draw(st.booleans())) for name in names[:count])
    free = names[count:]
    pairs = [(a, b) for n, a in enumerate(names[:count]) for b in names[n + 1 : count]]
    edges = st.lists(st.sampled_from(pairs), max_size=8) if pairs else st.just([])
    connections = tuple(Connection(a, b) for a, b in draw(edges))
    skips = []
    for a, b in draw(edges):
        if free:
            skips.append(draw(made_from_settings(Skip, partial(Skip, free.pop(), a, b))))
    blocks = []
    while free and draw(st.booleans()):
        inside = tuple(draw(st.lists(st.sampled_from(names[:count]), max_size=3)))
        l2 = draw(st.none() | st.floats(0, 1000))
        blocks.append(Block(free.pop(), draw(st.sampled_from(BLOCK_KINDS)), inside, l2, draw(st.booleans())))
    return Network(nodes, connections, tuple(skips), tuple(blocks))


@st.composite
def sound_networks(draw: st.DrawFn) -> Network:
    """A small network for iris that can be trained."""
    return templates.mlp(
        draw(st.integers(0, 2)),
        draw(st.integers(1, 5)),
        3,
        residual=draw(st.booleans()),
        kind=draw(st.sampled_from(["residual", "pre_activation"])),
        batch_norm=draw(st.booleans()),
        rezero=draw(st.booleans()),
        flatten=False,
    )


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any experiment."""
    network, data = draw(
        st.tuples(sound_networks(), st.just(DataReference("iris"))) | st.tuples(networks(), references)
    )
    layout = tuple(
        Position(id, draw(coordinates), draw(coordinates)) for id in draw(st.lists(ids, max_size=3, unique=True))
    )
    return Experiment(network, data, draw(trainings), layout, draw(st.text()), draw(st.text()))


def arrays_of(shape: tuple[int, ...]) -> st.SearchStrategy[Array]:
    """Any bits, NaN among them."""

    def make(seed: int, dtype: str) -> Array:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        array: Array = np.frombuffer(np.random.RandomState(seed).bytes(size), dtype).reshape(shape)
        return array

    return st.builds(make, st.integers(0, 2**31), st.sampled_from(["<f4", "<f8"]))


@st.composite
def checkpoints(draw: st.DrawFn, experiment: Experiment) -> Checkpoint:
    """Weights that fit the network where it is sound, any others where it is not."""
    shape = data_set(experiment.data).shape
    if check(experiment.network, shape).errors:
        keys = st.tuples(ids | ids.map(lambda id: f"{id}/batch_norm"), ids)
        shapes = {key: tuple(draw(st.lists(st.integers(0, 4), max_size=4))) for key in draw(st.lists(keys, max_size=4))}
    else:
        found = parts(experiment.network, shape.input)
        shapes = {(part.id, each.name): each.shape for part in found for each in part.parameters}
    arrays = {key: draw(arrays_of(shape)) for key, shape in shapes.items()}
    slots = {(*key, "v"): draw(arrays_of(shape)) for key, shape in shapes.items() if draw(st.booleans())}
    count = st.integers(0, 2**63 - 1)
    return Checkpoint(arrays, slots, Progress(*(draw(count) for _ in Progress())))


numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
points = st.lists(st.tuples(st.integers(0, 2**53 - 1), numbers), max_size=6)
series = points.map(lambda found: Series([step for step, _ in found], [value for _, value in found]))
events = st.builds(
    Event,
    st.integers(0, 2**53 - 1),
    st.text(),
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
)
records = st.builds(Record, st.dictionaries(st.text(), series, max_size=4), st.lists(events, max_size=3))


@st.composite
def documents(draw: st.DrawFn) -> Saved:
    """Anything a window may want to save."""
    experiment = draw(experiments())
    return Saved(experiment, draw(st.none() | checkpoints(experiment)), draw(st.none() | records))
