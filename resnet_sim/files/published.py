"""The JSON Schema of network.json, made from what reads it, for editors and other programs."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from resnet_sim.datasets.registry import data_sets
from resnet_sim.files.pieces import NetworkFile
from resnet_sim.files.schema import FORMAT, MOST_CONNECTIONS, MOST_NODES, VERSION
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.network.graph import BLOCK_KINDS, ID, Skip
from resnet_sim.network.training import Training
from resnet_sim.settings import Setting, settings_of

Schema = dict[str, Any]


def schema() -> Schema:
    """JSON Schema (draft 2020-12) with the settings of every layer kind and data set, their ranges and help."""
    (whole,), definitions = msgspec.json.schema_components((NetworkFile,), ref_template="#/$defs/{name}")
    document = definitions["NetworkFile"]["properties"]
    document["format"] = {"const": FORMAT}
    document["version"] = {"const": VERSION}
    document["nodes"]["maxItems"] = document["blocks"]["maxItems"] = MOST_NODES
    document["connections"]["maxItems"] = document["skips"]["maxItems"] = MOST_CONNECTIONS
    document["training"] = _settings(Training)
    for name in ("NodeFile", "SkipFile", "BlockFile"):
        definitions[name]["properties"]["id"] = {"type": "string", "pattern": f"^{ID.pattern}$"}
    definitions["SkipFile"]["properties"]["settings"] = _settings(Skip)
    block = definitions["BlockFile"]["properties"]
    block["kind"] = {"enum": list(BLOCK_KINDS)}
    lowest, highest = next((each.low, each.high) for each in settings_of(Training) if each.name == "l2")
    block["l2"] = {"type": ["number", "null"], "minimum": lowest, "maximum": highest, "default": None}
    _per_kind(definitions["NodeFile"], "kind", {name: kind.help for name, kind in layer_kinds().items()}, layer_kinds())
    _per_kind(definitions["DataFile"], "name", {name: kind.about for name, kind in data_sets().items()}, data_sets())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "network.json of ResNet Sim",
        **whole,
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def _per_kind(definition: Schema, key: str, helps: dict[str, str], kinds: Any) -> None:
    """One alternative per kind, chosen by `key`, with that kind's settings."""
    definition["properties"][key] = {"enum": list(kinds)}
    definition["allOf"] = [
        {
            "if": {"properties": {key: {"const": name}}},
            "then": {"description": helps[name], "properties": {"settings": _settings(kind)}},
        }
        for name, kind in kinds.items()
    ]


def _settings(owner: type) -> Schema:
    return {
        "type": "object",
        "properties": {each.name: _setting(each) for each in settings_of(owner)},
        "additionalProperties": False,
        "default": {},
    }


def _setting(setting: Setting) -> Schema:
    found: Schema = {"title": setting.label, "description": setting.help, "default": setting.default}
    if setting.kind == "choice":
        return {**found, "enum": list(setting.choices)}
    found["type"] = {"switch": "boolean", "integer": "integer", "number": "number"}[setting.kind]
    if setting.low is not None:
        found["minimum"] = setting.low
    if setting.high is not None:
        found["maximum"] = setting.high
    return found
