"""The pieces of network.json: their form in the file, and how each becomes a value or a sentence saying why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from resnet_sim.datasets.registry import data_sets
from resnet_sim.errors import FileError, ResNetSimError, Sentence, sentence
from resnet_sim.files.settings_in import settings_in
from resnet_sim.files.strict_json import listed, shown
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.experiment import DataReference, Position
from resnet_sim.network.graph import BLOCK_KINDS, Block, BlockKind, Connection, Node, Skip
from resnet_sim.network.training import Training
from resnet_sim.settings import settings_of


class NodeFile(msgspec.Struct, forbid_unknown_fields=True):
    """One layer: `settings` are those of its kind; the ones left out are as the kind has them."""

    id: str
    kind: str
    settings: dict[str, Any] = {}
    frozen: bool = False


class SkipFile(msgspec.Struct, forbid_unknown_fields=True):
    """A skip connection from the output of `source` to the (+) `target`."""

    id: str
    source: str
    target: str
    settings: dict[str, Any] = {}


class BlockFile(msgspec.Struct, forbid_unknown_fields=True):
    """A named group of layers; `l2` null: the network's lambda."""

    id: str
    kind: str
    nodes: list[str]
    l2: float | None = None
    frozen: bool = False


class DataFile(msgspec.Struct, forbid_unknown_fields=True):
    """Which data set."""

    name: str
    settings: dict[str, Any] = {}


class PositionFile(msgspec.Struct, forbid_unknown_fields=True):
    """Where a card stands on the canvas."""

    id: str
    x: float
    y: float


class PartFile(msgspec.Struct, forbid_unknown_fields=True):
    """A piece of a network, as the clipboard holds it."""

    format: str
    version: int
    nodes: list[NodeFile]
    connections: list[tuple[str, str]] = []
    skips: list[SkipFile] = []
    blocks: list[BlockFile] = []


class NetworkFile(msgspec.Struct, forbid_unknown_fields=True):
    """All of network.json."""

    format: str
    version: int
    nodes: list[NodeFile]
    data: DataFile
    title: str = ""
    about: str = ""
    connections: list[tuple[str, str]] = []
    skips: list[SkipFile] = []
    blocks: list[BlockFile] = []
    training: dict[str, Any] = {}
    layout: list[PositionFile] = []


# --- reading ----------------------------------------------------------------------------------------------------------

T = TypeVar("T")


def pieces_in(raw: list[Any], what: Sentence, read: Callable[[Any], T], problems: list[Sentence]) -> tuple[T, ...]:
    """Every piece of a list; those that are wrong become `problems`, each with its place ("Layer 3 (“fc2”)")."""
    found: list[T] = []
    for n, each in enumerate(raw, 1):
        try:
            found.append(read(each))
        except ResNetSimError as error:
            id = each.get("id") if isinstance(each, dict) else None
            if isinstance(id, str):
                said = sentence("{what} {n} (“{id}”): {problem}", what=what, n=n, id=shown(id), problem=error.sentence)
            else:
                said = sentence("{what} {n}: {problem}", what=what, n=n, problem=error.sentence)
            problems.append(said)
    return tuple(found)


def node_in(raw: Any) -> Node:
    """A layer. Raises FileError, SettingError or EditError."""
    form = _form(raw, NodeFile)
    kind = layer_kinds().get(form.kind)
    if kind is None:
        raise FileError(
            sentence(
                "“{kind}” is no known kind of layer; known are {known}.",
                kind=shown(form.kind),
                known=", ".join(layer_kinds()),
            )
        )
    settings = _settings(kind, form.settings)
    return Node(form.id, kind(**settings), form.frozen)


def connection_in(raw: Any) -> Connection:
    """A connection [source, target]. Raises FileError."""
    if not isinstance(raw, list) or len(raw) != 2 or not all(isinstance(end, str) for end in raw):
        raise FileError(sentence("It must be a pair of layer ids, not {value}.", value=shown(raw)))
    return Connection(raw[0], raw[1])


def skip_in(raw: Any) -> Skip:
    """A skip connection. Raises FileError, SettingError or EditError."""
    form = _form(raw, SkipFile)
    return Skip(form.id, form.source, form.target, **_settings(Skip, form.settings))


def block_in(raw: Any) -> Block:
    """A block. Raises FileError or EditError."""
    form = _form(raw, BlockFile)
    if form.kind not in BLOCK_KINDS:
        raise FileError(
            sentence(
                "“{kind}” is no known kind of block; known are {known}.",
                kind=shown(form.kind),
                known=", ".join(BLOCK_KINDS),
            )
        )
    if form.l2 is not None:
        problem = next(each for each in settings_of(Training) if each.name == "l2").problem(form.l2)
        if problem is not None:
            raise FileError(problem)
    return Block(form.id, cast(BlockKind, form.kind), tuple(form.nodes), form.l2, form.frozen)


def data_in(raw: dict[str, Any], problems: list[Sentence]) -> DataReference | None:
    """The data set of a file; None, and the reason in `problems`, where there is none."""
    try:
        if "data" not in raw:
            raise FileError(sentence("The field “data” is missing."))
        form = _form(raw["data"], DataFile)
        kind = data_sets().get(form.name)
        if kind is None:
            raise FileError(
                sentence(
                    "“{name}” is no known data set; known are {known}.",
                    name=shown(form.name),
                    known=", ".join(data_sets()),
                )
            )
        own = {each.name: each.default for each in settings_of(kind)}
        found = _settings(kind, form.settings)
        return DataReference(form.name, tuple(sorted((k, v) for k, v in found.items() if v != own[k])))
    except ResNetSimError as error:
        problems.append(sentence("Data: {problem}", problem=error.sentence))
        return None


def layout_in(raw: dict[str, Any], problems: list[Sentence]) -> tuple[Position, ...]:
    """Where the cards stand."""
    value = raw.get("layout", [])
    if not isinstance(value, list):
        problems.append(sentence("“{field}” must be a list, not {value}.", field="layout", value=shown(value)))
        return ()
    found = pieces_in(value, sentence("Position"), _position_in, problems)
    seen: set[str] = set()
    for each in found:
        if each.id in seen:
            problems.append(sentence("The position of “{id}” stands twice.", id=shown(each.id)))
        seen.add(each.id)
    return found


def _position_in(raw: Any) -> Position:
    form = _form(raw, PositionFile)
    return Position(form.id, form.x, form.y)


def _settings(owner: type, raw: Any) -> dict[str, Any]:
    found, problems = settings_in(owner, raw)
    if problems:
        raise FileError(listed(problems))
    return found


S = TypeVar("S", bound=msgspec.Struct)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_WRONG = re.compile(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$\.?(.*)`)?")


def _form(raw: Any, form: type[S]) -> S:
    """A piece in its form. Raises FileError saying which field is missing, unknown or of a wrong kind."""
    try:
        return msgspec.convert(raw, form)
    except msgspec.ValidationError as error:
        message = str(error)
    if missing := _MISSING.match(message):
        raise FileError(sentence("The field “{field}” is missing.", field=missing[1]))
    if unknown := _UNKNOWN.match(message):
        known = ", ".join(form.__struct_fields__)
        raise FileError(
            sentence("The field “{field}” is unknown; known are {known}.", field=shown(unknown[1]), known=known)
        )
    if wrong := _WRONG.match(message):
        wanted, came, field = wrong.groups()
        if field:
            raise FileError(
                sentence(
                    "“{field}” must be of type {wanted}, not {came}.", field=shown(field), wanted=wanted, came=came
                )
            )
        raise FileError(sentence("It must be of type {wanted}, not {came}.", wanted=wanted, came=came))
    raise FileError(sentence("It cannot be read ({reason}).", reason=shown(message)))
