"""The wheel holds the program with its resources, and finds them there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="the wheel is built with hatchling, which the test extra installs")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, laid out as an installation has it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-P", "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    target = folder / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            archive.extract(member, target)
    return target


def test_holds_every_resource(unpacked: Path) -> None:
    shipped = [path.relative_to(ROOT) for path in (ROOT / "resources").rglob("*") if path.is_file()]
    assert [path.as_posix() for path in shipped if not (unpacked / "resnet_sim" / path).is_file()] == []


@pytest.mark.parametrize(
    "pattern", ["fonts/Inter-Regular.ttf", "datasets/digits.npz", "examples/*.resnet", "schema.json", "NOTICES"]
)
def test_holds_what_the_program_cannot_do_without(unpacked: Path, pattern: str) -> None:
    assert list((unpacked / "resnet_sim" / "resources").glob(pattern))


def test_holds_every_module_and_no_tests(unpacked: Path) -> None:
    modules = [path.relative_to(ROOT) for path in (ROOT / "resnet_sim").rglob("*.py")]
    assert [path.as_posix() for path in modules if not (unpacked / path).is_file()] == []
    (info,) = unpacked.glob("*.dist-info")
    assert sorted(each.name for each in unpacked.iterdir()) == sorted(["resnet_sim", info.name])
    assert "resnet-sim = resnet_sim.__main__:main" in (info / "entry_points.txt").read_text(encoding="utf-8")


def test_finds_its_resources_where_it_lies(unpacked: Path, tmp_path: Path) -> None:
    code = "import resnet_sim.assets as assets; print(assets.resources())"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()) == unpacked / "resnet_sim" / "resources"
