"""The experiment as JSON: one schema for the file, the clipboard, the journal and the worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from resnet_sim.datasets.registry import data_set
from resnet_sim.errors import FileError, Sentence, SettingError, sentence
from resnet_sim.files import strict_json
from resnet_sim.files.pieces import (
    NetworkFile,
    PartFile,
    block_in,
    connection_in,
    data_in,
    layout_in,
    node_in,
    pieces_in,
    skip_in,
)
from resnet_sim.files.settings_in import settings_in, settings_out
from resnet_sim.files.strict_json import listed, shown
from resnet_sim.files.wiring import wrong_wiring
from resnet_sim.files.written import Lines, object_text
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.graph import Block, Network, Node, Skip
from resnet_sim.network.training import Training

FORMAT, PART_FORMAT = "resnet-sim", "resnet-sim-part"
VERSION = 1
MOST_NODES, MOST_CONNECTIONS = 8_000, 40_000
LARGEST_TEXT = 16 * 2**20
"""Bytes of network.json."""

# --- writing ----------------------------------------------------------------------------------------------------------


def encode(experiment: Experiment) -> bytes:
    """network.json: UTF-8, one line per layer; equal experiments give equal bytes.

    Raises FileError when it could not be read again (an unknown data set, half a character in a title).
    """
    try:
        chosen = data_set(experiment.data)
    except SettingError as error:
        raise FileError(error.sentence) from None
    return _text(
        lambda: {
            "format": FORMAT,
            "version": VERSION,
            "title": experiment.title,
            "about": experiment.about,
            **_network_out(experiment.network),
            "data": {"name": experiment.data.name, "settings": settings_out(chosen)},
            "training": settings_out(experiment.training),
            "layout": _POSITIONS.of(experiment.layout),
        }
    )


def encode_part(network: Network) -> bytes:
    """A piece of a network for the clipboard: connections and skips among its own nodes only. Raises FileError."""
    return _text(lambda: {"format": PART_FORMAT, "version": VERSION, **_network_out(network)})


def _network_out(network: Network) -> dict[str, object]:
    if len(network.nodes) > MOST_NODES or len(network.connections) + len(network.skips) > MOST_CONNECTIONS:
        raise _too_many(len(network.nodes), len(network.connections) + len(network.skips))
    return {
        "nodes": _NODES.of(network.nodes),
        "connections": _CONNECTIONS.of(network.connections),
        "skips": _SKIPS.of(network.skips),
        "blocks": _BLOCKS.of(network.blocks),
    }


def _node_out(node: Node) -> object:
    return {"id": node.id, "kind": node.layer.kind, "settings": settings_out(node.layer), "frozen": node.frozen}


def _skip_out(skip: Skip) -> object:
    return {"id": skip.id, "source": skip.source, "target": skip.target, "settings": settings_out(skip)}


def _block_out(block: Block) -> object:
    l2 = None if block.l2 is None else float(block.l2)
    return {"id": block.id, "kind": block.kind, "nodes": list(block.nodes), "l2": l2, "frozen": block.frozen}


_NODES, _SKIPS, _BLOCKS = Lines(_node_out), Lines(_skip_out), Lines(_block_out)
_CONNECTIONS = Lines(lambda each: [each.source, each.target])
_POSITIONS = Lines(lambda each: {"id": each.id, "x": float(each.x), "y": float(each.y)})


def _text(make: Callable[[], dict[str, object]]) -> bytes:
    """JSON with one line per layer, connection, skip, block and card."""
    try:
        return object_text(make())
    except ValueError as error:  # a number that is not finite, half a character
        raise FileError(sentence("The network cannot be written: {reason}.", reason=str(error))) from None


# --- reading ----------------------------------------------------------------------------------------------------------


def decode(data: bytes, filename: str) -> Experiment:
    """The experiment of a network.json. Raises FileError naming the file, and every layer that is wrong at once."""
    try:
        return experiment_in(data)
    except FileError as error:
        raise _of_file(filename, error) from None


def experiment_in(data: bytes) -> Experiment:
    """As `decode`; the FileError does not name the file."""
    raw = _head(data, FORMAT)
    network, problems = _network_in(raw, NetworkFile)
    reference = data_in(raw, problems)
    training, wrong = settings_in(Training, raw.get("training", {}))
    problems += [sentence("Training: {problem}", problem=each) for each in wrong]
    layout = layout_in(raw, problems)
    texts = {name: raw.get(name, "") for name in ("title", "about")}
    for name, text in texts.items():
        if not isinstance(text, str):
            problems.append(sentence("“{field}” must be a text, not {value}.", field=name, value=shown(text)))
    if problems or reference is None:
        raise FileError(listed(problems))
    return Experiment(network, reference, Training(**training), layout, texts["title"], texts["about"])


def decode_part(data: bytes, filename: str) -> Network:
    """The network of `encode_part`. Raises FileError as `decode` does."""
    try:
        network, problems = _network_in(_head(data, PART_FORMAT), PartFile)
        if problems:
            raise FileError(listed(problems))
        return network
    except FileError as error:
        raise _of_file(filename, error) from None


def _of_file(filename: str, error: FileError) -> FileError:
    return FileError(sentence("“{file}” cannot be opened. {problem}", file=shown(filename), problem=error.sentence))


def _head(data: bytes, format: str) -> dict[str, Any]:
    """The text as an object of the right format and version."""
    if len(data) > LARGEST_TEXT:
        raise too_long(len(data))
    raw = strict_json.parse(data)
    if not isinstance(raw, dict) or raw.get("format") != format:
        raise FileError(sentence("It is no network of this program: “format” must be “{format}”.", format=format))
    version = raw.get("version")
    if type(version) is not int or version < 1:
        raise FileError(sentence("“version” must be a whole number from 1, not {version}.", version=shown(version)))
    if version > VERSION:
        raise FileError(
            sentence(
                "It was written by a newer version of the program (format {version}; this one reads up to {known}).",
                version=version,
                known=VERSION,
            )
        )
    return raw


def _network_in(raw: dict[str, Any], whole: type[msgspec.Struct]) -> tuple[Network, list[Sentence]]:
    """The network and everything that is wrong with its pieces; FileError where nothing can be made of it."""
    problems: list[Sentence] = []
    known = whole.__struct_fields__
    for name in raw:
        if name not in known:
            problems.append(
                sentence(
                    "It has an unknown field “{field}”; known are {known}.", field=shown(name), known=", ".join(known)
                )
            )
    lists = {name: raw.get(name, []) for name in ("nodes", "connections", "skips", "blocks")}
    for name, value in lists.items():
        if name == "nodes" and name not in raw:
            raise FileError(sentence("The field “nodes” is missing."))
        if not isinstance(value, list):
            raise FileError(sentence("“{field}” must be a list, not {value}.", field=name, value=shown(value)))
    edges = len(lists["connections"]) + len(lists["skips"])
    if len(lists["nodes"]) > MOST_NODES or len(lists["blocks"]) > MOST_NODES or edges > MOST_CONNECTIONS:
        raise _too_many(len(lists["nodes"]), edges)
    network = Network(
        pieces_in(lists["nodes"], sentence("Layer"), node_in, problems),
        pieces_in(lists["connections"], sentence("Connection"), connection_in, problems),
        pieces_in(lists["skips"], sentence("Skip connection"), skip_in, problems),
        pieces_in(lists["blocks"], sentence("Block"), block_in, problems),
    )
    if not problems:
        problems += wrong_wiring(network)
    return network, problems


def too_long(n: int) -> FileError:
    """What is wrong with a text of `n` bytes, more than LARGEST_TEXT."""
    return FileError(
        sentence(
            "Its text of {n} bytes is too long: a network has at most {nodes} layers and {edges} connections.",
            n=n,
            nodes=MOST_NODES,
            edges=MOST_CONNECTIONS,
        )
    )


def _too_many(nodes: int, edges: int) -> FileError:
    return FileError(
        sentence(
            "It has {nodes} layers and {edges} connections; at most {most_nodes} and {most_edges} can be opened.",
            nodes=nodes,
            edges=edges,
            most_nodes=MOST_NODES,
            most_edges=MOST_CONNECTIONS,
        )
    )
