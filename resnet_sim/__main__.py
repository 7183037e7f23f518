"""The door: no argument or a file opens the window, a verb goes to the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from resnet_sim.assets import translator
from resnet_sim.errors import Sentence, sentence


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Qt is imported for the window alone, so verbs also work where no window could open."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    one_thread()
    if given and (given[0].startswith("-") or _is_verb(given[0])):
        from resnet_sim.cli import main as command_line

        return command_line(given)
    return _window(given)


def one_thread() -> None:
    """One thread for NumPy's library, which reads this at its import: sums in one order, here as in the window."""
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def no_screen(platform: str, environment: Mapping[str, str]) -> Sentence | None:
    """Why no window can appear on this machine, or None; a Qt platform named by the user is taken at its word."""
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return None
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return None
    return sentence(
        "There is no screen to open the window on (neither DISPLAY nor WAYLAND_DISPLAY is set); "
        "the command line works without one: see --help."
    )


def no_such_file(given: Sequence[str]) -> Sentence | None:
    """A first argument that is neither a verb nor a file is most likely a mistyped one of either."""
    if not given or Path(given[0]).exists():
        return None
    from resnet_sim.cli import EXAMPLE, VERBS

    if given[0].startswith(EXAMPLE):
        return None
    return sentence(
        "There is no file {name}, and no verb of that name either; the verbs are {verbs}.",
        name=given[0],
        verbs=", ".join(VERBS),
    )


def _is_verb(word: str) -> bool:
    from resnet_sim.cli import VERBS

    return word in VERBS


def _window(given: list[str]) -> int:
    from resnet_sim.ui.versions import window_problem

    problem = no_such_file(given) or window_problem() or no_screen(sys.platform, os.environ)
    if problem is not None:
        return _refuse(problem)
    try:
        from resnet_sim.ui.app import main as window
    except ImportError as error:
        if "PySide6" not in str(error.path):
            raise
        return _refuse(
            sentence(
                "Qt cannot be loaded: {reason}. Please install the system library it names, "
                "or let python3 run.py in the folder of the program do that.",
                reason=error.msg,
            )
        )
    return window(given)


def _refuse(problem: Sentence) -> int:
    sys.stderr.write(problem.render(translator()) + "\n")
    return 1


def _forget_current_folder() -> None:
    """`python -m` imports from the current folder first: a numpy.py lying beside a document must not be run."""
    here = os.getcwd()
    if not sys.flags.safe_path and sys.path[:1] == [here] and here != str(Path(__file__).resolve().parents[1]):
        del sys.path[0]


if __name__ == "__main__":
    _forget_current_folder()
    sys.exit(main())
