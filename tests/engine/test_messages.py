"""The protocol: frames in any portions, hostile bytes, every message there and back."""

from __future__ import annotations

import struct
from contextlib import suppress
from itertools import pairwise
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_sim.engine import messages
from resnet_sim.engine.messages import (
    FRAME_LIMIT,
    AnyCommand,
    AnyReport,
    ArrayData,
    EvaluationPoint,
    Frames,
    ProtocolError,
    RunSnapshot,
    RunSpec,
    Said,
    StateFile,
    command,
    frame,
    record_bytes,
    record_from,
    report,
)
from resnet_sim.errors import Sentence, sentence
from resnet_sim.state.record import Record

whole = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False)
scalars = st.one_of(whole, floats, st.text(), st.booleans())
said = st.recursive(
    st.builds(Said, st.text(), st.just(())),
    lambda inner: st.builds(
        Said, st.text(), st.lists(st.tuples(st.text(), st.one_of(st.none(), scalars, inner)), max_size=3).map(tuple)
    ),
    max_leaves=3,
)
arrays = st.sampled_from(["<f4", "<f8", "<i4", "<i8", "|u1"]).flatmap(
    lambda dtype: st.lists(st.integers(0, 5), max_size=4).map(lambda shape: ArrayData.of(np.ones(shape, dtype)))
)
finite_or_none = st.one_of(st.none(), floats)
BY_TYPE = {
    float: floats,
    int: whole,
    Said: said,
    ArrayData: arrays,
    StateFile: st.builds(StateFile, st.text(), st.text()),
    tuple[int, ...]: st.lists(whole, max_size=5).map(tuple),
    RunSpec: st.builds(RunSpec, st.binary(), st.one_of(st.none(), st.builds(StateFile, st.text(), st.text()))),
    EvaluationPoint: st.builds(EvaluationPoint, whole, *([finite_or_none] * 4)),
}
for each, strategy in BY_TYPE.items():
    st.register_type_strategy(each, strategy) if isinstance(each, type) and each not in (float, int) else None


def of_type(cls: type) -> st.SearchStrategy[object]:
    """Instances of a message, every field by its annotation."""
    hints = {f.name: f.type for f in msgspec.structs.fields(cls)}
    return st.builds(cls, **{name: by_hint(hint) for name, hint in hints.items()})


def by_hint(hint: object) -> st.SearchStrategy[object]:
    if hint in BY_TYPE:
        return BY_TYPE[hint]
    if hint == float | int | str | bool:
        return scalars
    if hint == dict[str, RunSnapshot]:
        return st.dictionaries(st.text(), of_type(RunSnapshot), max_size=2)
    if hint == dict[str, messages.CarriedOver]:
        return st.dictionaries(st.text(), of_type(messages.CarriedOver), max_size=2)
    if hint == dict[str, messages.DeviceState]:
        return st.dictionaries(st.text(), of_type(messages.DeviceState), max_size=2)
    if hint == dict[str, messages.TrainingSet]:
        return st.dictionaries(st.text(), of_type(messages.TrainingSet), max_size=2)
    if hint == dict[str, int]:
        return st.dictionaries(st.text(), whole, max_size=2)
    if hint == dict[str, tuple[float, float]]:
        return st.dictionaries(st.text(), st.tuples(floats, floats), max_size=2)
    return st.from_type(hint)


def bodies_of(data: bytes) -> list[bytes]:
    return list(Frames().bodies(data))


@pytest.mark.parametrize("cls", get_args(AnyCommand))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_command_comes_back_equal(cls: type, data: st.DataObject) -> None:
    sent = data.draw(of_type(cls))
    (body,) = bodies_of(frame(sent))
    assert command(body) == sent


@pytest.mark.parametrize("cls", get_args(AnyReport))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_report_comes_back_equal(cls: type, data: st.DataObject) -> None:
    sent = data.draw(of_type(cls))
    (body,) = bodies_of(frame(sent))
    assert report(body) == sent


def test_nan_and_infinity_arrive() -> None:
    (body,) = bodies_of(frame(messages.Set(name="learning_rate", value=float("nan"))))
    arrived = command(body)
    assert isinstance(arrived, messages.Set)
    assert np.isnan(arrived.value)


@given(
    sent=st.lists(of_type(messages.Step), max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=20),
)
@settings(deadline=None)
def test_frames_arrive_whole_in_any_portions(sent: list[messages.Step], cuts: list[int]) -> None:
    stream = b"".join(frame(each) for each in sent)
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    frames = Frames()
    found = [command(body) for first, last in pairwise(edges) for body in frames.bodies(stream[first:last])]
    assert found == sent


def test_a_frame_above_the_limit_is_refused_at_its_length() -> None:
    with pytest.raises(ProtocolError):
        bodies_of(struct.pack("<I", FRAME_LIMIT + 1))
    with pytest.raises(ProtocolError):
        frame(messages.RecordPart(data=bytes(FRAME_LIMIT)))


def test_a_frame_at_the_limit_passes() -> None:
    body = bytes(FRAME_LIMIT)
    assert bodies_of(struct.pack("<I", FRAME_LIMIT) + body) == [body]


def test_what_msgpack_cannot_say_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        frame(messages.Set(name="l2", value=10**30))
    with pytest.raises(ProtocolError):
        frame(messages.Set(name="\ud800", value=1))


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=300)
def test_garbage_is_a_protocol_error_or_a_message(body: bytes) -> None:
    for parse in (command, report):
        with suppress(ProtocolError):
            parse(body)


def test_deep_nesting_is_a_protocol_error() -> None:
    deep = b"\x82\xa1t\xa4step\xa1x" + b"\x91" * 1_000_000 + b"\xc0"
    with pytest.raises(ProtocolError):
        command(deep)


@pytest.mark.parametrize(
    "array", [np.zeros(0, "<f4"), np.zeros((0, 5), "<f8"), np.array(3.5), np.arange(6, dtype=">i4")]
)
def test_an_array_comes_back_equal(array: np.ndarray) -> None:
    back = ArrayData.of(array).array()
    assert back.shape == array.shape
    assert np.array_equal(back, array)


def test_a_transposed_array_comes_back_equal() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4).T
    assert np.array_equal(ArrayData.of(array).array(), array)


@pytest.mark.parametrize(
    "array", [np.zeros(2, bool), np.array([object()]), np.zeros(2, "U3"), np.zeros((1,) * 9, "f4")]
)
def test_an_array_of_another_kind_is_not_sent(array: np.ndarray) -> None:
    with pytest.raises(ProtocolError):
        ArrayData.of(array)


@pytest.mark.parametrize(
    "hostile",
    [
        ArrayData("<f4", (2,), b"1234567"),
        ArrayData("<f4", (2**62, 8), b""),
        ArrayData("<f4", (-1, -1), b"1234"),
        ArrayData("<f4", (0, 2**70), b""),
        ArrayData("<f4", (1,) * 65, b"1234"),
        ArrayData("|O8", (1,), b"12345678"),
        ArrayData("<U1", (1,), b"1234"),
        ArrayData("f4", (1,), b"1234"),
        ArrayData("", (1,), b"1"),
    ],
)
def test_a_hostile_array_is_refused_before_it_is_made(hostile: ArrayData) -> None:
    with pytest.raises(ProtocolError):
        hostile.array()


def test_a_sentence_survives_the_way_to_the_window() -> None:
    inner = sentence("a number from {low:g} to {high:g}", low=0.5, high=10**30)
    outer = sentence("{label} must be {wanted}, not {value!r}.", label="α", wanted=inner, value="x")
    arrived = msgspec.msgpack.decode(msgspec.msgpack.encode(Said.of(outer)), type=Said).sentence
    assert isinstance(arrived, Sentence)
    assert arrived.template == outer.template
    assert str(arrived) == "α must be a number from 0.5 to 1e+30, not 'x'."


def test_a_sentence_with_a_shape_is_sent_as_text() -> None:
    assert str(Said.of(sentence("size {wanted}", wanted=(3, 4)))) == "size (3, 4)"


def test_half_a_surrogate_pair_does_not_stop_a_sentence() -> None:
    assert frame(messages.Nack(id=1, reason=Said.of(sentence("no {name}", name="\ud800"))))


def test_a_record_comes_back_equal() -> None:
    record = Record()
    record.add(3, {"loss": 0.5, "cosine/block1": None})
    record.note(3, "learning_rate", 0.1)
    assert record_from(record_bytes(record)) == record
    assert record_from(b"") == Record()
    with pytest.raises(ProtocolError):
        record_from(b"\x93")
