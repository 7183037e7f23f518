#!/usr/bin/env python3
"""Starts ResNet Sim, or its tests, from a fresh copy: everything either needs is set up first.

    python3 run.py                        the window
    python3 run.py FILE                   the window with FILE open
    python3 run.py VERB ...               the command line: check, train, insert, compare, examples
    python3 run.py setup [--test]         only the set-up; --test: with what the tests need
    python3 run.py test                   all checks: format, lint, types, imports, tests, window tests on Xvfb
    python3 run.py test --slow            only the tests marked slow
    python3 run.py test PYTEST-ARGUMENTS  only these tests, without the other checks

The set-up makes .venv beside this file and installs the program and what it builds on. Missing system libraries
are installed where that is possible (Debian or Ubuntu, as root) and named where it is not. Later starts are quick.
Only the standard library is used here, so that any python3 can run this file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

NEEDED = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.14", "python3.11")
ROOT = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "resnet_sim.stamp")
COMMANDS = ("check", "train", "insert", "compare", "examples", "benchmark")  # as resnet_sim.cli.VERBS, under test

# Shared libraries and the Debian package of each. Qt names one of them whichever is missing, so each is tried.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libzstd.so.1": "libzstd1",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
PROBE = """
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""
# A process for each core; a file stays in one, because its tests share what they trained.
EVERY_CORE = ["--numprocesses=auto", "--dist=loadfile"]
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}


class StopError(Exception):
    """The set-up cannot go on; the text says what failed and what to do."""


def say(text: str) -> None:
    """One line for the person who waits, before whatever a child process prints next."""
    print(text, flush=True)


# --- which Python ------------------------------------------------------------------------------------------------


def new_enough(python: str) -> bool:
    """Whether `python` starts and is at least NEEDED (a shim on PATH may stand for nothing)."""
    question = f"import sys; sys.exit(sys.version_info < {NEEDED})"
    try:
        return subprocess.run([python, "-c", question], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def with_a_newer_python(arguments: list[str]) -> int:
    """Runs this file again with a python3 from PATH that is new enough, or raises StopError."""
    for name in NEWER:
        found = shutil.which(name)
        if found and new_enough(found):
            return replace_by([found, os.path.abspath(__file__), *arguments])
    raise StopError(
        "ResNet Sim needs Python {}.{} or newer, this is {}.{}, and none of {} is on the PATH: "
        "please install one of them.".format(*NEEDED, *sys.version_info[:2], ", ".join(sorted(NEWER)))
    )


def replace_by(command: list[str]) -> int:
    """Becomes `command`; Windows has no exec that waits, so there it is a child."""
    sys.stdout.flush()
    if WINDOWS:
        return subprocess.call(command)
    os.execv(command[0], command)


# --- the environment ---------------------------------------------------------------------------------------------


def fingerprint(pyproject: bytes, python: str, root: str) -> str:
    """What an environment depends on, as one hash: the packages asked for, its Python, and where both stand.

    Only the parts of pyproject.toml that decide the packages count, so that a new lint rule costs no set-up.
    """
    import tomllib  # an older Python, which has none, still has to get as far as saying that it is too old

    asked = tomllib.loads(pyproject.decode())
    parts = [asked.get("build-system"), asked.get("project"), asked.get("tool", {}).get("hatch"), python, root]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stamp_for(extra: str) -> dict[str, str]:
    """The stamp that an environment with `extra` ("" or "test") carries once it is complete."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        return {"fingerprint": fingerprint(file.read(), os.path.realpath(PYTHON), ROOT), "extra": extra}


def is_complete(stamp: object, wanted: dict[str, str]) -> bool:
    """Whether an environment with this stamp has all that `wanted` asks for (test has all that the program needs)."""
    if not isinstance(stamp, dict) or stamp.get("fingerprint") != wanted["fingerprint"]:
        return False
    return stamp.get("extra") in (wanted["extra"], "test")


def read_stamp() -> object:
    """The stamp as it was written, or None where there is none that can be read."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def is_ready(extra: str) -> bool:
    """Whether .venv is complete for `extra` as it stands."""
    return os.path.exists(PYTHON) and is_complete(read_stamp(), stamp_for(extra))


def ensure_environment(extra: str) -> None:
    """Makes .venv complete for `extra`, or raises StopError. The stamp goes first and comes last."""
    if is_ready(extra):
        return
    with only_one_set_up():
        if is_ready(extra):
            return
        with contextlib.suppress(FileNotFoundError):
            os.remove(STAMP)
        if not (os.path.exists(PYTHON) and new_enough(PYTHON) and has_module(PYTHON, "pip._internal.cli.main")):
            create_environment()
        install(extra)
        stamp = stamp_for(extra)
        with open(STAMP + ".new", "w", encoding="utf-8") as file:
            json.dump(stamp, file)
        os.replace(STAMP + ".new", STAMP)


@contextlib.contextmanager
def only_one_set_up():  # type: ignore[no-untyped-def]
    """Two first starts at once take turns (where the system can lock a folder)."""
    try:
        import fcntl

        folder = os.open(ROOT, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is setting up; waiting for it ...")
                fcntl.flock(folder, fcntl.LOCK_EX)
            os.set_inheritable(folder, True)  # a pip that outlives this process still holds the place
        yield
    finally:
        os.close(folder)


def has_module(python: str, *names: str) -> bool:
    """Whether `python` can import all modules `names`."""
    command = [python, "-I", "-c", "import " + ", ".join(names)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def create_environment() -> None:
    """A new .venv; asked of a child process, because Debian's venv ends the process that lacks ensurepip."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    if not has_module(base, "ensurepip"):
        install_venv_module(base)
    say("Making the environment .venv ...")
    made = subprocess.run([base, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise StopError(
            f"The environment {VENV} could not be made. {base} -m venv said:\n{made.stdout.decode(errors='replace')}"
        )


def install_venv_module(base: str) -> None:
    """Debian and Ubuntu keep ensurepip in a package of its own; any other Python without it is beyond repair here."""
    if not os.path.realpath(base).startswith("/usr/bin/") or not shutil.which("apt-get"):
        raise StopError(
            f"{base} was built without ensurepip, which makes the environment. Please install it, "
            "or start this file with another Python."
        )
    exact = "python{}.{}-venv".format(*sys.version_info[:2])
    apt_install(["python3-venv" if base.endswith("/python3") else exact], "Python's own venv")
    if not has_module(base, "ensurepip"):
        apt_install([exact], "Python's own venv")


def install(extra: str) -> None:
    """Installs the program, editable, with what it needs; other packages in .venv stay as they are."""
    say("Installing the packages this program builds on (once; a minute or so) ...")
    target = f"{ROOT}[{extra}]" if extra else ROOT
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--editable", target]
    # A user's `pip config set global.user true` would send the packages elsewhere; offline, patience helps nobody.
    environment = {"PIP_RETRIES": "2", **os.environ, "PIP_USER": "0"}
    said: list[str] = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=False
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            text = line.decode(errors="replace").rstrip()
            said.append(text)
            if text.lstrip().startswith(("Downloading", "Installing collected")) and len(text) < 200:
                say("  " + text.strip())
    if pip.returncode:
        errors = [line.strip() for line in said if "ERROR" in line or "error:" in line] or said
        raise StopError(
            "The set-up did not finish: pip could not install the packages this program builds on. Please check that "
            "this machine is online (or that pip is told its proxy or package index) and that the disk is not full, "
            "then start again: it goes on from there. If it stumbles once more, delete .venv first.\n"
            "pip's last words:\n  " + "\n  ".join(errors[-4:])
        )


# --- system libraries --------------------------------------------------------------------------------------------


def needed_libraries(environment: dict[str, str]) -> dict[str, str]:
    """The libraries a window needs on the screen that `environment` names (no name: X11)."""
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if not platform:
        platform = "wayland" if environment.get("WAYLAND_DISPLAY") and not environment.get("DISPLAY") else "xcb"
    if platform.startswith("wayland"):
        return {**QT_LIBRARIES, **WAYLAND_LIBRARIES}
    return {**QT_LIBRARIES, **X11_LIBRARIES} if platform == "xcb" else QT_LIBRARIES


def has_screen(environment: dict[str, str]) -> bool:
    """Whether `environment` names a screen, or a Qt platform that needs none."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(environment.get(name) for name in names)


def missing_libraries(libraries: dict[str, str]) -> list[str]:
    """Those of `libraries` that .venv's Python cannot load; only Linux leaves them to the system."""
    if not sys.platform.startswith("linux"):
        return []
    probe = subprocess.run([PYTHON, "-I", "-S", "-c", PROBE, *libraries], stdout=subprocess.PIPE, check=False)
    return probe.stdout.decode().split()


def packages_of(libraries: list[str]) -> list[str]:
    """The Debian packages of `libraries`, each once."""
    known = {**QT_LIBRARIES, **X11_LIBRARIES, **WAYLAND_LIBRARIES}
    return list(dict.fromkeys(known[name] for name in libraries))


def ensure_libraries(libraries: dict[str, str]) -> None:
    """Every one of `libraries` can be loaded afterwards, or StopError says which are missing and what to do."""
    missing = missing_libraries(libraries)
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise StopError(
            f"The window needs these system libraries, which are missing here: {', '.join(missing)}. "
            "Please install them with this system's package manager."
        )
    apt_install(packages_of(missing), "the system libraries of the window")
    still = missing_libraries(libraries)
    if still:
        raise StopError(f"These system libraries cannot be loaded even though installed: {', '.join(still)}.")


def is_root() -> bool:
    """Whether apt-get may install here."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def first_large(text: str) -> str:
    """`text` as a sentence begins."""
    return text[:1].upper() + text[1:]


def apt_install(packages: list[str], what: str) -> None:
    """Installs Debian packages as root; otherwise raises StopError with the command that does."""
    if not (is_root() and shutil.which("apt-get")):
        raise StopError(
            f"{first_large(what)} must be installed first:\n  sudo apt-get install {' '.join(todays_names(packages))}"
        )
    say(f"Installing {what} ({' '.join(packages)}) ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = ""
    # The names are looked up first: a system never updated knows none, and newer ones add t64 to some.
    for attempt in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends"]):
        names = todays_names(packages) if attempt[0] == "install" else []
        done = subprocess.run(
            ["apt-get", *attempt, *names],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = done.stdout.decode(errors="replace")
    if done.returncode:
        last = [line for line in said.splitlines() if line.startswith("E:")] or said.splitlines()
        raise StopError(
            f"{first_large(what)} could not be installed (apt-get install {' '.join(packages)}). "
            "Please check that this machine is online and try again.\napt-get's last words:\n  "
            + "\n  ".join(last[-4:])
        )


def todays_names(packages: list[str]) -> list[str]:
    """The names this release has: `libglib2.0-0` is `libglib2.0-0t64` since 2024."""
    chosen = []
    for name in packages:
        known = [each for each in (name, name + "t64") if is_installable(each)]
        chosen.append(known[0] if known else name)
    return chosen


def is_installable(package: str) -> bool:
    """Whether apt has a version of `package` to install (a name that is only provided by another has none)."""
    try:
        asked = subprocess.run(["apt-cache", "policy", package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return any("Candidate:" in line and "(none)" not in line for line in asked.stdout.decode().splitlines())


# --- the checks --------------------------------------------------------------------------------------------------


def run_checks(arguments: list[str]) -> int:
    """`run.py test`: every step even if one fails, then a summary whose last line counts the tests."""
    ensure_environment("test")
    ensure_libraries(QT_LIBRARIES)
    slow = "--slow" in arguments
    patient = ["-m", "slow", "-o", "faulthandler_timeout=900"]
    chosen = [each for each in arguments if each != "--slow"] + (patient if slow else [])
    tool = [PYTHON, "-P", "-m"]
    with tempfile.TemporaryDirectory(prefix="resnet_sim-tests-") as reports:
        report = Steps(reports)
        if not chosen:
            report.check("ruff format", [*tool, "ruff", "format", "--check", "."])
            report.check("ruff check", [*tool, "ruff", "check", "."])
            report.check("mypy", [*tool, "mypy"])
            lint = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
            report.check("import-linter", [PYTHON, "-P", "-c", lint])
        report.tests("pytest, offscreen", chosen or EVERY_CORE, {"RESNET_SIM_TEST_PLATFORM": "offscreen"})
        if not chosen:
            window_tests(report)
        return report.summary()


def window_tests(report: Steps) -> None:
    """The tests of the window a second time, on a real X11 screen made for them."""
    name = "pytest tests/ui, Xvfb"
    if not os.path.isdir(os.path.join(ROOT, "tests", "ui")):
        report.skip(name, "there are no window tests yet")
        return
    try:
        if not shutil.which("Xvfb"):
            apt_install(["xvfb"], "the virtual screen of the window tests")
        ensure_libraries({**QT_LIBRARIES, **X11_LIBRARIES})
        cores = os.cpu_count() or 1
        with contextlib.ExitStack() as screens:
            # One each: two windows on one screen would take the focus from each other.
            displays = " ".join(screens.enter_context(virtual_screen()) for _ in range(cores))
            environment = {"RESNET_SIM_TEST_PLATFORM": "xcb", "RESNET_SIM_TEST_DISPLAYS": displays}
            report.tests(name, ["tests/ui", f"--numprocesses={cores}", "--dist=loadfile"], environment)
    except StopError as reason:
        report.skip(name, str(reason))


@contextlib.contextmanager
def virtual_screen():  # type: ignore[no-untyped-def]
    """An Xvfb on a free display; yields the value of DISPLAY."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()  # an Xvfb that cannot start closes the pipe: an empty line
        if not number:
            raise StopError("Xvfb does not start here.")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


class Steps:
    """The steps of one check run: what each took, how it ended, and the tests counted over all of them."""

    def __init__(self, reports: str) -> None:
        self.reports = reports
        self.lines: list[str] = []
        self.passed = self.failed = self.skipped = 0
        self.all_well = True

    def check(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> int:
        """Runs one step in the repository and keeps its line for the summary; its exit code."""
        say(f"\n== {name}")
        started = time.monotonic()
        code = subprocess.call(command, cwd=ROOT, env={**os.environ, **(environment or {})})
        self.keep(name, time.monotonic() - started, code == 0)
        return code

    def keep(self, name: str, seconds: float, well: bool) -> None:
        """One line of the summary."""
        self.all_well &= well
        self.lines.append(f"{name:24} {'ok' if well else 'FAILED':8} {seconds:6.1f} s")

    def skip(self, name: str, reason: str) -> None:
        """A step that did not run, with its reason."""
        self.lines.append(f"{name:24} skipped: {reason}")

    def tests(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        """One pytest run, counted from its own report."""
        say(f"\n== {name}")
        started = time.monotonic()
        report = os.path.join(self.reports, f"{len(self.lines)}.xml")
        command = [PYTHON, "-P", "-m", "pytest", *arguments, f"--junit-xml={report}"]
        code = subprocess.call(command, cwd=ROOT, env={**os.environ, **ONE_THREAD, **environment})
        passed, failed, skipped = counted(report)
        self.passed, self.skipped = self.passed + passed, self.skipped + skipped
        self.failed += max(failed, 1 if code not in (0, 5) else 0)
        if code == 5:
            self.skip(name, "no test was selected")
        else:
            self.keep(name, time.monotonic() - started, code == 0)
            self.lines[-1] += f"   {passed} passed, {failed} failed, {skipped} skipped"

    def summary(self) -> int:
        """Prints the summary and the closing line; the exit code."""
        say("\n== summary")
        for line in self.lines:
            say(line)
        say("All is well." if self.all_well else "Something failed: see above.")
        say(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 0 if self.all_well else 1


def counted(report: str) -> tuple[int, int, int]:
    """(passed, failed, skipped) of a JUnit report; nothing where there is none."""
    import xml.etree.ElementTree as ElementTree  # only tests need it, and it takes its time

    try:
        suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return 0, 0, 0
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return max(total - failures - errors - skipped, 0), failures + errors, skipped


# --- the verbs ---------------------------------------------------------------------------------------------------


def needs_window(arguments: list[str]) -> bool:
    """Whether the program will open its window: no argument, or one that is neither a verb nor an option (a file)."""
    return not arguments or not (arguments[0] in COMMANDS or arguments[0].startswith("-"))


def start(arguments: list[str]) -> int:
    """The program itself, in the user's folder; -P keeps Python files that lie there from being imported."""
    ensure_environment("")
    # Without a screen the program says so itself; whoever must type a password for libraries is spared it.
    if needs_window(arguments) and (has_screen(dict(os.environ)) or is_root()):
        ensure_libraries(needed_libraries(dict(os.environ)))
    return replace_by([PYTHON, "-P", "-m", "resnet_sim", *arguments])


def main(arguments: list[str]) -> int:
    """The exit code."""
    if sys.version_info < NEEDED:
        return with_a_newer_python(arguments)
    verb = arguments[0] if arguments else ""
    if verb == "setup":
        test = "--test" in arguments
        ensure_environment("test" if test else "")
        ensure_libraries(QT_LIBRARIES if test else needed_libraries(dict(os.environ)))
        say("Everything is set up.")
        return 0
    if verb == "test":
        return run_checks(arguments[1:])
    if verb in ("--help", "-h"):
        say(str(__doc__))
        return start(arguments) if is_ready("") else 0
    return start(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StopError as stop:
        print(stop, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
