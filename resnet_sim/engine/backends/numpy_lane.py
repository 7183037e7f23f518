"""One lane: all NumPy primitives over scratch memory of their own, so that two lanes may play side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from resnet_sim.engine.backend import Array, Clock
from resnet_sim.engine.backends.numpy_batch_norm import BatchNorm
from resnet_sim.engine.backends.numpy_channels import Operations
from resnet_sim.engine.backends.numpy_convolution import Convolution
from resnet_sim.engine.backends.numpy_elements import Elements
from resnet_sim.engine.backends.numpy_losses import Losses
from resnet_sim.engine.backends.numpy_pooling import Pooling
from resnet_sim.engine.backends.numpy_scratch import Make, Scratch, aligned_zeros
from resnet_sim.engine.plan import Buffer, Call

Room = TypeVar("Room")


class Lane:
    """Binds calls to arrays. Each primitive is a method of the same name in one of the rooms."""

    def __init__(self, dtype: str, clock: Clock, make: Make = aligned_zeros) -> None:
        self.scratch = Scratch(dtype, make)
        self._rooms: tuple[object, ...] = (
            Elements(self.scratch, clock),
            BatchNorm(self.scratch),
            Convolution(self.scratch),
            Pooling(self.scratch),
            Losses(self.scratch),
        )

    def room(self, kind: type[Room]) -> Room:
        """The room of that kind."""
        return next(room for room in self._rooms if isinstance(room, kind))

    def bind(self, call: Call, arrays: Mapping[Buffer, Array]) -> Operations:
        """The operations of one call on these arrays."""
        found = tuple(None if each is None else arrays[each] for each in (*call.reads, *call.writes))
        return self.primitive(call.primitive, found, call.settings)

    def primitive(
        self, name: str, arrays: tuple[Array | None, ...], settings: Mapping[str, object], stacked: bool = False
    ) -> Operations:
        """The operations of one primitive. stacked: on arrays (L, *shape), L times the same."""
        for room in self._rooms:
            method = getattr(room, f"stacked_{name}" if stacked else name, None)
            if method is not None:
                operations: Operations = method(*arrays, **settings)
                return operations
        raise AssertionError(f"the NumPy backend has no primitive {name!r}")
