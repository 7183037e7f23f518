"""The same network in PyTorch, read off the layers' own `pytorch` expressions: the peer of the parity tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.network.parts import Part
from resnet_sim.state.checkpoint import Checkpoint

torch = pytest.importorskip("torch")
F = torch.nn.functional


@dataclass
class TorchNetwork:
    """Parameters as leaf tensors by (part, name); statistics as plain tensors."""

    parts: tuple[Part, ...]
    power: float
    dtype: Any = torch.float64
    tensors: dict[tuple[str, str], Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, parts: tuple[Part, ...], checkpoint: Checkpoint, power: float, dtype: Any = torch.float64
    ) -> TorchNetwork:
        made = cls(parts, power, dtype)
        for part in parts:
            for each in part.parameters:
                key = (part.id, each.name)
                made.tensors[key] = torch.tensor(checkpoint.arrays[key], dtype=dtype, requires_grad=each.learned)
        return made

    def forward(self, x: np.ndarray[Any, Any], training: bool = True) -> dict[str, Any]:
        """part id -> output."""
        found: dict[str, Any] = {"": torch.tensor(x, dtype=self.dtype)}
        for part in self.parts:
            if not part.enabled:
                continue
            names = {
                "torch": torch,
                "F": F,
                "training": training,
                "x": tuple(found[source] for source in part.inputs),
                "p": {each.name: self.tensors[(part.id, each.name)] for each in part.parameters},
            }
            found[part.id] = eval(part.layer.pytorch(), names)
            if found[part.id].requires_grad:
                found[part.id].retain_grad()
        return found

    def loss(self, outputs: dict[str, Any], y: np.ndarray[Any, Any]) -> Any:
        """The data term, from the output layer's definition in words."""
        (last,) = [part for part in self.parts if isinstance(part.layer, Softmax | Regression)]
        target = torch.tensor(y, dtype=self.dtype)
        if isinstance(last.layer, Softmax):
            return F.cross_entropy(outputs[last.inputs[0]], target)
        error = ((outputs[last.id] - target) ** 2).sum(1).mean()
        return error / 2 if last.layer.loss == "half_squared" else error / self.power
