"""What no opened network may have: ids used twice, connections to nowhere, loops. All else is marked on the canvas."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_sim.errors import Sentence, sentence
from resnet_sim.network.graph import Network


def wrong_wiring(network: Network) -> list[Sentence]:
    """What is wrong, naming the layers; a loop is looked for only where everything else is right."""
    problems = [*_twice(network), *_nowhere(network)]
    if problems or network.order() is not None:
        return problems
    loop = _loop(network)
    names = " → ".join(f"“{id}”" for id in (*loop, loop[0]))
    return [sentence("The connections form a loop: {loop}.", loop=names)]


def _twice(network: Network) -> Iterator[Sentence]:
    seen: set[str] = set()
    told: set[str] = set()
    for id in (*(n.id for n in network.nodes), *(s.id for s in network.skips), *(b.id for b in network.blocks)):
        if id in seen and id not in told:
            told.add(id)
            yield sentence("The id “{id}” is used twice.", id=id)
        seen.add(id)


def _nowhere(network: Network) -> Iterator[Sentence]:
    ends = [(each.source, each.target, "") for each in network.connections]
    ends += [(each.source, each.target, each.id) for each in network.skips]
    for source, target, skip in ends:
        for missing in dict.fromkeys((source, target)):
            if missing in network.by_id:
                continue
            if skip:
                yield sentence(
                    "Skip connection “{skip}” needs the layer “{id}”, which is not there.", skip=skip, id=missing[:80]
                )
            else:
                yield sentence(
                    "The connection from “{source}” to “{target}” needs the layer “{id}”, which is not there.",
                    source=source[:80],
                    target=target[:80],
                    id=missing[:80],
                )
        if source == target:
            yield sentence("“{id}” is connected to itself.", id=source[:80])


def _loop(network: Network) -> tuple[str, ...]:
    """The ids of one loop, in the order of its arrows. There must be one."""
    needs: dict[str, set[str]] = {id: set() for id in network.by_id}
    feeds: dict[str, set[str]] = {id: set() for id in network.by_id}
    ends = [(each.source, each.target) for each in network.connections]
    for source, target in (*ends, *((each.source, each.target) for each in network.skips)):
        needs[target].add(source)
        feeds[source].add(target)
    left = {id: len(found) for id, found in needs.items()}
    free = [id for id, n in left.items() if n == 0]
    while free:
        id = free.pop()
        del left[id]
        for target in feeds[id]:
            left[target] -= 1
            if left[target] == 0:
                free.append(target)
    at = min(left)  # everything left stands in a loop or behind one: going back against the arrows enters it
    path: list[str] = []
    seen: dict[str, int] = {}
    while at not in seen:
        seen[at] = len(path)
        path.append(at)
        at = min(each for each in needs[at] if each in left)
    return tuple(reversed(path[seen[at] :]))
