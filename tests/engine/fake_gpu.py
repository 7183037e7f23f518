"""Puts the strict stand-in for CuPy in CuPy's place, for this process or for one that a test starts."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from resnet_sim.engine import backends

ON_A_CARD = bool(os.environ.get("RESNET_SIM_REAL_GPU"))
"""Set where there is a card: the plan and the training are then tested with CuPy itself."""
FOLDER = Path(__file__).with_name("fake_cupy")
NO_COMPILER = "the kernels run as C++, and this machine has no compiler"
has_compiler = any(shutil.which(name) for name in ("g++", "clang++", "c++"))
needs_compiler = pytest.mark.skipif(not has_compiler, reason=NO_COMPILER)


@contextmanager
def in_place() -> Iterator[Any]:
    """The stand-in as `cupy`; whatever was imported under that name is put back."""
    ours = ("cupy", "resnet_sim.engine.backends.cupy")
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name in ours or name.startswith("cupy.")}
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module("cupy")
    finally:
        sys.path.remove(str(FOLDER))
        for name in list(sys.modules):
            if name in ours or name.startswith("cupy."):
                del sys.modules[name]
        if hasattr(backends, "cupy"):
            del backends.cupy
        sys.modules.update(kept)
