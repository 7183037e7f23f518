"""What is worth knowing before training a sound network: starts that never learn, diverge or are no identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from resnet_sim.errors import sentence
from resnet_sim.layers.base import Category
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.batch_norm import BatchNorm
from resnet_sim.layers.kinds.scale import Scale
from resnet_sim.network.edits import set_setting
from resnet_sim.network.graph import Network, Node, Skip
from resnet_sim.network.problems import Fix, Problem, value_name
from resnet_sim.network.view import View

MANY_BLOCKS = 10
"""From more blocks on, starting large without batch norm tends to diverge (measured: SCIENCE, part 4)."""
LARGE = 0.5
"""A start scale above this is not small: at 0.5 an inserted block multiplies the loss by 27, at 0.1 by 1.01."""
LONGEST_SPAN = 40
ZERO_AT_ZERO = ("none", "relu", "leaky_relu", "tanh")


def notes(network: Network, view: View, numbers: Mapping[str, int]) -> Iterator[Problem]:
    """The notes of a network, from left to right."""
    behind: dict[str, list[Node]] = {}
    for id, source in view.main.items():
        behind.setdefault(source, []).append(network.by_id[id])
    large: dict[str, Node] = {}
    dead: set[str] = set()
    for id in view.order:
        for skip in view.skips.get(id, ()):
            under = _under(network, view, skip)
            weighted = [node for node in under if node.layer.weighted]
            if len(weighted) > 1 and all(_zero(node) for node in weighted) and _silent(under):
                dead.update(node.id for node in weighted)
                yield _never_learns(numbers, skip, weighted)
            elif skip.enabled and weighted and _starts_large(under):
                large[skip.id] = weighted[-1]
            if skip.enabled and skip.shortcut == "identity" and _rectified(network, behind, id):
                yield from _not_copied(network, view, numbers, skip)
    yield from _large(large, numbers)
    for id in view.order:
        node = network.by_id[id]
        if node.layer.weighted and id not in dead and _zero(node) and _shut(behind, id):
            number = numbers.get(id, 0)
            said = sentence("W[{l}] starts at 0: ReLU then passes no gradient, so layer {l} never learns.", l=number)
            yield Problem(id, "note", said, (_start_he(node.id, number),))
        elif isinstance(node.layer, Scale) and node.layer.value == 0 and _shut(behind, id):
            said = sentence("“{id}” starts at 0: ReLU then passes no gradient, so nothing before it learns.", id=id)
            edit = partial(set_setting, node_id=id, name="value", value=1.0)
            yield Problem(id, "note", said, (Fix(sentence("Start it at 1"), edit),))


def _under(network: Network, view: View, skip: Skip) -> list[Node]:
    """The nodes under a skip, from left to right; [] if the main path does not come from its source."""
    found: list[Node] = []
    at = view.main.get(skip.target)
    while at is not None and at != skip.source and len(found) < LONGEST_SPAN:
        found.append(network.by_id[at])
        at = view.main.get(at)
    return found[::-1] if at == skip.source else []


def _zero(node: Node) -> bool:
    start = getattr(node.layer, "start", "he")
    return start == "zero" or getattr(node.layer, "start_scale", 1.0) == 0


def _silent(under: Sequence[Node]) -> bool:
    return all(node.layer.function in ZERO_AT_ZERO for node in under if isinstance(node.layer, Activation))


def _never_learns(numbers: Mapping[str, int], skip: Skip, weighted: Sequence[Node]) -> Problem:
    first, last = numbers.get(weighted[0].id, 0), numbers.get(weighted[-1].id, 0)
    said = sentence("W[{a}] to W[{b}] all start at 0, so this residual block never learns.", a=first, b=last)
    if len(weighted) == 2:
        said = sentence("W[{a}] and W[{b}] both start at 0, so this residual block never learns.", a=first, b=last)
    return Problem(skip.id, "note", said, (_start_he(weighted[0].id, first),))


def _start_he(id: str, number: int) -> Fix:
    return Fix(sentence("Start W[{l}] with He", l=number), partial(_with_start, ids=(id,), start="he", scale=1.0))


def _starts_large(under: Sequence[Node]) -> bool:
    """Whether what is added to a^{[l]} is of its size from the start."""
    for node in reversed(under):
        layer = node.layer
        if isinstance(layer, BatchNorm) or (isinstance(layer, Scale) and abs(layer.value) <= LARGE):
            return False
        if layer.weighted:
            drawn = getattr(layer, "start", "") in ("he", "glorot")
            return drawn and getattr(layer, "start_scale", 0.0) > LARGE
    return False


def _large(large: Mapping[str, Node], numbers: Mapping[str, int]) -> Iterator[Problem]:
    if len(large) > MANY_BLOCKS:
        said = sentence(
            "{n} residual blocks start large and without batch norm; such networks tend to diverge.", n=len(large)
        )
        ids = tuple(node.id for node in large.values())
        label = sentence("Start the last W of each at 0")
        yield Problem("", "note", said, (Fix(label, partial(_with_start, ids=ids, start=None, scale=0.0)),))
        return
    for skip, node in large.items():
        number = numbers.get(node.id, 0)
        said = sentence("W[{l}] starts large, so this residual block does not begin as an identity.", l=number)
        label = sentence("Start W[{l}] at 0", l=number)
        yield Problem(skip, "note", said, (Fix(label, partial(_with_start, ids=(node.id,), start=None, scale=0.0)),))


def _rectified(network: Network, behind: Mapping[str, Sequence[Node]], add: str) -> bool:
    mine = network.block_of.get(add)
    return any(_relu(node) and network.block_of.get(node.id) is mine for node in behind.get(add, ()))


def _relu(node: Node) -> bool:
    return isinstance(node.layer, Activation) and node.layer.function == "relu"


def _not_copied(network: Network, view: View, numbers: Mapping[str, int], skip: Skip) -> Iterator[Problem]:
    at: str | None = skip.source
    passing = (Category.SHAPING, Category.POOLING, Category.REGULARISATION)
    while at is not None and network.by_id[at].layer.category in passing:
        at = view.main.get(at)
    if at is None or network.by_id[at].layer.category in (Category.ACTIVATION, Category.MERGE):
        return
    if network.by_id[at].layer.category is Category.INPUT:
        said = sentence("This block stands on x: it copies only values of at least 0, as ReLU(x) does.")
    else:
        value = value_name(network, numbers, at)
        said = sentence("{value} may be below 0: this block copies only its values of at least 0.", value=value)
    yield Problem(skip.id, "note", said)


def _shut(behind: Mapping[str, Sequence[Node]], id: str) -> bool:
    """Whether z = 0 of this layer goes straight into a ReLU, whose slope at 0 is 0."""
    ahead = behind.get(id, ())
    if len(ahead) == 1 and isinstance(ahead[0].layer, BatchNorm):
        ahead = behind.get(ahead[0].id, ())
    return len(ahead) == 1 and _relu(ahead[0])


def _with_start(network: Network, ids: tuple[str, ...], start: str | None, scale: float) -> Network:
    changes: dict[str, object] = {"start_scale": scale} if start is None else {"start": start, "start_scale": scale}
    for id in ids:
        node = network.node(id)
        network = network.with_node(replace(node, layer=replace(node.layer, **changes)))
    return network
