"""Resources, wherever the program runs: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def resources() -> Path:
    """The folder with icons, fonts, data sets, examples and the schema."""
    inside = _PACKAGE / "resources"
    return inside if inside.is_dir() else _PACKAGE.parent / "resources"


def translator(languages: list[str] | None = None) -> Callable[[str], str]:
    """template -> template in the user's language; templates without a translation stay as they are."""
    return gettext.translation("resnet_sim", str(resources() / "locale"), languages, fallback=True).gettext
