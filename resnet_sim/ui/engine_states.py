"""Where the engine stands after what it said, or after a command that it obeyed."""

from __future__ import annotations

from resnet_sim.engine.messages import (
    Command,
    DivergedReport,
    Done,
    Pause,
    Ready,
    Refused,
    Report,
    Rewind,
    Run,
    Step,
)

STANDS_AFTER: dict[type[Command | Report], str] = {
    Ready: "paused",
    Refused: "ready",
    DivergedReport: "paused",
    Done: "paused",
    Run: "running",
    Step: "running",
    Pause: "paused",
    Rewind: "paused",
}
"""The state after a report, or after the Ack of a command."""
