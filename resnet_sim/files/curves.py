"""Curves beside a checkpoint: what was measured so far, as the engine's messages carry it.

Inside the checkpoint they would be text and compressed, as in a document: most of a second for a deep network, every
ten seconds, while training waits.
"""

from __future__ import annotations

from pathlib import Path

from resnet_sim.files.saving import save_bytes


def beside(checkpoint: Path) -> Path:
    """The file of the curves that belong to a checkpoint."""
    return checkpoint.with_suffix(".curves")


def save_curves(checkpoint: Path, data: bytes) -> None:
    """Write them. Raises FileError."""
    save_bytes(beside(checkpoint), data)


def load_curves(checkpoint: Path) -> bytes:
    """What lies there, b"" where nothing can be read."""
    try:
        return beside(checkpoint).read_bytes()
    except OSError:
        return b""


def forget(checkpoint: Path) -> None:
    """Take a checkpoint away, and its curves."""
    for path in (checkpoint, beside(checkpoint)):
        path.unlink(missing_ok=True)
