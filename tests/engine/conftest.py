"""Workers to talk to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine.fake_gpu import NO_COMPILER, ON_A_CARD, has_compiler, in_place
from engine.worker_client import Client


@pytest.fixture(scope="module")
def cupy(compiled_kernels: Path) -> Iterator[Any]:
    """The strict stand-in, as `import cupy` finds it while the tests of a module run; on a wish the real one."""
    if ON_A_CARD:
        yield pytest.importorskip("cupy")
        return
    if not has_compiler:
        pytest.skip(NO_COMPILER)
    with in_place() as module:
        yield module


@pytest.fixture
def stand_in(cupy: Any) -> Any:
    """What only the stand-in can tell: copies, memory, the order of threads."""
    if ON_A_CARD:
        pytest.skip("a real card does not tell")
    return cupy


@pytest.fixture(scope="module")
def greeted() -> Iterator[Client]:
    """One worker for the tests of a module: starting one takes longer than most of them."""
    made = Client()
    try:
        yield made.greet()
    finally:
        made.close()


@pytest.fixture
def client(greeted: Client) -> Client:
    """A greeted worker that stays alive; every test configures it anew."""
    return greeted


@pytest.fixture
def mortal() -> Iterator[Client]:
    """A greeted worker of this test alone."""
    made = Client()
    try:
        yield made.greet()
    finally:
        made.close()


@pytest.fixture
def stranger() -> Iterator[Client]:
    """A worker that was not greeted."""
    made = Client()
    try:
        yield made
    finally:
        made.close()
