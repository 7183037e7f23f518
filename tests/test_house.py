"""The rules of the house that no linter knows: rooms, borders, file sizes, notices, and what code may never do."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "resnet_sim"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), ROOT / "run.py"]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: list[dict[str, Any]] = PYPROJECT["tool"]["importlinter"]["contracts"]

MOST_LINES = 350
# Longer files, each with the reason why it is one room and not two.
LONG = {
    "cli/__init__.py": "one verb after the other, each short, with the tables they print",
    "engine/messages.py": "the whole protocol is a list that is read as one",
}
# Exceptions to a rule whose reason is the same everywhere; all others say theirs beside them.
SELF_EXPLAINING = {"N802": "a method of Qt that is overridden has Qt's name"}
# Modules that import more than the program needs, each imported only on use.
ON_USE = {
    "resnet_sim.engine.backends.cupy": "needs CuPy, which is asked for only where there is a GPU",
    "resnet_sim.benchmark.torch_peer": "needs PyTorch, which is compared with only where it is installed",
}


def place(path: Path) -> str:
    """The path as it is written in a finding."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """resnet_sim/files/__init__.py -> resnet_sim.files"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(path: Path) -> str:
    """The part of the package a module belongs to: `engine` for engine/plan.py, `__main__` for __main__.py."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


def fresh_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`code` in a process of its own, which has imported nothing yet."""
    command = [sys.executable, "-P", "-c", code, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


# --- rooms and borders -------------------------------------------------------------------------------------------


def test_every_room_has_its_place_in_the_order_of_imports() -> None:
    (order,) = (each for each in CONTRACTS if each["type"] == "layers")
    assert order["exhaustive"] is True
    assert order["containers"] == ["resnet_sim"]
    named = {name.strip() for line in order["layers"] for name in line.split("|")}
    assert {room(path) for path in MODULES} - {"__init__"} <= named


def test_every_room_but_the_window_is_forbidden_qt() -> None:
    (border,) = (each for each in CONTRACTS if "PySide6" in each.get("forbidden_modules", ()))
    outside = {room(path) for path in MODULES} - {"__init__", "__main__", "ui"}
    assert {f"resnet_sim.{name}" for name in outside} <= set(border["source_modules"])


def test_no_room_but_the_window_reaches_qt() -> None:
    names = [module_name(path) for path in MODULES if room(path) not in ("ui", "__main__")]
    names = [name for name in names if name not in ON_USE]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "heavy = {'PySide6', 'shiboken6', 'pyqtgraph', 'torch', 'onnx', 'cupy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or None)\n"
    )
    ran = fresh_python(code, *names)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_verb_reaches_no_qt() -> None:
    code = (
        "import sys, resnet_sim.__main__ as door\n"
        "try:\n"
        "    door.main(['--version'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "sys.exit('PySide6' in sys.modules)\n"
    )
    ran = fresh_python(code)
    assert (ran.returncode, ran.stderr) == (0, "")


# --- files and words ---------------------------------------------------------------------------------------------


def test_files_are_of_a_length_one_can_read_in_one_sitting() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    too_long = {name for name, count in lines.items() if count > MOST_LINES}
    assert too_long == set(LONG), "a long file is split, or gets its reason in LONG; a reason without need goes"


def test_every_module_says_what_it_is_for() -> None:
    silent = [place(path) for path, tree in trees() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_nothing_is_left_to_be_done_later() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    found = [place(path) for path in SOURCES if later.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_exception_to_a_rule_has_its_reason_beside_it() -> None:
    exception = re.compile(r"#\s*(noqa\b(:\s*[A-Z0-9, ]+\d)?|type:\s*ignore(\[[\w, -]+\])?)(?P<reason>.*)$")
    found = [
        f"{place(path)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (hit := exception.search(line)) and len(hit["reason"].strip(" #-:")) < 8
        if not any(rule in hit[0] for rule in SELF_EXPLAINING)
    ]
    assert found == []


# --- what code may never do --------------------------------------------------------------------------------------

FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "yaml"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_METHODS = {"extractall"}
FORBIDDEN_ARGUMENTS = {"shell", "allow_pickle"}
WAITING = {"waitForFinished", "waitForStarted", "waitForReadyRead", "waitForBytesWritten", "processEvents"}


def offences(tree: ast.Module) -> list[tuple[int, str]]:
    """(line, word) of everything through which a file could run code, or a command a shell."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [(node.lineno, name) for name in names if name.split(".")[0] in FORBIDDEN_IMPORTS]
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                found.append((node.lineno, node.func.id))
            if isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_METHODS:
                found.append((node.lineno, node.func.attr))
            found += [
                (node.lineno, keyword.arg or "")
                for keyword in node.keywords
                if keyword.arg in FORBIDDEN_ARGUMENTS
                and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
            ]
    return found


def test_nothing_in_the_program_runs_code_from_a_file() -> None:
    found = [f"{place(path)}:{line} {word}" for path, tree in trees() for line, word in offences(tree)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from pickle import loads", "eval(x)", "z.extractall()", "np.load(f, allow_pickle=True)"],
)
def test_the_search_for_such_code_finds_it(line: str) -> None:
    assert offences(ast.parse(line))


def test_only_discovery_imports_by_name() -> None:
    found = [place(path) for path in MODULES if "import_module" in path.read_text(encoding="utf-8")]
    assert found == ["resnet_sim/discovery.py"]


def test_the_window_never_waits_and_has_no_threads() -> None:
    found = [
        f"{place(path)}:{node.lineno} {word}"
        for path, tree in trees()
        if room(path) == "ui"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
        if (word := node.attr if isinstance(node, ast.Attribute) else node.id) in {*WAITING, "Thread", "QThread"}
    ]
    assert found == []


# --- what is shipped ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["fonts", "datasets"])
def test_every_font_and_data_set_is_in_the_notices(folder: str) -> None:
    notices = (ROOT / "resources" / "NOTICES").read_text(encoding="utf-8")
    shipped = [path for path in (ROOT / "resources" / folder).iterdir() if path.suffix in {".ttf", ".otf", ".npz"}]
    assert shipped
    assert [path.name for path in shipped if path.name not in notices] == []


def test_the_repository_names_no_package_index() -> None:
    assert not {"uv", "poetry", "pdm"} & set(PYPROJECT["tool"])
    address = re.compile(r"index-url|find-links|\[\[.*(source|index)\]\]|://[\w.]*pypi|trusted-host")
    files = [ROOT / "pyproject.toml", ROOT / "run.py", *(ROOT / ".ci").iterdir()]
    assert [place(path) for path in files if address.search(path.read_text(encoding="utf-8"))] == []
    assert [path.name for path in ROOT.glob("*.lock")] == []
