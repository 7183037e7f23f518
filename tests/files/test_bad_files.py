"""A collection of bad files: each is refused at once, in a sentence that names the file and the place."""

from __future__ import annotations

import io
import json
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from files.documents import members_of, small, trained, with_members, zipped

from resnet_sim.errors import FileError
from resnet_sim.files.container import UNFORESEEN, compose, loads
from resnet_sim.files.schema import encode
from resnet_sim.network import templates
from resnet_sim.network.experiment import DataReference

MB = 2**20


def refusal(data: bytes) -> str:
    """The sentence a file is refused with, within two seconds of the processor."""
    start = time.process_time()
    with pytest.raises(FileError) as caught:
        loads(data, "bad.resnet")
    assert time.process_time() - start < 2
    said = str(caught.value)
    assert said.startswith("“bad.resnet” cannot be opened. ")
    assert UNFORESEEN.split("(")[0] not in said
    assert len(said) < 20_000
    assert said.encode()  # can be shown
    return said


def network() -> dict[str, Any]:
    """network.json of a small residual network, to be spoilt."""
    found: dict[str, Any] = json.loads(encode(small().experiment))
    return found


def node(found: dict[str, Any], id: str) -> dict[str, Any]:
    each: dict[str, Any] = next(each for each in found["nodes"] if each["id"] == id)
    return each


def text_of(found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode()


# --- the graph --------------------------------------------------------------------------------------------------------

Spoil = Callable[[dict[str, Any]], object]

SPOILT: dict[str, tuple[Spoil, str]] = {
    "no format": (lambda n: n.pop("format"), "“format” must be “resnet-sim”"),
    "another format": (lambda n: n.update(format="keras"), "“format” must be “resnet-sim”"),
    "newer version": (lambda n: n.update(version=2), "newer version of the program (format 2; this one reads up to 1)"),
    "newer minor version": (lambda n: n.update(version=1.1), "“version” must be a whole number from 1, not 1.1"),
    "version true": (lambda n: n.update(version=True), "“version” must be a whole number"),
    "version 0": (lambda n: n.update(version=0), "“version” must be a whole number from 1, not 0"),
    "no version": (lambda n: n.pop("version"), "“version” must be a whole number from 1, not null"),
    "unknown field": (lambda n: n.update(plugins=[]), "unknown field “plugins”"),
    "no nodes": (lambda n: n.pop("nodes"), "The field “nodes” is missing"),
    "nodes no list": (lambda n: n.update(nodes={}), "“nodes” must be a list, not {}"),
    "title no text": (lambda n: n.update(title=["x"]), "“title” must be a text"),
    "node no object": (lambda n: n["nodes"].append(3), "It must be of type object, not int"),
    "node without kind": (lambda n: node(n, "fc1").pop("kind"), "(“fc1”): The field “kind” is missing"),
    "node with more": (lambda n: node(n, "fc1").update(code="x"), "(“fc1”): The field “code” is unknown"),
    "id a number": (lambda n: node(n, "fc1").update(id=1), "“id” must be of type str, not int"),
    "id empty": (lambda n: node(n, "fc1").update(id=""), "An id is a letter followed by"),
    "id a path": (lambda n: node(n, "fc1").update(id="../x"), "An id is a letter followed by"),
    "id long": (lambda n: node(n, "fc1").update(id="x" * 100_000), "An id is a letter followed by"),
    "frozen a text": (lambda n: node(n, "fc1").update(frozen="no"), "“frozen” must be of type bool, not str"),
    "unknown kind": (lambda n: node(n, "fc1").update(kind="os.system"), "“os.system” is no known kind of layer; known"),
    "kind a list": (lambda n: node(n, "fc1").update(kind=[]), "“kind” must be of type str, not array"),
    "unknown setting": (lambda n: node(n, "fc1")["settings"].update(activation="x"), "no setting “activation”; it has"),
    "setting of none": (lambda n: node(n, "input")["settings"].update(size=1), "no settings, but “size”"),
    "setting too small": (lambda n: node(n, "fc1")["settings"].update(units=0), "Units must be a number from 1 to"),
    "setting huge": (lambda n: node(n, "fc1")["settings"].update(units=2**63), "Units must be a whole number"),
    "setting fraction": (lambda n: node(n, "fc1")["settings"].update(units=1.5), "must be a whole number, not 1.5"),
    "setting true": (lambda n: node(n, "fc1")["settings"].update(units=True), "Units must be a whole number, not True"),
    "setting null": (lambda n: node(n, "fc1")["settings"].update(bias=None), "Bias must be on or off, not 'null'"),
    "setting a list": (lambda n: node(n, "fc1")["settings"].update(start=["he"]), "Start weights must be one of"),
    "setting long": (lambda n: node(n, "fc1")["settings"].update(start="h" * 10**6), "Start weights must be one of"),
    "settings a list": (lambda n: node(n, "fc1").update(settings=[]), "must be of type object, not array"),
    "connection of three": (lambda n: n["connections"].append(["a", "b", "c"]), "It must be a pair of layer ids"),
    "connection of numbers": (lambda n: n["connections"].append([1, 2]), "It must be a pair of layer ids, not [1, 2]"),
    "skip shortcut": (lambda n: n["skips"][0]["settings"].update(shortcut="x"), "Shortcut must be one of identity"),
    "skip without end": (lambda n: n["skips"][0].pop("target"), "“skip1”): The field “target” is missing"),
    "block kind": (lambda n: n["blocks"][0].update(kind="dense"), "“dense” is no known kind of block"),
    "block lambda": (lambda n: n["blocks"][0].update(l2=-1), "L2 regularization must be a number from 0 to 1000"),
    "block nodes": (lambda n: n["blocks"][0].update(nodes=[1]), "must be of type str, not int"),
    "data set": (lambda n: n["data"].update(name="x"), "Data: “x” is no known data set; known are blobs"),
    "data setting": (lambda n: n["data"]["settings"].update(seed=1), "Data: It has no settings, but “seed” came"),
    "no data": (lambda n: n.pop("data"), "Data: The field “data” is missing"),
    "optimiser": (lambda n: n["training"].update(optimiser="lbfgs"), "Training: Optimiser must be one of sgd"),
    "training setting": (lambda n: n["training"].update(gpu=1), "Training: It has no setting “gpu”"),
    "training a list": (lambda n: n.update(training=[]), "Training: Its settings must be an object, not []"),
    "layout": (lambda n: n["layout"].append({"id": "a", "x": "left", "y": 0}), "“x” must be of type float, not str"),
    "layout twice": (lambda n: n["layout"].extend([{"id": "a", "x": 0, "y": 0}] * 2), "position of “a” stands twice"),
    "id twice": (lambda n: n["nodes"].append(dict(node(n, "fc1"))), "The id “fc1” is used twice"),
    "skip named as a layer": (lambda n: n["skips"][0].update(id="fc1"), "The id “fc1” is used twice"),
    "self loop": (lambda n: n["connections"].append(["fc1", "fc1"]), "“fc1” is connected to itself"),
    "loop": (lambda n: n["connections"].append(["relu2", "fc1"]), "form a loop: “fc1” → "),
    "loop through a skip": (lambda n: n["skips"][0].update(source="relu3"), "form a loop: "),
    "dangling connection": (lambda n: n["connections"].append(["fc1", "gone"]), "needs the layer “gone”, which is not"),
    "dangling skip": (lambda n: n["skips"][0].update(source="gone"), "“skip1” needs the layer “gone”"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_a_network_that_is_no_network_is_refused(case: str) -> None:
    spoil, words = SPOILT[case]
    found = network()
    spoil(found)
    assert words in refusal(text_of(found))
    assert words in refusal(with_members(compose(small()), network_json=text_of(found)))


def test_every_bad_layer_is_listed_at_once_with_its_place() -> None:
    found = network()
    node(found, "fc1")["kind"] = "linear"
    node(found, "fc2")["settings"].update(units="many", bais=True)
    found["training"]["batch_size"] = 0
    said = refusal(text_of(found)).splitlines()
    assert said[0] == (
        "“bad.resnet” cannot be opened. Layer 2 (“fc1”): “linear” is no known kind of layer; known are activation, "
        "add, average_pool, batch_norm, conv2d, dense, dropout, flatten, input, max_pool, regression, scale, softmax."
    )
    assert "(“fc2”): Units must be a whole number, not 'many'." in said[1]
    assert said[2] == "It has no setting “bais”; it has units, bias, start, start_scale, start_sigma."
    assert said[3] == "Training: Batch size must be a number from 1 to 65536, not 0."


def test_very_many_bad_layers_are_counted() -> None:
    found = network()
    found["nodes"] = [{"id": f"a{n}", "kind": "x"} for n in range(3000)]
    assert refusal(text_of(found)).splitlines()[-1] == "And 2900 more."


def test_what_the_canvas_can_mark_opens() -> None:
    """Shapes that do not fit, a second input, no way from input to output: problems to mend, no bad file."""
    found = network()
    found["nodes"] += [{"id": "input2", "kind": "input"}, {"id": "alone", "kind": "conv2d"}]
    found["connections"] = [["input2", "fc2"], ["fc1", "fc2"]]
    assert len(loads(text_of(found), "x").experiment.network.nodes) == len(found["nodes"])


def many(nodes: int = 1, edges: int = 0, objects: int = 0) -> bytes:
    found = {
        "format": "resnet-sim",
        "version": 1,
        "nodes": [{"id": f"a{n}", "kind": "add"} for n in range(nodes)],
        "connections": [["a0", "a0"]] * edges,
        "data": {"name": "iris"},
        "layout": [{}] * objects,
    }
    return json.dumps(found).encode()


def test_more_layers_or_connections_than_can_be_handled_are_refused_by_counting() -> None:
    assert "It has 8001 layers" in refusal(many(8_001))
    assert "40001 connections" in refusal(many(1, 40_001))
    assert "It has 200000 layers" in refusal(many(200_000))
    for data in (many(350_000), many(objects=1_000_000), b'{"a":[' + b"[0,0]," * 2_500_000 + b"0]}"):
        assert "more than 600000 values" in refusal(data)
    assert "at most 8000 layers and 40000 connections" in refusal(many(1_000_000))
    assert "neither a .resnet file nor the text of a network" in refusal(bytes(17 * MB))


# --- the text ---------------------------------------------------------------------------------------------------------

PLAIN = encode(small().experiment)

TEXTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "It is empty"),
    "blank": (b"  \n ", "is not JSON"),
    "a list": (b"[]", "no network of this program"),
    "nothing": (b"null", "no network of this program"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not UTF-8 text"),
    "a pickle": (b"\x80\x04\x95\x1f\x00.", "is not UTF-8 text"),
    "UTF-16": (PLAIN.decode().encode("utf-16"), "UTF-16; save it as plain UTF-8"),
    "UTF-16 without mark": (PLAIN.decode().encode("utf-16-le"), "UTF-16; save it as plain UTF-8"),
    "UTF-16 big": (PLAIN.decode().encode("utf-16-be"), "UTF-16; save it as plain UTF-8"),
    "UTF-32": (PLAIN.decode().encode("utf-32"), "UTF-32; save it as plain UTF-8"),
    "mark": (b"\xef\xbb\xbf" + PLAIN, "byte order mark"),
    "latin-1": (PLAIN.replace("Größe".encode(), "Größe".encode("latin-1")), "Line 4 is not UTF-8"),
    "NUL": (PLAIN.replace(b'"fc1"', b'"fc\x001"', 1), "is not JSON (Invalid control character at)"),
    "lone surrogate": (PLAIN.replace("Größe".encode(), b"\\ud83d"), "half a character (a lone surrogate)"),
    "lone surrogate as a key": (PLAIN.replace(b'"title"', b'"\\udc00"'), "half a character"),
    "NaN": (PLAIN.replace(b'"start_scale": 1.0', b'"start_scale": NaN', 1), "Line 8: NaN is not a number it may hold"),
    "Infinity": (PLAIN.replace(b'"start_scale": 1.0', b'"start_scale": -Infinity', 1), "-Infinity is not a number"),
    "1e999": (PLAIN.replace(b'"start_scale": 1.0', b'"start_scale": 1e999', 1), "Line 8: 1e999 is not a number"),
    "5000 digits": (PLAIN.replace(b'"units": 4', b'"units": ' + b"1" * 5_000, 1), "Line 8: 1111"),
    "million digits": (PLAIN.replace(b'"units": 4', b'"units": -' + b"1" * 10**6, 1), "Line 8: -1111"),
    "20 digits in the layout": (b'{"layout":[{"x":' + b"9" * 20 + b"}]}", "is not a number it may hold"),
    "nested lists": (b"[" * 100_000, "nested too deeply"),
    "nested lists, closed": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "nested objects": (b'{"a":' * 100_000, "nested too deeply"),
    "key twice": (PLAIN.replace(b'"bias": true', b'"bias": true, "bias": false', 1), "The key “bias” stands twice in"),
    "top key twice": (PLAIN.replace(b'"version": 1', b'"version": 1, "version": 1'), "The key “version” stands twice"),
    "two texts": (PLAIN + PLAIN, "is not JSON (Extra data)"),
    "comma": (PLAIN.replace(b"\n}\n", b",\n}\n"), "is not JSON"),
    "single quotes": (PLAIN.replace(b'"', b"'"), "Line 2, column 3 is not JSON"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_that_is_no_network_is_refused(case: str) -> None:
    data, words = TEXTS[case]
    assert data != PLAIN
    assert words in refusal(data)


@pytest.mark.parametrize("title", ["שלום עולם", "مرحبا", "👩‍👩‍👧", "e\u0301", "\u202eabc", "日本語", "a\nb\tc\0"])
def test_titles_in_any_script_come_back(title: str) -> None:
    found = network()
    found["title"] = title
    assert loads(text_of(found), "x").experiment.title == title


# --- the zip ----------------------------------------------------------------------------------------------------------


def named(*names: str) -> bytes:
    """A file with further members of these names."""
    target = io.BytesIO(compose(small()))
    with zipfile.ZipFile(target, "a") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"x")
    return target.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../network.json", "/etc/passwd", "C:\\x", "a/network.json", "network.json\0.exe", "NETWORK.JSON", "x.pkl", "sub/",
     "network.json ", "./network.json", "", "weights.npz"],
)  # fmt: skip
def test_a_member_of_another_name_is_refused(name: str) -> None:
    said = refusal(named(name) if "\0" not in name else named("network.json#.exe").replace(b"json#", b"json\0"))
    assert "unknown member" in said
    assert "\0" not in said


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["network.json", "weights.safetensors", "hashes.json"])
def test_two_members_of_one_name_are_refused(name: str) -> None:
    assert f"two members named “{name}”" in refusal(named(name))


def test_very_many_members_are_refused_by_counting() -> None:
    assert "It has 5000 members; a network has at most 64" in refusal(zipped({f"m{n}": b"" for n in range(4_999)}))


def bomb(member: str, size: int) -> bytes:
    """A zip whose member becomes `size` zeros."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as opened:
        for _ in range(size // MB):
            opened.write(bytes(MB))
    return target.getvalue()


def test_a_zip_bomb_is_refused_at_once() -> None:
    data = bomb("weights.safetensors", 256 * MB)
    tracemalloc.start()
    start = time.process_time()
    assert "would become 268435456 bytes" in refusal(data)
    spent, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 0.05
    assert peak < 10 * MB


def test_a_member_larger_than_its_kind_may_be_is_refused() -> None:
    assert "it may have 16777216" in refusal(zipped({"network.json": b" " * (17 * MB)}, hashes=False))


def forged(
    data: bytes, member: str, *, size: int | None = None, flags: int | None = None, way: int | None = None
) -> bytes:
    """The file with the declared size, flags or packing of a member changed in the list at its end."""
    hurt = bytearray(data)
    at = hurt.index(b"PK\x01\x02")
    while hurt[at + 46 : at + 46 + len(member)] != member.encode():
        at = hurt.index(b"PK\x01\x02", at + 4)
    if size is not None:
        struct.pack_into("<L", hurt, at + 24, size)
    if flags is not None:
        struct.pack_into("<H", hurt, at + 8, flags)
    if way is not None:
        struct.pack_into("<H", hurt, at + 10, way)
    return bytes(hurt)


def test_what_a_header_says_is_not_believed() -> None:
    data = compose(small())
    record = len(members_of(data)["record.json"])
    for size in (record - 1, record + 1, 0, 2**31):
        refusal(forged(data, "record.json", size=size))
    assert "is encrypted" in refusal(forged(data, "record.json", flags=1))
    assert "packed in an unknown way" in refusal(forged(data, "record.json", way=12))
    assert "packed in an unknown way" in refusal(forged(data, "record.json", way=99))


def test_members_that_share_bytes_are_refused() -> None:
    data = bytearray(compose(small()))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    struct.pack_into("<L", data, second + 42, 0)  # the second member starts where the first does
    assert "overlap" in refusal(bytes(data))


def test_bytes_before_or_behind_the_zip_are_refused() -> None:
    data = compose(small())
    for hurt in (data + b"\0", data[:-2] + b"\1\0x", b"PK\x03\x04" + data, data + data):
        assert "damaged or cut off" in refusal(hurt)


@pytest.mark.parametrize("member", ["weights.safetensors", "optimiser.safetensors", "state.json", "network.json"])
def test_a_missing_member_is_named(member: str) -> None:
    left = {name: data for name, data in members_of(compose(small())).items() if name not in (member, "hashes.json")}
    assert f"member “{member}” is missing" in refusal(zipped(left))


def test_a_member_that_is_not_as_it_was_saved_is_named() -> None:
    members = members_of(compose(small()))
    assert "“hashes.json” is missing" in refusal(
        zipped({k: v for k, v in members.items() if k != "hashes.json"}, hashes=False)
    )
    changed = {**members, "network.json": members["network.json"].replace(b'"units": 4', b'"units": 5')}
    assert "The member “network.json” is not as it was saved" in refusal(zipped(changed))
    assert "does not list the members" in refusal(zipped({**members, "hashes.json": b"{}"}))
    assert "hashes.json: The key" in refusal(zipped({**members, "hashes.json": b'{"a":1,"a":1}'}))


# --- the arrays -------------------------------------------------------------------------------------------------------


def tensors(header: object, data: bytes = bytes(160)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def one(dtype: object = "F32", shape: object = (5, 8), offsets: object = (0, 160), **more: object) -> dict[str, object]:
    return {"fc1/W": {"dtype": dtype, "shape": shape, "data_offsets": offsets, **more}}


ARRAYS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "It is cut off"),
    "length": (struct.pack("<Q", 2**63) + b"{}", "list of arrays is cut off"),
    "length beyond": (struct.pack("<Q", 100) + b"{}", "list of arrays is cut off"),
    "no object": (tensors([]), "list of arrays is no object"),
    "no JSON": (tensors(b"{'a'"), "is not JSON"),
    "twice": (tensors(b'{"a/W":{},"a/W":{}}'), "The key “a/W” stands twice"),
    "no fields": (tensors({"a/W": {}}), "must have dtype, shape and data_offsets"),
    "more fields": (tensors(one(code="x")), "must have dtype, shape and data_offsets"),
    "half": (tensors(one("F16")), "must be of dtype F32 or F64, not F16"),
    "whole numbers": (tensors(one("I64")), "must be of dtype F32 or F64, not I64"),
    "objects": (tensors(one("O")), "must be of dtype F32 or F64, not O"),
    "dtype a list": (tensors(one(["F32"])), "must be of dtype F32 or F64"),
    "huge": (tensors(one(shape=[2**62, 8])), "cannot fill 160 bytes"),
    "huge twice": (tensors(one(shape=[2**34, 2**10])), "cannot fill 160 bytes"),
    "wraps to 160 bytes in 64 bits": (tensors(one(shape=[2**62 + 10, 4])), "cannot fill 160 bytes"),
    "negative": (tensors(one(shape=[-1, 5])), "cannot have the shape [-1, 5]"),
    "negative twice": (tensors(one(shape=[-5, -8])), "cannot have the shape"),
    "65 dimensions": (tensors(one(shape=[1] * 63 + [5, 8])), "cannot have the shape"),
    "fraction": (tensors(one(shape=[5.0, 8])), "cannot have the shape"),
    "true": (tensors(one(shape=[True, 40])), "cannot have the shape"),
    "text": (tensors(one(shape="58")), "cannot have the shape"),
    "offsets outside": (tensors(one(offsets=[0, 161])), "lies outside its file"),
    "offsets backwards": (tensors(one(offsets=[160, 0])), "lies outside its file"),
    "offsets huge": (tensors(one(shape=[2**60], offsets=[0, 2**62])), "lies outside its file"),
    "three offsets": (tensors(one(offsets=[0, 1, 160])), "lies outside its file"),
    "hole": (tensors(one(shape=[39], offsets=[4, 160])), "overlaps another or leaves a hole"),
    "overlap": (tensors({**one(), "a/W": one(shape=[1], offsets=[0, 4])["fc1/W"]}), "overlaps another"),
    "left over": (tensors(one(), bytes(200)), "40 bytes belong to no array"),
    "name without layer": (tensors({"W": one()["fc1/W"]}), "“W” names no array of a layer"),
    "name without array": (tensors({"fc1/": one()["fc1/W"]}), "“fc1/” names no array of a layer"),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_that_cannot_be_are_refused_before_anything_is_allocated(case: str) -> None:
    data, words = ARRAYS[case]
    hurt = with_members(compose(small()), weights_safetensors=data)
    tracemalloc.start()
    said = refusal(hurt)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert words in said
    assert peak < 10 * MB
    if "names no array" not in words:
        assert "weights.safetensors: " in said


def test_weights_of_another_network_are_refused_naming_the_layer() -> None:
    found = members_of(compose(small()))
    others = trained(templates.mlp(1, 5, 3, batch_norm=True, flatten=False), DataReference("iris"))
    wide = members_of(compose(others))
    hurt = with_members(compose(small()), weights_safetensors=wide["weights.safetensors"])
    assert "needs " in (said := refusal(hurt))
    assert "Layer “" in said
    text = found["network.json"].replace(b'"fc1"', b'"stem"')
    said = refusal(with_members(compose(small()), network_json=text))
    assert "for “fc1”, but no such layer has weights" in said


def test_weights_of_a_network_with_problems_open() -> None:
    text = network()
    text["connections"].pop()
    assert loads(with_members(compose(small()), network_json=text_of(text)), "x").checkpoint is not None


# --- progress and record ----------------------------------------------------------------------------------------------

STATES = [
    b"[]", b"{}", b'{"seed":0}', b'{"seed":0,"step":-1,"epoch":0,"taken":0,"updates":0}',
    b'{"seed":0,"step":1.0,"epoch":0,"taken":0,"updates":0}', b'{"seed":0,"step":true,"epoch":0,"taken":0,"updates":0}',
    b'{"seed":0,"step":9223372036854775808,"epoch":0,"taken":0,"updates":0}',
    b'{"seed":0,"step":0,"epoch":0,"taken":0,"updates":0,"random":"gASV"}',
]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_progress_that_cannot_be_is_refused(state: bytes) -> None:
    assert "state.json: " in refusal(with_members(compose(small()), state_json=state))


RECORDS = [
    b"", b"[]", b"{}", b'{"series":[],"events":[],"more":1}', b'{"series":[["a",[0],[]]],"events":[]}',
    b'{"series":[["a",[0],[1]],["a",[0],[1]]],"events":[]}', b'{"series":[["a",[-1],[1]]],"events":[]}',
    b'{"series":[["a",[0],[NaN]]],"events":[]}', b'{"series":[["a",[0],[1e999]]],"events":[]}',
    b'{"series":[["a",[0],["x"]]],"events":[]}', b'{"series":[],"events":[[0,"a",null]]}',
    b'{"series":[],"events":[[0,"a",1,2]]}', b'{"series":[["\xff",[0],[1]]],"events":[]}', b"[" * 100_000,
    b'{"series":[["a",[' + b"0," * 10_000 + b"0],[" + b"1," * 10_000 + b'1]]],"events":[]}',
    b'{"series":[["a",[' + b"1" * 5000 + b'],[1]]],"events":[]}',
]  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_a_record_that_cannot_be_is_refused(record: bytes) -> None:
    assert "record.json: " in refusal(with_members(compose(small()), record_json=record))
