"""What was saved comes back: every document, to the last bit."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from files.documents import documents, members_of, networks, same, small, trained, with_members, zipped
from hypothesis import HealthCheck, given, settings

from resnet_sim.errors import FileError
from resnet_sim.files import archive, tensors
from resnet_sim.files.container import Saved, compose, load, loads, save
from resnet_sim.files.history import history_in, history_out
from resnet_sim.files.schema import decode, decode_part, encode, encode_part
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.network import templates
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network, Node
from resnet_sim.state.checkpoint import Checkpoint
from resnet_sim.state.record import LIMIT, Record

SLOW_TO_DRAW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def comes_back(document: Saved) -> None:
    data = compose(document)
    opened = loads(data, "any.resnet")
    assert same(opened, document)
    assert compose(opened) == data


@settings(max_examples=150, suppress_health_check=SLOW_TO_DRAW)
@given(documents())
def test_any_document_comes_back_and_saves_to_the_same_bytes(document: Saved) -> None:
    comes_back(document)


@pytest.mark.slow
@settings(max_examples=5_000, suppress_health_check=SLOW_TO_DRAW)
@given(documents())
def test_five_thousand_documents_come_back(document: Saved) -> None:
    comes_back(document)


@settings(max_examples=50, suppress_health_check=SLOW_TO_DRAW)
@given(networks())
def test_a_piece_of_a_network_comes_back_from_the_clipboard(network: Network) -> None:
    assert decode_part(encode_part(network), "the clipboard") == network


def test_a_file_on_disk_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "Größe 🙂.resnet"
    save(path, small())
    assert same(load(path), small())
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_text_of_a_network_opens_too(tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    path.write_bytes(encode(small().experiment))
    assert same(load(path), Saved(small().experiment))


def test_the_network_stands_first_and_readable() -> None:
    data = compose(small())
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        first = opened.infolist()[0]
    assert (first.filename, first.compress_type, first.header_offset) == ("network.json", zipfile.ZIP_STORED, 0)
    assert b'{"id": "fc1", "kind": "dense"' in data


def test_what_is_left_out_is_as_the_kind_has_it() -> None:
    text = {"format": "resnet-sim", "version": 1, "nodes": [{"id": "a", "kind": "dense"}], "data": {"name": "iris"}}
    opened = decode(json.dumps(text).encode(), "x.json")
    assert opened == Experiment(Network((Node("a", Dense()),)), DataReference("iris"))


def test_a_setting_that_says_what_the_kind_says_anyway_is_no_difference() -> None:
    said = Experiment(Network(), DataReference("moons", (("noise", 0.1), ("seed", 3))))
    assert decode(encode(said), "x").data == DataReference("moons", (("seed", 3),))


def test_one_and_one_point_nought_are_one_number() -> None:
    experiment = Experiment(Network((Node("a", Dense(start_scale=1)),)), DataReference("iris"))
    assert encode(experiment) == encode(decode(encode(experiment), "x"))


def test_skips_that_are_off_and_their_weights_come_back() -> None:
    found = small()
    network = found.experiment.network
    learned = [replace(skip, enabled=False, shortcut="learned", batch_norm=True) for skip in network.skips]
    document = trained(replace(network, skips=tuple(learned)), DataReference("iris"))
    assert document.checkpoint is not None
    assert ("skip1/batch_norm", "gamma") in document.checkpoint.arrays
    comes_back(document)


def test_weights_that_are_not_numbers_come_back() -> None:
    found = small()
    assert found.checkpoint is not None
    arrays = dict(found.checkpoint.arrays)
    key = next(iter(arrays))
    arrays[key] = np.full_like(arrays[key], np.nan)
    comes_back(replace(found, checkpoint=replace(found.checkpoint, arrays=arrays)))


def test_opened_weights_cannot_be_written_to() -> None:
    opened = loads(compose(small()), "x").checkpoint
    assert opened is not None
    for array in (*opened.arrays.values(), *opened.slots.values()):
        assert not array.flags.writeable


def test_equal_content_in_another_order_gives_equal_bytes() -> None:
    found = small()
    assert found.checkpoint is not None
    turned = dict(reversed(found.checkpoint.arrays.items()))
    assert compose(replace(found, checkpoint=replace(found.checkpoint, arrays=turned))) == compose(found)


# --- the arrays -------------------------------------------------------------------------------------------------------


def test_arrays_are_those_safetensors_reads_and_writes() -> None:
    arrays = {"a/W": np.arange(6, dtype=np.float32).reshape(2, 3), "b/b": np.zeros((), np.float64)}
    theirs = safetensors.numpy.load(tensors.to_bytes(arrays))
    ours = tensors.from_bytes(safetensors.numpy.save(arrays, metadata={"format": "np"}))
    for found in (theirs, ours):
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
            np.testing.assert_array_equal(found[name], array)


def test_arrays_in_any_layout_are_saved_as_they_read() -> None:
    whole = np.arange(24, dtype=np.float64).reshape(4, 6)
    arrays = {"t/W": whole.T, "s/W": whole[::2, ::3], "big/W": whole.astype(">f8").astype("<f8")}
    for name, array in tensors.from_bytes(tensors.to_bytes(arrays)).items():
        np.testing.assert_array_equal(array, arrays[name])


def test_arrays_of_whole_numbers_are_refused() -> None:
    with pytest.raises(FileError, match="“a/W” holds int64 numbers"):
        tensors.to_bytes({"a/W": np.zeros(3, np.int64)})  # type: ignore[dict-item]


# --- the record -------------------------------------------------------------------------------------------------------


def test_numbers_that_are_not_finite_come_back_as_none() -> None:
    record = Record()
    record.add(0, {"loss": float("nan"), "da": float("inf"), "W": np.float32(0.5)})  # type: ignore[dict-item]
    record.note(0, "learning_rate", float("inf"))
    opened = history_in(history_out(record, 10**6))
    assert [opened.last(name) for name in ("loss", "da", "W")] == [None, None, 0.5]
    assert opened.events[0].value == "inf"


def test_a_record_too_long_for_a_file_keeps_every_second_point_and_the_newest() -> None:
    record = Record()
    for step in range(1000):
        record.add(step, {"loss": step + 0.5})
    data = history_out(record, 5000)
    opened = history_in(data).series["loss"]
    assert len(data) <= 5000
    assert opened.steps[-1] == 999
    assert all(value == step + 0.5 for step, value in zip(opened.steps, opened.values, strict=True))
    assert len(record.series["loss"].steps) == 1000


def test_a_record_that_packs_like_a_bomb_still_opens() -> None:
    record = Record()
    for name in ("a", "b", "c", "d"):
        for _ in range(LIMIT):
            record.add(0, {name: None})
    long = {f"{name}{n}": found for name, found in record.series.items() for n in range(10)}
    document = Saved(small().experiment, record=Record(long))
    data = compose(document)
    assert len(members_of(data)["record.json"]) > 2 * 2**20
    assert same(loads(data, "x"), document)


# --- what cannot be saved ---------------------------------------------------------------------------------------------


def test_weights_that_do_not_fit_are_not_written(tmp_path: Path) -> None:
    found = small()
    path = tmp_path / "x.resnet"
    with pytest.raises(FileError, match=r"“x\.resnet” was not saved\. The weights .* are missing"):
        save(path, replace(found, checkpoint=Checkpoint()))
    assert not path.exists()


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(Network(), DataReference("imagenet")),
        Experiment(Network(), DataReference("moons", (("noise", 7.0),))),
        Experiment(Network(), DataReference("iris"), title="\ud800"),
        Experiment(Network((Node("a", Dense()), Node("a", Dense()))), DataReference("iris")),
    ],
    ids=["unknown data", "setting out of range", "half a character", "an id twice"],
)
def test_what_could_not_be_opened_again_is_not_written(experiment: Experiment) -> None:
    with pytest.raises(FileError, match="was not saved"):
        compose(Saved(experiment))


def test_a_large_network_opens_in_a_second() -> None:
    network = templates.mlp(990)
    data = encode(Experiment(network, DataReference("digits-600")))
    assert decode(data, "x").network == network


def test_a_zip_packed_again_by_another_program_opens() -> None:
    members = members_of(compose(small()))
    turned = dict(reversed(members.items()))
    assert same(loads(zipped(turned, compress=True), "x"), small())
    assert same(loads(with_members(compose(small())), "x"), small())


def test_packing_gives_the_same_bytes_at_any_time() -> None:
    members = {"network.json": b"{}", "record.json": b"[1, 2]" * 100}
    assert archive.pack(members) == archive.pack(dict(members))
