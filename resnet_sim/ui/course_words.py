"""A network in the course's words and letters: what a layer is called, where it stands, what it computes.

Sentences may hold maths between dollar signs, and values as z[3] or W_s; `prose.MathProse` sets both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from resnet_sim.assets import translator
from resnet_sim.errors import sentence
from resnet_sim.layers.base import Category, Layer, Shape
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.network.graph import Block, Network
from resnet_sim.network.problems import Report
from resnet_sim.network.wiring import is_add, is_input, is_output, only_next
from resnet_sim.ui.canvas.content import BLOCK_TITLES, function_word

_ = translator()

_ORDINALS = {
    1: _("first layer of {block}"),
    2: _("second layer of {block}"),
    3: _("third layer of {block}"),
}
_IN_BLOCK = {
    "residual": _("residual block {number}"),
    "pre_activation": _("pre-activation block {number}"),
    "bottleneck": _("bottleneck block {number}"),
    "plain": _("plain block {number}"),
}


def kind_word(layer: Layer) -> str:
    """Conv, FC, leaky ReLU ..."""
    return function_word(layer.function) if isinstance(layer, Activation) else _(layer.title)


def node_title(network: Network, numbers: Mapping[str, int], id: str) -> str:
    """Conv, layer $l=3$; a kind without a number only has its name."""
    layer = network.by_id[id].layer
    if layer.weighted and id in numbers:
        return sentence("{kind}, layer $l={number}$", kind=kind_word(layer), number=numbers[id]).render(_)
    return kind_word(layer)


def membership(network: Network, id: str) -> str:
    """Second layer of residual block 1; "" outside of blocks."""
    block = network.block_of.get(id)
    if block is None:
        return ""
    words = _IN_BLOCK[block.kind].format(number=block_number(network, block))
    weighted = [each for each in block.nodes if each in network.by_id and network.by_id[each].layer.weighted]
    if id not in weighted:
        return _("in {block}").format(block=words)
    number = weighted.index(id) + 1
    template = _ORDINALS.get(number, _("layer {number} of {block}"))
    return template.format(block=words, number=number)


def block_number(network: Network, block: Block) -> int:
    """Blocks are counted in their order in the network."""
    return 1 + [each.id for each in network.blocks].index(block.id)


def block_title(network: Network, block: Block) -> str:
    """Residual block 2."""
    return BLOCK_TITLES[block.kind].format(number=block_number(network, block))


def place_words(network: Network, numbers: Mapping[str, int], id: str) -> str:
    """Where something is: Block 1, layer 3."""
    node = network.by_id.get(id)
    if node is not None:
        block = network.block_of.get(id)
        if node.layer.weighted and id in numbers:
            said = sentence("Layer {number}", number=numbers[id])
            if block is not None:
                said = sentence("Block {block}, layer {n}", block=block_number(network, block), n=numbers[id])
            return said.render(_)
        if block is not None:
            number = block_number(network, block)
            return sentence("Block {block}, {kind}", block=number, kind=kind_word(node.layer)).render(_)
        return kind_word(node.layer)
    skip = network.skip_by_id.get(id)
    if skip is not None:
        block = network.block_of.get(skip.target)
        if block is not None:
            return sentence("Block {block}, skip path", block=block_number(network, block)).render(_)
        return sentence("Skip path to layer {number}", number=numbers.get(skip.target, 0)).render(_)
    found = next((each for each in network.blocks if each.id == id), None)
    return block_title(network, found) if found is not None else _("The network")


@dataclass(frozen=True)
class Said:
    """What a node computes: formulas, and a sentence beside or instead of them."""

    formulas: tuple[str, ...] = ()
    note: str = ""


class Notation:
    """The letters of one network: which node's output is a^{[l]}, and every formula with the numbers it really has."""

    def __init__(self, network: Network, report: Report, places: Mapping[str, str]) -> None:
        """places: as `notation.activation_places` gives them."""
        self.network, self.report, self.places = network, report, places
        self._owner = {place: id for id, place in places.items() if place != id}

    def number(self, id: str) -> int:
        """l of a node."""
        return self.report.numbers.get(id, 0)

    def letter(self, letter: str, id: str, role: str = "act") -> str:
        """a^{[3]} in the colour of its quantity."""
        return rf"\{role}{{{letter}^{{[{self.number(id)}]}}}}"

    def out(self, id: str, role: str = "act") -> str:
        """What the output of a node is called where another reads it."""
        node = self.network.by_id.get(id)
        if node is None:
            return self.letter("a", id, role)
        before = self.network.main_input.get(id, "")
        category = node.layer.category
        if id in self._owner:
            return self.letter("a", id, role)
        if is_input(node):
            return rf"\{role}{{x}}"
        if is_output(node):
            return rf"\{role}{{\hat{{y}}}}"
        if category is Category.WEIGHTED:
            return self.letter("z", id, role)
        if category is Category.NORMALISATION:
            return self._normalised(id, before, role)
        if is_add(node):
            return self.sum(id)
        if category is Category.ACTIVATION:
            return f"g({self.out(before, role)})" if before else self.letter("a", id, role)
        return self.out(before, role) if before else self.letter("a", id, role)

    def _normalised(self, id: str, before: str, role: str) -> str:
        layer = self.network.by_id[id].layer
        if layer.kind == "scale":
            return self.letter("s", id, "wt") + r"\," + self.out(before, role)
        above = self.network.by_id.get(before)
        if above is not None and above.layer.weighted:
            return self.letter("z\N{COMBINING TILDE}", id, role)
        return rf"\text{{BN}}({self.out(before, role)})"

    def sum(self, id: str) -> str:
        """What a (+) adds: the main path, then every skip connection that is on."""
        before = self.network.main_input.get(id)
        terms = [self.out(before)] if before is not None else []
        for skip in self.network.skips_into.get(id, ()):
            if not skip.enabled:
                continue
            term = self.out(skip.source, "skip")
            if skip.shortcut == "learned":
                term = r"\skip{W_s}\," + term
                term = rf"\text{{BN}}({term})" if skip.batch_norm else term
            elif skip.shortcut == "zero_pad":
                term = rf"\skip{{[}}{term}\skip{{, 0]}}"
            terms.append(term)
        return "+".join(terms)

    def said(self, id: str) -> Said:
        """What a node computes."""
        layer = self.network.by_id[id].layer
        known = {
            Category.INPUT: self._input,
            Category.WEIGHTED: self._weighted,
            Category.ACTIVATION: self._activation,
            Category.NORMALISATION: self._normalisation,
            Category.MERGE: self._merge,
            Category.OUTPUT: self._output,
        }.get(layer.category)
        return known(id) if known is not None else Said(note=self._in_words(id, layer))

    def _input(self, id: str) -> Said:
        return Said((r"\act{a^{[0]}}=\act{x}",), _("The examples of the data set, standardised."))

    def _weighted(self, id: str) -> Said:
        layer = self.network.by_id[id].layer
        W, x = self.letter("W", id, "wt"), self.out(self.network.main_input.get(id, ""))
        product = rf"{W}\,\,*\,\,{x}" if isinstance(layer, Conv2D) else rf"{W}\,{x}"
        bias = f"+{self.letter('b', id, 'wt')}" if getattr(layer, "bias", False) else ""
        lines = [f"{self.letter('z', id)}={product}{bias}"]
        place = self.places.get(id, id)
        lines += self._until(id, place)
        return Said(tuple(lines), self._note(id, place))

    def _until(self, id: str, place: str) -> list[str]:
        """How z^{[l]} becomes a^{[l]}."""
        at = self.network.by_id.get(place)
        ahead = only_next(self.network, id)
        if place == id or at is None:
            return [self._prediction(id)] if ahead is not None and is_output(ahead) else []
        a = self.letter("a", id)
        if is_add(at):
            return [f"{a}={self.sum(place)}"]
        before = self.network.main_input.get(place, "")
        if at.layer.category is Category.ACTIVATION:
            return [f"{a}=g({self.out(before)})"]
        return [f"{a}={self._normalised(place, before, 'act')}"]

    def _prediction(self, id: str) -> str:
        ahead = only_next(self.network, id)
        soft = ahead is not None and ahead.layer.kind == "softmax"
        z = self.out(id)
        return rf"\act{{\hat{{y}}}}=\text{{softmax}}({z})" if soft else rf"\act{{\hat{{y}}}}={z}"

    def _note(self, id: str, place: str) -> str:
        network = self.network
        at, before = network.by_id.get(place), network.main_input.get(place, "")
        if at is not None and isinstance(at.layer, Activation) and is_add(network.by_id.get(before)):
            skips = [each for each in network.skips_into.get(before, ()) if each.enabled]
            if len(skips) == 1:
                said = sentence(
                    "{function} $g$ stands after (+), so ${value}$ is added before it.",
                    function=kind_word(at.layer),
                    value=self.out(skips[0].source, "skip"),
                )
                return said.render(_)
        if at is not None and is_add(at):
            return sentence("$g$ stands before $W$, so ${a}$ is the plain sum.", a=self.letter("a", id)).render(_)
        return ""

    def _activation(self, id: str) -> Said:
        layer = self.network.by_id[id].layer
        slope = getattr(layer, "slope", 0.0)
        shape = {
            "relu": r"\text{max}(0,\,z)",
            "leaky_relu": rf"\text{{max}}({slope:g}\,z,\,z)",
            "tanh": r"\text{tanh}(z)",
            "sigmoid": r"1/(1+e^{-z})",
            "none": "z",
        }.get(getattr(layer, "function", ""), "g(z)")
        before = self.network.main_input.get(id, "")
        whole = f"g({self.out(before)})"
        first = f"{self.letter('a', id)}={whole}" if id in self._owner else whole
        note = "" if id in self._owner else _("What the next layer reads.")
        return Said((first, f"g(z)={shape}"), note)

    def _normalisation(self, id: str) -> Said:
        before = self.network.main_input.get(id, "")
        made, z = self._normalised(id, before, "act"), self.out(before)
        if self.network.by_id[id].layer.kind == "scale":
            return Said((made,), _("One learned number; at 0 a residual block copies its input."))
        gamma, beta = self.letter(r"\gamma", id, "wt"), self.letter(r"\beta", id, "wt")
        note = _("Mean $\\mu$ and variance $\\sigma^2$ of each channel over the mini-batch.")
        norm = rf"\act{{z_{{norm}}}}=({z}-\mu)/\sigma"
        return Said((norm, rf"{made}={gamma}\,\act{{z_{{norm}}}}+{beta}"), note)

    def _merge(self, id: str) -> Said:
        ahead = only_next(self.network, id)
        a = self.letter("a", id)
        if ahead is not None and ahead.id in self._owner and isinstance(ahead.layer, Activation):
            return Said((f"{a}=g({self.sum(id)})",), _("The same gradient goes back into every path that is added."))
        return Said((f"{a}={self.sum(id)}",), _("The same gradient goes back into every path that is added."))

    def _output(self, id: str) -> Said:
        layer = self.network.by_id[id].layer
        z = self.out(self.network.main_input.get(id, ""))
        yhat = r"\act{\hat{y}}"
        if layer.kind == "softmax":
            first = r"\act{\hat{y}_k}=\act{e^{z_k}}/\sum_j \act{e^{z_j}}"
            return Said(
                (first, r"L=−\sum_k y_k\,\text{log}\,\act{\hat{y}_k}"), sentence("$z$ is ${z}$.", z=z).render(_)
            )
        if getattr(layer, "loss", "") == "relative":
            return Said((f"{yhat}={z}", rf"L=\|{yhat}-y\|^2/\text{{mean}}\,\|y\|^2"))
        return Said((f"{yhat}={z}", rf"L=½\,\|{yhat}-y\|^2"))

    def _in_words(self, id: str, layer: Layer) -> str:
        a = self.out(self.network.main_input.get(id, ""))
        if isinstance(layer, MaxPool):
            return sentence("Each value is the largest of a {f}×{f} window of ${a}$.", f=layer.size, a=a).render(_)
        if isinstance(layer, AveragePool):
            if layer.over == "global":
                return sentence("Each value is the mean of one whole channel of ${a}$.", a=a).render(_)
            return sentence("Each value is the mean of a {f}×{f} window of ${a}$.", f=layer.size, a=a).render(_)
        return _(layer.help)


def size_rule(layer: Layer, came: Shape | None) -> tuple[str, ...]:
    """floor((n + 2p - f) / s) + 1 with its numbers, a formula for n_H and one for n_W if that is another; () without.

    A window that does not fit has no result.
    """
    windowed = isinstance(layer, Conv2D | MaxPool) or (isinstance(layer, AveragePool) and layer.over == "window")
    if not windowed or came is None or len(came) != 3:
        return ()
    f, s = int(getattr(layer, "size", 1)), int(getattr(layer, "stride", 1))
    p = layer.pad if isinstance(layer, Conv2D) else 0
    lines = []
    for n in dict.fromkeys(came[:2]):
        tex = f"⌊({n}+{2 * p}-{f})/{s}⌋+1"
        lines.append(f"{tex}={(n + 2 * p - f) // s + 1}" if f <= n + 2 * p else tex)
    return tuple(lines)


_SPOKEN = re.compile(r"\\(?:act|grad|wt|skip|err|text)\b|\\,|[{}$]")


def spoken(tex: str) -> str:
    """A formula as a screen reader may say it: z[3] = W[3] * a[2] + b[3]."""
    plain = _SPOKEN.sub("", tex.replace(r"\hat", "hat ").replace(r"\|", "‖"))
    return plain.replace("^[", "[").replace("\\", "").replace("=", " = ").replace("+", " + ").strip()
