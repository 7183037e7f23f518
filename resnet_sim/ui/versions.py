"""Which versions of Python and PySide6 work together; asked before anything of Qt is imported."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from resnet_sim.errors import Sentence, sentence


def known_bad(python_version: tuple[int, ...], pyside_version: str) -> Sentence | None:
    """Why this pair cannot run a window, with the cure, or None where nothing is known against it.

    PySide6 6.12 drops a reference to None in almost every call; Python before 3.12 counts those references and
    ends with "Fatal Python error: none_dealloc" within seconds of painting.
    """
    if python_version >= (3, 12) or _numbers(pyside_version) < (6, 12):
        return None
    return sentence(
        "PySide6 {pyside} ends Python {python} within seconds. Please install one that works, "
        'python -m pip install "PySide6-Essentials>=6.10,<6.12", or use Python 3.12 or newer.',
        pyside=pyside_version,
        python=".".join(str(number) for number in python_version[:2]),
    )


def window_problem() -> Sentence | None:
    """Why this installation cannot open a window, or None."""
    try:
        installed = version("PySide6-Essentials")
    except PackageNotFoundError:
        return sentence(
            "The window needs PySide6, which is not installed here. Please run python3 run.py in the folder "
            "of the program, or python -m pip install PySide6-Essentials."
        )
    return known_bad(sys.version_info[:3], installed)


def _numbers(text: str) -> tuple[int, ...]:
    """("6.12.0" -> (6, 12)): enough to compare releases; what is no number counts as 0."""
    return tuple(int(part) if part.isdigit() else 0 for part in text.split(".")[:2])
