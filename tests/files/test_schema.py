"""The published schema is the one that reads, and describes what is written."""

from __future__ import annotations

import json
from dataclasses import replace

from files.documents import small

from resnet_sim.assets import resources
from resnet_sim.datasets.registry import data_sets
from resnet_sim.files.published import schema, schema_text
from resnet_sim.files.schema import decode, encode
from resnet_sim.layers.registry import layer_kinds
from resnet_sim.settings import settings_of


def test_the_published_schema_is_up_to_date() -> None:
    published = (resources() / "schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), "run tools/make_schema.py"


def test_it_knows_every_layer_kind_and_data_set_with_their_settings() -> None:
    definitions = schema()["$defs"]
    for form, key, kinds in (("NodeFile", "kind", layer_kinds()), ("DataFile", "name", data_sets())):
        assert definitions[form]["properties"][key]["enum"] == list(kinds)
        for each in definitions[form]["allOf"]:
            kind = kinds[each["if"]["properties"][key]["const"]]
            described = each["then"]["properties"]["settings"]["properties"]
            assert list(described) == [setting.name for setting in settings_of(kind)]


def test_it_describes_every_field_that_is_written() -> None:
    definitions = schema()["$defs"]
    written = json.loads(encode(small().experiment))
    assert set(written) == set(definitions["NetworkFile"]["properties"])
    pieces = {"nodes": "NodeFile", "skips": "SkipFile", "blocks": "BlockFile"}
    for field, form in pieces.items():
        for piece in written[field]:
            assert set(piece) == set(definitions[form]["properties"])


def test_what_is_written_again_after_an_edit_is_what_a_fresh_copy_of_it_gives() -> None:
    document = small().experiment
    first = encode(document)
    node = document.network.nodes[1]
    edited = replace(document, network=document.network.with_node(replace(node, frozen=not node.frozen)))

    assert encode(edited) == encode(decode(encode(edited), "copy")) != first
    assert encode(document) == first
