"""Saving on a disk that fails: the old file or the new one stands there, whole, and nothing else."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from files.documents import same, small
from files.failing_ops import FailingOps

from resnet_sim.errors import FileError
from resnet_sim.files.container import load, save
from resnet_sim.files.saving import CHUNK, FileOps, save_bytes

OLD, NEW = b"old" * 1000, b"new" * 700_000
PATHS = [each for each in sys.path if each]
FAULTS = [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EDQUOT]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file that was saved before."""
    path = tmp_path / "network.resnet"
    path.write_bytes(OLD)
    return path


def calls_of_a_save(folder: Path) -> list[str]:
    """The names of all calls a save over an old file makes."""
    path = folder / "counted"
    path.write_bytes(OLD)
    ops = FailingOps()
    save_bytes(path, NEW, ops)
    path.unlink()
    return ops.calls


def test_a_save_writes_forces_reads_again_and_replaces(tmp_path: Path) -> None:
    calls = calls_of_a_save(tmp_path)
    assert calls[:2] == ["stat", "open"]
    assert calls.count("write") == -(-len(NEW) // CHUNK)
    assert calls.index("fsync") < calls.index("read") < calls.index("replace")
    assert calls[-4:] == ["replace", "open", "fsync", "close"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: errno.errorcode[fault])
def test_whichever_call_fails_the_old_file_stays_and_nothing_else_is_left(target: Path, fault: int) -> None:
    calls = calls_of_a_save(target.parent)
    for at, name in enumerate(calls, 1):
        target.write_bytes(OLD)
        if at <= calls.index("replace") + 1:
            with pytest.raises(FileError) as caught:
                save_bytes(target, NEW, FailingOps(at, fault))
            assert "“network.resnet” was not saved: " in str(caught.value), name
            assert os.strerror(fault) in str(caught.value)
            assert "save it under another name" in str(caught.value)
            assert target.read_bytes() == OLD
        else:  # the new file stands already, read again and whole
            save_bytes(target, NEW, FailingOps(at, fault))
            assert target.read_bytes() == NEW
        assert os.listdir(target.parent) == [target.name], f"call {at}, {name}"


def test_a_write_that_takes_only_a_part_is_a_full_disk(target: Path) -> None:
    for at, name in enumerate(calls_of_a_save(target.parent), 1):
        if name == "write":
            with pytest.raises(FileError, match=os.strerror(errno.ENOSPC)):
                save_bytes(target, NEW, FailingOps(at, "short"))
            assert target.read_bytes() == OLD
            assert os.listdir(target.parent) == [target.name]


def test_a_disk_that_gives_back_something_else_is_noticed(target: Path) -> None:
    class Forgetful(FileOps):
        def read(self, fd: int, size: int) -> bytes:
            return super().read(fd, size).replace(b"n", b"m")

    with pytest.raises(FileError, match="what the disk gives back is not what was written"):
        save_bytes(target, NEW, Forgetful())
    assert target.read_bytes() == OLD
    assert os.listdir(target.parent) == [target.name]


def test_when_even_the_cleaning_up_fails_the_first_fault_is_told(target: Path) -> None:
    class Broken(FailingOps):
        def unlink(self, path: Path) -> None:
            raise OSError(errno.EIO, "no more")

    calls = calls_of_a_save(target.parent)
    with pytest.raises(FileError, match=os.strerror(errno.ENOSPC)):
        save_bytes(target, NEW, Broken(calls.index("write") + 1, errno.ENOSPC))
    assert target.read_bytes() == OLD


KILLED = """
import os, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from files.failing_ops import FailingOps
from resnet_sim.files.saving import save_bytes
for at in {calls!r}:
    child = os.fork()
    if child == 0:
        save_bytes(Path({target!r}), b"new" * 700_000, FailingOps(at, {fault!r}))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    found = Path({target!r}).read_bytes()
    what = {{b"old" * 1000: "old", b"new" * 700_000: "new"}}.get(found, "other")
    print(at, os.waitstatus_to_exitcode(status), what)
    Path({target!r}).write_bytes(b"old" * 1000)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("fault", ["die before", "die after"])
def test_killed_at_any_call_the_old_or_the_new_file_stands_there(target: Path, fault: str) -> None:
    calls = calls_of_a_save(target.parent)
    code = KILLED.format(paths=PATHS, calls=list(range(1, len(calls) + 1)), target=str(target), fault=fault)
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    found = [line.split() for line in ran.stdout.splitlines()]
    replaced = calls.index("replace") + (2 if fault == "die before" else 1)
    assert [line[1] for line in found] == ["9"] * len(calls)
    assert [line[2] for line in found] == ["old" if at < replaced else "new" for at in range(1, len(calls) + 1)]


SAVING_FOR_EVER = """
import sys
sys.path[:0] = {paths!r}
from resnet_sim.files.saving import save_bytes
print("ready", flush=True)
n = 0
while True:
    n += 1
    save_bytes({target!r}, (b"%09d" % n) * 100_000)
"""


@pytest.mark.slow
def test_killed_at_a_hundred_random_moments_a_whole_file_stands_there(target: Path) -> None:
    code = SAVING_FOR_EVER.format(paths=PATHS, target=str(target))
    random = Random(1)
    for _ in range(100):
        with subprocess.Popen([sys.executable, "-P", "-c", code], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(random.uniform(0.005, 0.08))  # the moment is what is random here
            child.kill()
        found = target.read_bytes()
        assert found == OLD or found == found[:9] * 100_000


FULL = """
import resource, signal, sys
sys.path[:0] = {paths!r}
from resnet_sim.errors import FileError
from resnet_sim.files.saving import save_bytes
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    save_bytes({target!r}, bytes(5_000_000))
except FileError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limit on file sizes")
def test_where_there_is_no_more_room_the_old_file_stays(target: Path) -> None:
    code = FULL.format(paths=PATHS, target=str(target))
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert "was not saved: No space left on device" in ran.stdout
    assert target.read_bytes() == OLD
    assert os.listdir(target.parent) == [target.name]


# --- places -----------------------------------------------------------------------------------------------------------

NAMES = ["with spaces.resnet", "café.resnet", "cafe\u0301.resnet", "网络.resnet", "🙂.resnet", "שלום.resnet",
         "n" * 248 + ".resnet",
         "no ending", ".hidden", "two..dots", "-dash", "per%cent", "{brace}", "a'b\"c"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_of_any_name_comes_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a folder é" / name
    path.parent.mkdir()
    digest = save(path, small())
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert same(load(path), small())
    assert same(load(str(path)), small())


def test_a_relative_path_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save("x.resnet", small())
    assert same(load("x.resnet"), small())


def test_a_file_may_be_given_in_pieces(target: Path) -> None:
    digest = save_bytes(target, (bytes([n]) * n for n in range(100)))
    assert target.read_bytes() == b"".join(bytes([n]) * n for n in range(100))
    assert digest == hashlib.sha256(target.read_bytes()).hexdigest()


posix = pytest.mark.skipif(sys.platform == "win32", reason="permission bits and links are those of POSIX")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_permission_bits_are_kept(target: Path, mode: int) -> None:
    target.chmod(mode)
    save_bytes(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == mode


@posix
def test_a_new_file_is_as_open_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    save_bytes(tmp_path / "ours", NEW)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@posix
def test_a_link_is_followed_and_stays_a_link(target: Path) -> None:
    (target.parent / "there").mkdir()
    link = target.parent / "there" / "link.resnet"
    link.symlink_to(target)
    save_bytes(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert os.listdir(link.parent) == ["link.resnet"]


@posix
def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(FileError, match="“a” was not saved"):
        save_bytes(tmp_path / "a", NEW)


def test_a_write_protected_file_is_not_replaced(target: Path) -> None:
    target.chmod(0o444)
    with pytest.raises(FileError, match="the file is write-protected"):
        save_bytes(target, NEW)
    assert target.read_bytes() == OLD
    target.chmod(0o644)


@pytest.mark.parametrize("path", ["", "gone/x.resnet", "network.resnet/x", "nul\0byte", "n" * 300])
def test_a_place_where_nothing_can_be_put_is_refused(target: Path, path: str) -> None:
    with pytest.raises(FileError, match="was not saved"):
        save_bytes(target.parent / path, NEW)
    assert os.listdir(target.parent) == [target.name]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="it is no ordinary file"):
        save_bytes(tmp_path / "pipe", NEW)


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: errno.errorcode[fault])
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(target: Path, fault: int) -> None:
    for at in (1, 2):
        with pytest.raises(FileError) as caught:
            load(target, FailingOps(at, fault))
        assert str(caught.value) == f"“network.resnet” cannot be opened: {os.strerror(fault)}."


@pytest.mark.parametrize(("path", "words"), [("gone", "No such file"), ("", "it is a folder"), ("nul\0", "null")])
def test_a_place_where_no_file_is_is_refused(tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(FileError, match=words):
        load(tmp_path / path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.resnet")
    with pytest.raises(FileError, match="it is no ordinary file"):
        load(tmp_path / "pipe.resnet")
