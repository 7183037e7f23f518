"""The same network in PyTorch, as one would write it there: the peer that speed is compared with, and parity tested.

Images are (m, n_C, n_H, n_W) and filters (n_C, n_C_prev, f, f), PyTorch's own layout; `tuned` keeps both channels last
in memory and takes the fused optimiser. Functions and not modules: the forward pass has as little Python as can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from resnet_sim.errors import RefusedError, sentence
from resnet_sim.layers.base import Layer, Role
from resnet_sim.layers.kinds.activation import Activation
from resnet_sim.layers.kinds.add import Add
from resnet_sim.layers.kinds.average_pool import AveragePool
from resnet_sim.layers.kinds.batch_norm import EPSILON, KEEP, BatchNorm
from resnet_sim.layers.kinds.conv2d import Conv2D
from resnet_sim.layers.kinds.dense import Dense
from resnet_sim.layers.kinds.dropout import Dropout
from resnet_sim.layers.kinds.flatten import Flatten
from resnet_sim.layers.kinds.input import Input
from resnet_sim.layers.kinds.max_pool import MaxPool
from resnet_sim.layers.kinds.regression import Regression
from resnet_sim.layers.kinds.scale import Scale
from resnet_sim.layers.kinds.softmax import Softmax
from resnet_sim.layers.shortcuts import Projection, ZeroPad
from resnet_sim.network.parts import Part
from resnet_sim.network.training import Training
from resnet_sim.state.checkpoint import ArrayKey, Checkpoint

F = torch.nn.functional
Tensor = Any
Function = Callable[..., Tensor]
Array = NDArray[np.floating]


def use_threads(n: int) -> None:
    """Let PyTorch compute on n threads."""
    torch.set_num_threads(n)


def use_gpu() -> bool:
    """Whether PyTorch can compute on the GPU; then in whole float32, as our side does, and not in TensorFloat-32."""
    if not torch.cuda.is_available():
        return False
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    return True


@dataclass(frozen=True)
class Place:
    """What a layer's PyTorch function is made from: the part, its tensors by parameter name, the mode."""

    part: Part
    p: dict[str, Tensor]
    training: bool

    @property
    def images(self) -> bool:
        """Whether its first input is an image."""
        return len(self.part.input_shapes[0]) == 3


class TorchPeer:
    """One network with its loss and optimiser, on PyTorch's device of this name. Raises RefusedError for a layer that
    it does not know."""

    def __init__(
        self,
        parts: tuple[Part, ...],
        checkpoint: Checkpoint,
        training: Training,
        *,
        target_power: float = 1.0,
        tuned: bool = False,
        device: str = "cpu",
    ) -> None:
        self._device = device
        self._parts = tuple(part for part in parts if part.enabled)
        self._dtype = getattr(torch, training.dtype)
        self._format = torch.channels_last if tuned else torch.contiguous_format
        self._power = target_power
        self.tensors: dict[ArrayKey, Tensor] = {}
        for part in self._parts:
            for each in part.parameters:
                tensor = self._tensor(_theirs(checkpoint.arrays[(part.id, each.name)]))
                self.tensors[(part.id, each.name)] = tensor.requires_grad_(each.learned)
        self._last, self._output = next(
            (k, part) for k, part in enumerate(self._parts, 1) if isinstance(part.layer, Softmax | Regression)
        )
        self._learning, self._evaluating = self._functions(True), self._functions(False)
        self._optimiser = self._make_optimiser(training, tuned)

    def _tensor(self, array: Array) -> Tensor:
        """A copy in this peer's layout. `contiguous` alone would leave images of one channel as they came: both
        layouts hold for them, and what follows would take the other one over."""
        layout = {"memory_format": self._format} if array.ndim == 4 else {}
        return torch.empty(array.shape, dtype=self._dtype, device=self._device, **layout).copy_(
            torch.from_numpy(array.copy())
        )

    def _functions(self, training: bool) -> list[tuple[Function, tuple[int, ...]]]:
        """In computing order: a function, and which of the values so far it reads (0 is x)."""
        index = {"": 0} | {part.id: k for k, part in enumerate(self._parts, 1)}
        functions = []
        for part in self._parts:
            make = MAKERS.get(type(part.layer))
            if make is None:
                raise RefusedError(
                    sentence("PyTorch's side of the benchmark has no layer “{kind}”.", kind=part.layer.kind)
                )
            p = {each.name: self.tensors[(part.id, each.name)] for each in part.parameters}
            functions.append((make(part.layer, Place(part, p, training)), tuple(index[each] for each in part.inputs)))
        return functions

    def _make_optimiser(self, training: Training, tuned: bool) -> Any:
        roles = {(part.id, each.name): each.role for part in self._parts for each in part.parameters}
        groups: dict[float, list[Tensor]] = {}
        for key, tensor in self.tensors.items():
            if tensor.requires_grad:
                decays = roles[key] is Role.WEIGHT or (roles[key] is Role.BIAS and training.decay_b)
                groups.setdefault(training.l2 if decays else 0.0, []).append(tensor)
        arguments = [{"params": tensors, "weight_decay": decay} for decay, tensors in groups.items()]
        more = {"fused": True} if tuned else {}
        if training.optimiser == "adam":
            betas = (training.momentum, training.beta2)
            return torch.optim.AdamW(arguments, lr=training.learning_rate, betas=betas, eps=training.epsilon, **more)
        momentum = training.momentum if training.optimiser == "momentum" else 0.0
        return torch.optim.SGD(arguments, lr=training.learning_rate, momentum=momentum, **more)

    def examples(self, x: Array, y: Array) -> tuple[Tensor, Tensor]:
        """Tensors of x (N, *shape) and y (N, n_out): images turned, classes as numbers."""
        inputs = self._tensor(x.transpose(0, 3, 1, 2) if x.ndim == 4 else x)
        if isinstance(self._output.layer, Softmax):
            return inputs, torch.tensor(y.argmax(1), device=self._device)
        return inputs, torch.tensor(y, dtype=self._dtype, device=self._device)

    def rows(self, rows: NDArray[np.integer]) -> Tensor:
        """Numbers of examples, to take a mini-batch by."""
        return torch.from_numpy(rows).to(self._device)

    def loss(self, x: Tensor, y: Tensor, training: bool = True) -> Tensor:
        """The data term of a mini-batch."""
        values = [x]
        for function, sources in self._learning if training else self._evaluating:
            values.append(function(*[values[k] for k in sources]))
        last = values[self._last]
        layer = self._output.layer
        if not isinstance(layer, Regression):
            return F.cross_entropy(last, y)
        error = ((last - y) ** 2).sum(1).mean()
        return error / 2 if layer.loss == "half_squared" else error / self._power

    def step(self, x: Tensor, y: Tensor) -> float:
        """Forward, loss, backward, update; the loss before the update."""
        found: float = self.update(x, y).item()
        return found

    def update(self, x: Tensor, y: Tensor) -> Tensor:
        """The same, but that nobody waits for the loss: on a GPU it is not there yet."""
        self._optimiser.zero_grad()
        loss = self.loss(x, y)
        loss.backward()
        self._optimiser.step()
        return loss

    def settle(self) -> None:
        """Wait until the GPU has done all."""
        torch.cuda.synchronize()

    def array(self, key: ArrayKey) -> Array:
        """A parameter in the engine's layout."""
        return _ours(self.tensors[key].detach())

    def gradient(self, key: ArrayKey) -> Array | None:
        """The gradient of a parameter in the engine's layout; None where there is none."""
        found = self.tensors[key].grad
        return None if found is None else _ours(found)


def _theirs(array: Array) -> Array:
    """Filters (f, f, n_C_prev, n_C) as (n_C, n_C_prev, f, f); a matrix or vector as it is."""
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array


def _ours(tensor: Tensor) -> Array:
    found: Array = (tensor.permute(2, 3, 1, 0) if tensor.ndim == 4 else tensor).cpu().numpy()
    return found


# --- layers -----------------------------------------------------------------------------------------------------------


def _activation(layer: Activation, at: Place) -> Function:
    functions: dict[str, Function] = {
        "none": _as_it_is,
        "relu": torch.relu,
        "leaky_relu": lambda x: F.leaky_relu(x, layer.slope),
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
    }
    return functions[layer.function]


def _as_it_is(x: Tensor) -> Tensor:
    return x


def _add(layer: Add, at: Place) -> Function:
    return torch.add if len(at.part.inputs) == 2 else lambda *terms: sum(terms[1:], terms[0])


def _average_pool(layer: AveragePool, at: Place) -> Function:
    if layer.over == "global":
        return lambda x: x.mean((2, 3))
    return lambda x: F.avg_pool2d(x, layer.size, layer.stride)


def _batch_norm(layer: BatchNorm, at: Place) -> Function:
    mean, variance, gamma, beta = (at.p[name] for name in ("running_mean", "running_variance", "gamma", "beta"))
    return lambda x: F.batch_norm(x, mean, variance, gamma, beta, at.training, 1 - KEEP, EPSILON)


def _conv2d(layer: Conv2D, at: Place) -> Function:
    W, b = at.p["W"], at.p.get("b")
    return lambda x: F.conv2d(x, W, b, layer.stride, layer.pad)


def _dense(layer: Dense, at: Place) -> Function:
    W, b = at.p["W"], at.p.get("b")
    return lambda x: F.linear(x, W, b)


def _flatten(layer: Flatten, at: Place) -> Function:
    return (lambda x: x.permute(0, 2, 3, 1).flatten(1)) if at.images else _as_it_is


def _projection(layer: Projection, at: Place) -> Function:
    W = at.p["W_s"]
    return (lambda x: F.conv2d(x, W, None, layer.stride)) if at.images else lambda x: F.linear(x, W)


def _zero_pad(layer: ZeroPad, at: Place) -> Function:
    missing, s = layer.outputs - at.part.input_shapes[0][-1], layer.stride
    if at.images:
        return lambda x: F.pad(x[:, :, ::s, ::s], (0, 0, 0, 0, 0, missing))
    return lambda x: F.pad(x, (0, missing))


def _scale(layer: Scale, at: Place) -> Function:
    s = at.p["s"]
    return lambda x: x * s


MAKERS: dict[type[Layer], Callable[[Any, Place], Function]] = {
    Activation: _activation,
    Add: _add,
    AveragePool: _average_pool,
    BatchNorm: _batch_norm,
    Conv2D: _conv2d,
    Dense: _dense,
    Dropout: lambda layer, at: lambda x: F.dropout(x, layer.rate, at.training),
    Flatten: _flatten,
    Input: lambda layer, at: _as_it_is,
    MaxPool: lambda layer, at: lambda x: F.max_pool2d(x, layer.size, layer.stride),
    Projection: _projection,
    Regression: lambda layer, at: _as_it_is,
    Scale: _scale,
    Softmax: lambda layer, at: _as_it_is,  # the loss takes z
    ZeroPad: _zero_pad,
}
