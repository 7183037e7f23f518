"""What is written on cards, connections and skip arcs, read from the network and its report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from resnet_sim.assets import translator
from resnet_sim.layers.base import Category, Layer, Shape, size_text
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.graph import Block, Connection, Network, Node, Skip
from resnet_sim.network.problems import Report, value_name
from resnet_sim.network.wiring import is_add, only_next
from resnet_sim.ui.canvas.trouble import Trouble, troubles

_ = translator()

KEPT = 8192
"""So much writing is kept: an edit changes little of it, and equal writing is one object, soon compared."""

BLOCK_TITLES = {
    "residual": _("Residual block {number}"),
    "pre_activation": _("Pre-activation block {number}"),
    "bottleneck": _("Bottleneck block {number}"),
    "plain": _("Plain block {number}"),
}

BLOCK_WORDS = {
    "residual": _("residual"),
    "pre_activation": _("pre-activation"),
    "bottleneck": _("bottleneck"),
    "plain": _("plain"),
}


@dataclass(frozen=True)
class CardInk:
    """All that is written on a card. symbol: the layer's kind, drawn while there are no live pictures.

    function: the g it applies, "" for none. tex and count: W^{[l]} and how many numbers the layer learns. label: x or
    yhat. number: l, for the small levels. wrong: short words for an error.
    """

    title: str
    symbol: str
    spec: str = ""
    function: str = ""
    tex: str = ""
    count: str = ""
    label: str = ""
    number: str = ""
    wrong: str = ""
    frozen: bool = False
    weighted: bool = False


@dataclass(frozen=True)
class EdgeInk:
    """The size on a connection, in one or two lines. wrong: it cannot be added to the skip path."""

    lines: tuple[str, ...] = ()
    assumed: bool = False
    wrong: bool = False


@dataclass(frozen=True)
class PillInk:
    """The label of a skip arc: a formula, the same in short, and what the shortcut is.

    gradient: what the gradient is called that divides where the arc begins, "" if it has no name.
    """

    tex: str
    short: str
    shortcut: str
    enabled: bool
    wrong: bool
    frozen: bool = False
    gradient: str = ""
    shortest: str = ""
    medium: str = ""
    """Between tex and short: only what changes."""

    @property
    def options(self) -> tuple[str, ...]:
        """What a pill may say, the longest first."""
        return tuple(each for each in (self.tex, self.medium, self.short, self.shortest) if each)


@dataclass(frozen=True)
class Content:
    """The writing of a whole network.

    absorbed: id of a g -> the card that shows it. glued: id of a g -> the (+) right before it. trouble: what is wrong
    and where.
    """

    cards: Mapping[str, CardInk]
    edges: Mapping[Connection, EdgeInk]
    pills: Mapping[str, PillInk]
    absorbed: Mapping[str, str]
    glued: Mapping[str, str]
    trouble: Trouble
    blocks: Mapping[str, CardInk] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    """Residual block 2: numbered as the list of layers does."""


def content(network: Network, report: Report) -> Content:
    """The writing on everything, whether it is drawn or not."""
    trouble = troubles(network, report)
    absorbed, glued = shown_with(network)
    signs = {host: g for g, host in absorbed.items()}
    cards: dict[str, CardInk] = {}
    for node in network.nodes:
        g = network.by_id.get(signs.get(node.id, ""))
        cards[node.id] = _card(network, report, node, g, trouble.cards.get(node.id, ""))
    edges = {
        each: _edge(report.shapes.get(each.source), each.source in report.assumed, each in trouble.connections)
        for each in network.connections
    }
    pills = {skip.id: _pill(network, report, skip, skip.id in trouble.skips) for skip in network.skips}
    blocks = {block.id: _block(network, report, block, trouble, k) for k, block in enumerate(network.blocks, 1)}
    titles = {block.id: BLOCK_TITLES[block.kind].format(number=k) for k, block in enumerate(network.blocks, 1)}
    return Content(cards, edges, pills, absorbed, glued, trouble, blocks, titles)


def shown_with(network: Network) -> tuple[dict[str, str], dict[str, str]]:
    """Which g a card shows as its sign, and which g stands glued to its (+); nothing else may leave the layer before.

    So the g of a pre-activation block stands alone: the skip connection starts before it.
    """
    absorbed: dict[str, str] = {}
    glued: dict[str, str] = {}
    for node in network.nodes:
        if node.layer.category is not Category.ACTIVATION:
            continue
        before = network.by_id.get(network.main_input.get(node.id, ""))
        if before is None or before.id in network.skips_from or only_next(network, before.id) is not node:
            continue
        same = network.block_of.get(before.id) is network.block_of.get(node.id)
        if before.layer.category in (Category.WEIGHTED, Category.NORMALISATION) and same:
            absorbed[node.id] = before.id
        elif is_add(before) and same:
            glued[node.id] = before.id
    return absorbed, glued


@lru_cache(maxsize=KEPT)
def _edge(shape: Shape | None, assumed: bool, wrong: bool) -> EdgeInk:
    return EdgeInk(size_lines(shape), assumed, wrong)


def _card(network: Network, report: Report, node: Node, g: Node | None, wrong: str) -> CardInk:
    block = network.block_of.get(node.id)
    return _layer_card(
        node.layer,
        report.shapes.get(node.id),
        g.layer if g is not None else None,
        report.numbers.get(node.id, 0) if node.layer.weighted else None,
        report.parameters.get(node.id, 0),
        node.frozen or (block is not None and block.frozen),
        wrong,
    )


@lru_cache(maxsize=KEPT)
def _layer_card(
    layer: Layer, out: Shape | None, g: Layer | None, number: int | None, parameters: int, frozen: bool, wrong: str
) -> CardInk:
    label = r"\hat{y}" if layer.category is Category.OUTPUT else "x" if layer.category is Category.INPUT else ""
    said = "" if number is None else str(number)
    return CardInk(
        _(layer.title) if not isinstance(layer, Activation) else function_word(layer.function),
        layer.function if isinstance(layer, Activation) else layer.kind,
        spec_line(layer, out),
        g.function if isinstance(g, Activation) else "",
        _letter(layer, said),
        short_count(parameters) if parameters else "",
        label,
        said,
        wrong,
        frozen,
        layer.weighted,
    )


def _letter(layer: Layer, number: str) -> str:
    if layer.weighted:
        return rf"\wt{{W^{{[{number}]}}}}"
    return {"batch_norm": r"\wt{\gamma, \beta}", "scale": r"\wt{s}"}.get(layer.kind, "")


def function_word(function: str) -> str:
    """What a g is called."""
    words = {"relu": _("ReLU"), "leaky_relu": _("leaky ReLU"), "none": _("no g")}
    return words.get(function, function)


_SPECS: dict[str, Callable[[Mapping[str, object], Shape | None], str]] = {
    "conv2d": lambda at, out: (
        _("{f}×{f}, s {s}").format(f=at["size"], s=at["stride"])
        if at["stride"] != 1 and at["padding"] == "same"
        else _("{f}×{f} valid, s {s}").format(f=at["size"], s=at["stride"])
        if at["stride"] != 1
        else _("{f}×{f} same").format(f=at["size"])
        if at["padding"] == "same"
        else _("{f}×{f} valid").format(f=at["size"])
    ),
    "dense": lambda at, out: _("{n} units").format(n=at["units"]),
    "max_pool": lambda at, out: _("{f}×{f}, s {s}").format(f=at["size"], s=at["stride"]),
    "average_pool": lambda at, out: (
        _("global") if at["over"] == "global" else _("{f}×{f}, s {s}").format(f=at["size"], s=at["stride"])
    ),
    "dropout": lambda at, out: _("{rate} dropped").format(rate=f"{at['rate']:.0%}"),
    "scale": lambda at, out: _("start {value}").format(value=f"{at['value']:g}"),
    "input": lambda at, out: size_text(out) if out else "",
    "softmax": lambda at, out: _("{n} classes").format(n=out[-1]) if out else "",
    "regression": lambda at, out: _("{n} values").format(n=out[-1]) if out else "",
    "flatten": lambda at, out: str(out[-1]) if out else "",
}


def spec_line(layer: Layer, out: Shape | None) -> str:
    """The settings that matter, in a few characters; "" for a kind that has none."""
    made = _SPECS.get(layer.kind)
    return made(vars(layer), out) if made is not None else ""


def short_count(n: int) -> str:
    """584, 2.3k, 14k, 1.2M."""
    for unit, sign in ((1_000_000, "M"), (1_000, "k")):
        if n >= unit:
            return f"{n / unit:.1f}{sign}" if n < 10 * unit else f"{n // unit}{sign}"
    return str(n)


def size_lines(shape: Shape | None) -> tuple[str, ...]:
    """8×8 above the line and ×8 below it; a vector has one number."""
    if shape is None:
        return ()
    if len(shape) == 1:
        return (str(shape[0]),)
    return (size_text(shape[:-1]), f"×{shape[-1]}")


def value_tex(network: Network, report: Report, id: str) -> str:
    """What the output of a node is called, as maths."""
    return maths_of(value_name(network, report.numbers, id))


_VALUE = re.compile(r"\b([azW])\[(\d+)\]|\bW_s\b|\(\+\)|λ|≠")


@lru_cache(maxsize=KEPT)
def maths_of(text: str) -> str:
    """A sentence as one line of the formula language: a[3] and W_s become maths, the rest stays upright words."""
    made: list[str] = []
    at = 0
    for hit in _VALUE.finditer(text):
        made.append(_words(text[at : hit.start()]))
        made.append(_symbol(hit))
        at = hit.end()
    made.append(_words(text[at:]))
    joined = "".join(made)
    return r"\act{x}" if joined == r"\text{x}" else joined


def _words(text: str) -> str:
    return rf"\text{{{text}}}" if text else ""


def _symbol(hit: re.Match[str]) -> str:
    if hit[0] == "W_s":
        return r"\skip{W_s}"
    if hit[1] is None:
        return _words(hit[0])
    colour = "wt" if hit[1] == "W" else "act"
    return rf"\{colour}{{{hit[1]}^{{[{hit[2]}]}}}}"


def _pill(network: Network, report: Report, skip: Skip, wrong: bool) -> PillInk:
    value = value_tex(network, report, skip.source) if skip.source in network.by_id else ""
    block = network.block_of.get(skip.target)
    held = block is not None and block.frozen
    return _skip_pill(skip, value, report.shapes.get(skip.source), report.shapes.get(skip.id), held, wrong)


@lru_cache(maxsize=KEPT)
def _skip_pill(skip: Skip, value: str, came: Shape | None, brought: Shape | None, held: bool, wrong: bool) -> PillInk:
    """held: its block is frozen."""
    symbol = rf"\skip{{W_s}}\,{value}" if skip.shortcut == "learned" else value
    said = _change_words(skip, came, brought)
    tex = rf"{symbol}\text{{  {said}}}" if said else symbol
    frozen = skip.frozen or (held and skip.shortcut == "learned")
    gradient = symbol.replace(r"\act{", r"\grad{d") if r"\act{" in symbol else ""
    few = _few_words(skip, came, brought)
    medium = rf"{symbol}\text{{  {few}}}" if few else ""
    return PillInk(tex, symbol, skip.shortcut, skip.enabled, wrong, frozen, gradient, medium=medium)


def _few_words(skip: Skip, came: Shape | None, brought: Shape | None) -> str:
    """The sizes alone, for an arc with little room."""
    if not skip.enabled or came is None or brought is None:
        return ""
    return size_text(came) if came == brought else f"{came[-1]}→{brought[-1]}"


def _change_words(skip: Skip, came: Shape | None, brought: Shape | None) -> str:
    if not skip.enabled:
        return _("off")
    if came is None or brought is None:
        return _("unchanged") if skip.shortcut == "identity" else ""
    if skip.shortcut == "identity" or came == brought:
        return _("{size}, unchanged").format(size=size_text(came)) if skip.shortcut == "identity" else size_text(came)
    if len(came) == 1 or len(brought) == 1:
        return _("{before}→{after}").format(before=came[-1], after=brought[-1])
    stride = max(1, round(came[0] / max(1, brought[0])))
    words = _("1×1, stride {s}, {before}→{after}") if stride > 1 else _("1×1, {before}→{after}")
    if skip.shortcut == "zero_pad":
        words = _("zeros, stride {s}, {before}→{after}") if stride > 1 else _("zeros, {before}→{after}")
    return words.format(s=stride, before=came[-1], after=brought[-1])


def _block(network: Network, report: Report, block: Block, trouble: Trouble, number: int) -> CardInk:
    members = [network.by_id[id] for id in block.nodes if id in network.by_id]
    count = sum(report.parameters.get(node.id, 0) for node in members)
    count += sum(report.parameters.get(s.id, 0) for node in members for s in network.skips_into.get(node.id, ()))
    wrong = next((trouble.cards[node.id] for node in members if node.id in trouble.cards), "")
    return CardInk(
        _("Block {number}").format(number=number),
        "block" if block.kind != "plain" else "plain_block",
        BLOCK_WORDS[block.kind],
        count=short_count(count) if count else "",
        tex=r"\wt{W}" if count else "",
        wrong=wrong,
        frozen=block.frozen,
        weighted=True,
    )
