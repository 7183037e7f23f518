"""What a block does to its input, and how its gradient splits: da^{[l]} = skip part + main part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from resnet_sim.engine.lasting import Lasting
from resnet_sim.engine.products import MISSING, G, Products
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.network.blocks import block_ends
from resnet_sim.network.graph import Block, Network
from resnet_sim.network.parts import Part

BLOCK_SERIES = ("identity_distance", "main_gradient_norm", "skip_gradient_norm", "cosine", "masked_share")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BlockProducts:
    """Which products tell about blocks, one number per block in each field; MISSING where there is no such thing.

    a: ||a||^2, what the shortcut alone would give; moved: ||out - a||^2; main, skip: the parts of da^{[l]}, between:
    their inner product; before_g, behind_g: the gradient on both sides of g behind (+).
    """

    a: list[int]
    moved: list[int]
    main: list[int]
    skip: list[int]
    between: list[int]
    before_g: list[int]
    behind_g: list[int]

    @staticmethod
    def of(blocks: Sequence[tuple[int, ...]]) -> BlockProducts:
        """From one tuple per block, in the order of the fields."""
        return BlockProducts(*([block[k] for block in blocks] for k in range(7)))

    def series(self, products: Floats, m: int) -> tuple[Floats, ...]:
        """In the order of BLOCK_SERIES, one value per block; not finite where undefined (||a|| = 0) or not there."""
        main, skip = products[self.main], products[self.skip]
        return (
            np.sqrt(products[self.moved] / products[self.a]),
            np.sqrt(main) * sqrt(m),  # the plan holds da of the mean loss: 1/m of each example's
            np.sqrt(skip) * sqrt(m),
            products[self.between] / np.sqrt(main * skip),
            1 - products[self.before_g] / products[self.behind_g],
        )


class BlockProbe:
    """Knows where to look in any plan of the network."""

    def __init__(self, network: Network, parts: tuple[Part, ...], block: Block) -> None:
        self._ends = ends = block_ends(network, block)
        by_id = {part.id: part for part in parts}
        gate = network.by_id[ends.gate].layer if ends.gate else None
        self._g = _function(gate) if isinstance(gate, Activation) else None
        skip = ends.skip
        self._shortcut = ""  # the part whose output arrives at (+) when it is not a^{[l]} itself
        self._skip_entry: tuple[str, int] | None = None
        if skip is not None:
            chain = [part for part in parts if part.skip == skip.id]
            if skip.enabled:
                self._shortcut = chain[-1].id if chain else ""
                arrives = self._shortcut or skip.source
                add = by_id[skip.target]
                self._skip_entry = (chain[0].id, 0) if chain else (skip.target, _last(add.inputs, arrives))
        self._main_entry = (block.nodes[0], 0)

    def products(self, arrays: Lasting, products: Products) -> tuple[int, ...]:
        """Ask for all that the block's series are made of: one number per field of BlockProducts."""
        ends = self._ends
        g = self._g if self._shortcut else None
        a, out = arrays.activation(self._shortcut or ends.source), arrays.activation(ends.end)
        same = a.shape == out.shape
        main = arrays.contribution(*self._main_entry)
        skip = arrays.contribution(*self._skip_entry) if self._skip_entry else None
        du = da = None
        if ends.skip is not None:
            du, da = arrays.gradient(ends.skip.target), arrays.gradient(ends.gate or ends.skip.target)
        return (
            products.square(a, g) if same else MISSING,
            products.distance(a, out, g) if same else MISSING,
            MISSING if main is None else products.square(main),
            MISSING if skip is None else products.square(skip),
            MISSING if main is None or skip is None else products.inner(skip, main),
            MISSING if du is None else products.square(du),
            MISSING if da is None else products.square(da),
        )


def _function(layer: Activation) -> G | None:
    """g, for what stands behind (+)."""
    return None if layer.function == "none" else G(layer.function, layer.slope)


def _last(inputs: tuple[str, ...], source: str) -> int:
    return max(index for index, each in enumerate(inputs) if each == source)
