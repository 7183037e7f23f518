"""Garbage is collected between the tests of strips, not inside one."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def collected_between_tests() -> Iterator[None]:
    """As in the program itself: a collection inside QObject.disconnect waits for a lock that disconnect holds."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
