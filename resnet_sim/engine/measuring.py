"""What measures on the arrays of a backend: on the host at once, on a GPU beside the training until it is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resnet_sim.engine.backend import Array, Backend
from resnet_sim.engine.deferred import DeviceBackend
from resnet_sim.engine.model import BoundPlan
from resnet_sim.engine.pictures import Pictures
from resnet_sim.engine.products import Products
from resnet_sim.engine.samples import Samples


def products_of(backend: Backend) -> Products:
    """Inner products, none asked for yet."""
    return backend.products() if isinstance(backend, DeviceBackend) else Products(backend)


def samples_of(arrays: Sequence[Array], backend: Backend) -> Samples:
    """Values of these arrays."""
    return backend.samples(arrays) if isinstance(backend, DeviceBackend) else Samples(arrays, backend)


def pictures_of(backend: Backend, plan: BoundPlan, places: Mapping[str, str]) -> Pictures:
    """Pictures of these parts of a plan of one example."""
    return backend.pictures(plan, places) if isinstance(backend, DeviceBackend) else Pictures(plan, places)
