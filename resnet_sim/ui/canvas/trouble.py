"""Where the errors of a report are shown: which card, (+) and connection turn red, and where the callout stands."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_sim.assets import translator
from resnet_sim.errors import ResNetSimError
from resnet_sim.network.graph import Connection, Network, Skip
from resnet_sim.network.problems import Problem, Report
from resnet_sim.network.wiring import is_input

_ = translator()


@dataclass(frozen=True)
class Trouble:
    """cards: node id -> short words. problems: place or culprit id -> its error, the first of each place."""

    cards: dict[str, str]
    merges: frozenset[str]
    skips: frozenset[str]
    connections: frozenset[Connection]
    problems: dict[str, Problem]


def troubles(network: Network, report: Report) -> Trouble:
    """The errors by place."""
    cards: dict[str, str] = {}
    merges: set[str] = set()
    skips: set[str] = set()
    connections: set[Connection] = set()
    problems: dict[str, Problem] = {}
    for problem in report.errors:
        for id in places(network, problem):
            problems.setdefault(id, problem)
        skip = network.skip_by_id.get(problem.place)
        if skip is not None:
            skips.add(skip.id)
            merges.add(skip.target)
            connections |= _into(network, skip)
            for id in changed_by_first_fix(network, problem):
                cards[id] = _("size differs")
        elif problem.place in network.by_id:
            connected = problem.place in network.main_input or is_input(network.by_id[problem.place])
            cards.setdefault(problem.place, _("does not fit") if connected else _("no input"))
    return Trouble(cards, frozenset(merges), frozenset(skips), frozenset(connections), problems)


def _into(network: Network, skip: Skip) -> set[Connection]:
    before = network.main_input.get(skip.target)
    return {Connection(before, skip.target)} if before is not None else set()


def places(network: Network, problem: Problem) -> tuple[str, ...]:
    """The ids one may select to be at a problem, the one that shows it best first."""
    found = [*changed_by_first_fix(network, problem)] if problem.place in network.skip_by_id else []
    if problem.place:
        found.append(problem.place)
    skip = network.skip_by_id.get(problem.place)
    if skip is not None:
        found.append(skip.target)
    return tuple(dict.fromkeys(found))


def changed_by_first_fix(network: Network, problem: Problem) -> tuple[str, ...]:
    """The layers whose settings the best fix changes: they are what does not fit."""
    if not problem.fixes:
        return ()
    try:
        after = problem.fixes[0].edit(network)
    except ResNetSimError:
        return ()
    if len(after.nodes) != len(network.nodes):
        return ()
    return tuple(
        node.id for node in network.nodes if node.id in after.by_id and after.by_id[node.id].layer != node.layer
    )
