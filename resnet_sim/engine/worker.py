"""The engine as a process that knows no window: `python -P -X faulthandler -m resnet_sim.engine.worker`.

Commands come in on stdin, reports go out on the first stdout; everything else that prints goes to stderr. Whoever
starts it sets OPENBLAS_NUM_THREADS, OMP_NUM_THREADS and MKL_NUM_THREADS to 1: bit-equal repeats need that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NoReturn

from resnet_sim.engine.conversation import Conversation
from resnet_sim.engine.messages import (
    EXIT_EXCEPTION,
    EXIT_GPU_LOST,
    EXIT_MEMORY,
    EXIT_PARENT_GONE,
    EXIT_PROTOCOL,
    EXIT_QUIT,
    ErrorReport,
    ProtocolError,
)
from resnet_sim.engine.pipe import Incoming, Outlet, read_commands
from resnet_sim.engine.worker_loop import State, Trainer

PR_SET_PDEATHSIG = 1
FRAMES_TOLD = 5
LAST_WORDS = 0.5
"""Seconds that an ending worker tries to get its last reports out."""


def main() -> NoReturn:
    """Talk to the window that started this process until one of both ends."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the window
    incoming: Incoming = SimpleQueue()
    commands, reports = private_pipes()
    outlet = Outlet(reports)
    read_commands(commands, incoming)
    trainer = Trainer(outlet)
    try:
        serve(trainer, Conversation(trainer), incoming, outlet)
    except BaseException as error:  # noqa: BLE001 - the border: whatever it is, the window hears of it and the process ends
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[-FRAMES_TOLD:])
        with suppress(Exception):
            trainer.send(
                ErrorReport(
                    run=trainer.run, class_name=type(error).__name__, message=str(error), frames="".join(frames)
                )
            )
            outlet.drain(LAST_WORDS)
        os._exit(exit_code(error))
    outlet.drain(LAST_WORDS / 5)
    os._exit(EXIT_QUIT)  # a normal exit would wait for the thread that reads


def serve(trainer: Trainer, conversation: Conversation, incoming: Incoming, outlet: Outlet) -> None:
    """Train and obey in turn. Between two steps commands are only polled; standing still they are waited for."""
    while not conversation.over:
        if trainer.state is State.TRAINING:
            trainer.advance()
        wait = 0.0 if trainer.state is State.TRAINING else trainer.wait
        while not conversation.over and not outlet.full:
            try:
                command = incoming.get(timeout=wait) if wait else incoming.get_nowait()
            except Empty:
                break
            if isinstance(command, ProtocolError):
                raise command
            conversation.obey(command)
            wait = 0.0
        trainer.beat()
        outlet.flush()


def exit_code(error: BaseException) -> int:
    """What the window learns from the way the process ends."""
    if isinstance(error, ProtocolError):
        return EXIT_PROTOCOL
    if isinstance(error, MemoryError):
        return EXIT_MEMORY
    return EXIT_GPU_LOST if type(error).__module__.startswith("cupy") else EXIT_EXCEPTION


def private_pipes() -> tuple[int, int]:
    """Own descriptors of stdin and stdout; a library that reads or prints meets nothing and stderr instead."""
    commands, reports = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, reports


def die_with_parent() -> None:
    """Linux: be killed when the window is, even in the middle of a long call. Elsewhere the end of stdin tells."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went in between
        os._exit(EXIT_PARENT_GONE)


if __name__ == "__main__":
    main()
