"""The part of a network that can be followed from left to right, however broken the rest is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from resnet_sim.errors import Sentence, sentence
from resnet_sim.network.graph import Connection, Network, Skip
from resnet_sim.network.problems import Fix, Problem
from resnet_sim.network.wiring import drop_skips


@dataclass
class View:
    """The sound part of a network, as if the first fixes of its wiring were applied.

    main: node id -> the node its main path comes from. skips: (+) id -> skips. order: every node after all it needs.
    fed: nodes that read the data. assumed: nodes whose input is assumed.
    """

    main: dict[str, str] = field(default_factory=dict)
    skips: dict[str, list[Skip]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    fed: set[str] = field(default_factory=set)
    assumed: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def error(self, place: str, said: Sentence, *fixes: Fix) -> None:
        """One more error."""
        self.problems.append(Problem(place, "error", said, fixes))


def cut_skips_back(network: Network, view: View) -> None:
    """Cut the skips that lead back along the main path: of all of a loop, they are what is wrong."""
    ahead: dict[str, list[str]] = {}
    for id, source in view.main.items():
        ahead.setdefault(source, []).append(id)
    first: dict[str, int] = {}  # when a walk along the main paths comes to a node, and when it has left all behind it
    last: dict[str, int] = {}
    for root in network.by_id:
        stack = [root] if root not in view.main else []
        while stack:
            id = stack[-1]
            if id in first:
                last[id] = len(first)
                stack.pop()
            else:
                first[id] = len(first)
                stack += ahead.get(id, ())
    for skip in [skip for skips in view.skips.values() for skip in skips]:
        if skip.target in first and first[skip.target] <= first.get(skip.source, -1) < last[skip.target]:
            _cut_skip(view, skip)


def _cut_skip(view: View, skip: Skip) -> None:
    view.skips[skip.target].remove(skip)
    fix = Fix(sentence("Remove the skip connection"), partial(drop_skips, ids={skip.id}))
    view.error(skip.id, _loop(skip.source, skip.target), fix)


def put_in_order(network: Network, view: View) -> set[str]:
    """Fill view.order, cutting loops. The ids whose main path was cut."""
    done: dict[str, bool] = {}  # False while its needs are being placed
    cut: set[str] = set()
    view.order.clear()
    for root in network.by_id:
        stack = [root]
        while stack:
            id = stack[-1]
            if id in done:
                stack.pop()
                if not done[id]:
                    done[id] = True
                    view.order.append(id)
                continue
            done[id] = False
            before = view.main.get(id)
            if before is not None and done.get(before) is False:
                del view.main[id]
                cut.add(id)
                fix = Fix(
                    sentence("Remove the connection"), partial(without_connection, connection=Connection(before, id))
                )
                view.error(id, _loop(before, id), fix)
            for skip in [each for each in view.skips.get(id, ()) if done.get(each.source) is False]:
                _cut_skip(view, skip)
            stack += [each for each in needs(view, id) if each not in done]
    return cut


def _loop(source: str, target: str) -> Sentence:
    return sentence("“{source}” leads back to “{target}”: a loop cannot be computed.", source=source, target=target)


def needs(view: View, id: str) -> Iterator[str]:
    yield from (skip.source for skip in reversed(view.skips.get(id, [])))
    if id in view.main:
        yield view.main[id]


def without_connection(network: Network, connection: Connection) -> Network:
    return replace(network, connections=tuple(each for each in network.connections if each != connection))
