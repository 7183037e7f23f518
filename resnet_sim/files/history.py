"""The record of a run as JSON: series and events without keys, so that long runs stay small."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from resnet_sim.errors import FileError, sentence
from resnet_sim.files.strict_json import shown
from resnet_sim.state.record import LIMIT, Event, Record, Series

StepNumber = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class _SeriesFile(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    name: str
    steps: list[StepNumber]
    values: list[float | None]


class _EventFile(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    step: StepNumber
    name: str
    value: bool | int | float | str


class _RecordFile(msgspec.Struct, forbid_unknown_fields=True):
    series: list[_SeriesFile]
    events: list[_EventFile]


def history_out(record: Record, most: int) -> bytes:
    """record.json. Beyond `most` bytes every second point of every series is left out, the newest stays."""
    found = _RecordFile(
        [_SeriesFile(name, [*each.steps], [_finite(v) for v in each.values]) for name, each in record.series.items()],
        [_EventFile(each.step, each.name, _sayable(each.value)) for each in record.events],
    )
    data = _encoded(found)
    while len(data) > most and any(len(each.steps) > 1 for each in found.series):
        for each in found.series:
            each.steps = each.steps[::-1][::2][::-1]
            each.values = each.values[::-1][::2][::-1]
        data = _encoded(found)
    if len(data) > most:
        raise FileError(sentence("Its record is too long."))
    return data


def history_in(data: bytes | bytearray) -> Record:
    """The record. Raises FileError without naming the file."""
    try:
        found = msgspec.json.decode(data, type=_RecordFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileError(sentence("It is no record of a run ({reason}).", reason=shown(str(error)))) from None
    series: dict[str, Series] = {}
    for each in found.series:
        if each.name in series:
            raise FileError(sentence("The series “{name}” stands twice.", name=shown(each.name)))
        if len(each.steps) != len(each.values) or len(each.steps) > LIMIT:
            raise FileError(
                sentence(
                    "The series “{name}” has {steps} steps and {values} values, not equally many and at most {most}.",
                    name=shown(each.name),
                    steps=len(each.steps),
                    values=len(each.values),
                    most=LIMIT,
                )
            )
        series[each.name] = Series(each.steps, each.values)
    if len(found.events) > LIMIT:
        raise FileError(sentence("It has {n} events; at most {most}.", n=len(found.events), most=LIMIT))
    return Record(series, [Event(each.step, each.name, each.value) for each in found.events])


def _encoded(found: _RecordFile) -> bytes:
    try:
        return msgspec.json.encode(found)
    except UnicodeEncodeError as error:
        raise FileError(sentence("Its record cannot be written: {reason}.", reason=str(error))) from None


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _sayable(value: float | int | str | bool) -> float | int | str | bool:
    """Numbers that are not finite have no JSON; they become words."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
