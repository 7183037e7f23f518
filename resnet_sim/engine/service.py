"""The worker's loop: trains and obeys in turn, says why it ends, and leaves a GPU that has no room."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from resnet_sim.engine import messages as said
from resnet_sim.engine.conversation import Conversation
from resnet_sim.engine.device_desk import DeviceDesk
from resnet_sim.engine.pipe import Incoming, Outlet, read_commands
from resnet_sim.engine.worker_loop import State, Trainer

FRAMES_TOLD = 5
LAST_WORDS, GOODBYE = 0.5, 0.1
"""Seconds that an ending worker tries to get its last reports out."""


def hold(commands: int, reports: int) -> int:
    """Talk over these descriptors until it is over; the exit code."""
    incoming: Incoming = SimpleQueue()
    outlet = Outlet(reports)
    read_commands(commands, incoming)
    trainer = Trainer(outlet)
    try:
        serve(trainer, Conversation(trainer), incoming, outlet)
    except Exception as error:  # noqa: BLE001 - the border: whatever it is, the window hears of it and the process ends
        with suppress(Exception):
            trainer.send(last_words(error, trainer.run))
            outlet.drain(LAST_WORDS)
        return exit_code(error)
    outlet.drain(GOODBYE)
    return said.EXIT_QUIT


def serve(trainer: Trainer, conversation: Conversation, incoming: Incoming, outlet: Outlet) -> None:
    """Train and obey in turn. Commands are waited for while there is time until the next step, else only polled."""
    while not conversation.over:
        if trainer.state is State.TRAINING:
            with_room(trainer.advance, conversation.desk)
        conversation.desk.poll()
        wait = trainer.wait
        if outlet.full:
            time.sleep(wait)
        while not conversation.over and not outlet.full:
            try:
                command = incoming.get(timeout=wait) if wait else incoming.get_nowait()
            except Empty:
                break
            if isinstance(command, said.ProtocolError):
                raise command
            conversation.obey(command)
            wait = 0.0
        if not conversation.over:
            with_room(trainer.settle, conversation.desk)
        trainer.beat()
        outlet.flush()


def with_room(work: Callable[[], None], desk: DeviceDesk) -> None:
    """Do it; where a GPU has no room for it, there is less to hold from then on, and it is done at the next turn."""
    try:
        work()
        return
    except MemoryError as error:
        short = error.with_traceback(None)  # what hangs on the traceback could not be given back
    if not desk.make_room():
        raise short


def last_words(error: Exception, run: int) -> said.ErrorReport:
    """What ended the worker, and where."""
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[-FRAMES_TOLD:])
    return said.ErrorReport(run=run, class_name=type(error).__name__, message=str(error), frames="".join(frames))


def exit_code(error: Exception) -> int:
    """What the window learns from the way the process ends."""
    if isinstance(error, said.ProtocolError):
        return said.EXIT_PROTOCOL
    if isinstance(error, MemoryError):
        return said.EXIT_MEMORY
    return said.EXIT_GPU_LOST if type(error).__module__.startswith("cupy") else said.EXIT_EXCEPTION
