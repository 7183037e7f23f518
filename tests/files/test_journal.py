"""The journal: after any accident, the newest sound state is found, and nothing is removed before it is saved."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from files.failing_ops import FailingOps

from resnet_sim.errors import FileError
from resnet_sim.files.journal import ASIDE, Journal, Recovered, Where, recover, set_aside
from resnet_sim.files.saving import FileOps, save_bytes
from resnet_sim.files.schema import encode
from resnet_sim.network import templates
from resnet_sim.network.experiment import DataReference, Experiment

START = Experiment(templates.mlp(1, 4, 3, flatten=False), DataReference("iris"))


def edit(number: int) -> Experiment:
    """The experiment after so many edits; its title has letters of several bytes and what separates fields."""
    return replace(START, title=f"Größe\t{number}\n🙂")


def ticking(start: float = 0.0) -> Callable[[], float]:
    """A clock that is one second later at every look."""
    ticks = itertools.count(1)
    return lambda: start + next(ticks)


def written(folder: Path, edits: int = 3, start: float = 0.0, document: str = "") -> Path:
    """A journal of so many edits, its program gone."""
    journal = Journal(folder, clock=ticking(start))
    for number in range(1, edits + 1):
        journal.append(edit(number), Where(document, number, 10 * number))
    journal.close()
    return journal.path


def newest(folder: Path) -> Recovered:
    (found,) = recover(folder)
    return found


def test_the_last_edit_comes_back_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, document="/home/me/größe.resnet")
    found = newest(tmp_path)
    assert found == Recovered(path, edit(3), Where("/home/me/größe.resnet", 3, 30), 3.0, 3)
    assert found.damaged == 0


def test_a_document_that_was_never_saved_comes_back(tmp_path: Path) -> None:
    written(tmp_path)
    assert newest(tmp_path).where.document == ""


def test_nothing_is_written_before_the_first_edit(tmp_path: Path) -> None:
    Journal(tmp_path / "new").close()
    assert not (tmp_path / "new").exists()
    assert recover(tmp_path / "new") == ()


def test_a_last_line_torn_at_any_byte_costs_that_edit_only(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    last = data.rindex(b"\n", 0, -1)
    for end in range(last, len(data)):
        path.write_bytes(data[:end])
        found = newest(tmp_path).experiment
        whole = end == len(data) - 1  # only its line break is missing: every byte of the edit is there
        assert found == edit(3 if whole else 2), end


def test_a_flipped_bit_anywhere_never_gives_a_state_that_was_not_there(tmp_path: Path) -> None:
    path = written(tmp_path, edits=2)
    data = path.read_bytes()
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= 1 << (at % 8)
        path.write_bytes(broken)
        found = recover(tmp_path)
        assert found, at
        assert found[0].experiment in (edit(1), edit(2)), at
        if data.rindex(b"\n", 0, -1) < at < len(data) - 1:
            assert found[0].experiment == edit(1), at


def test_a_broken_line_in_the_middle_does_not_hide_what_follows(tmp_path: Path) -> None:
    path = written(tmp_path)
    first, second, third = path.read_bytes().strip().split(b"\n\n")
    path.write_bytes(b"\n".join((first, b"00000000\t{}\t{}", second[:50], third, b"")))
    assert newest(tmp_path).experiment == edit(3)


def test_a_newer_but_broken_journal_does_not_hide_a_good_one(tmp_path: Path) -> None:
    good = written(tmp_path, edits=2, start=100)
    bad = written(tmp_path, edits=1, start=200)
    bad.write_bytes(bad.read_bytes()[:-5])
    assert newest(tmp_path).journal == good


def test_of_two_journals_the_newer_stands_first(tmp_path: Path) -> None:
    older = written(tmp_path, edits=5, start=100, document="a.resnet")
    newer = written(tmp_path, edits=2, start=200, document="b.resnet")
    assert [each.journal for each in recover(tmp_path)] == [newer, older]
    assert [each.where.document for each in recover(tmp_path)] == ["b.resnet", "a.resnet"]


def test_a_journal_that_is_being_written_to_is_not_offered(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(edit(1))
    assert recover(tmp_path) == ()
    journal.close()
    assert newest(tmp_path).experiment == edit(1)


def test_what_is_no_journal_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "folder.journal").mkdir()
    (tmp_path / "empty.journal").touch()
    (tmp_path / "noise.journal").write_bytes(os.urandom(5000))
    (tmp_path / "notes.txt").write_text("00000000\t{}\t{}\n")
    assert recover(tmp_path) == ()


def test_a_killed_program_loses_nothing_it_had_noted(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from files.test_journal import Journal, Where, edit\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(1, 8):\n"
        "    journal.append(edit(number), Where('', number))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root), str(root / "tests")))}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=False)
    assert newest(tmp_path).experiment == edit(7)


def test_a_journal_stays_short_and_keeps_the_newest_state(tmp_path: Path) -> None:
    line = len(encode(edit(1)))
    journal = Journal(tmp_path, limit=10 * line)
    sizes = []
    for number in range(1, 60):
        journal.append(edit(number))
        journal.sync()
        sizes.append(journal.path.stat().st_size)
    assert max(sizes) < 13 * line
    assert min(sizes[20:]) < 3 * line
    journal.close()
    assert newest(tmp_path).experiment == edit(59)
    assert list(tmp_path.iterdir()) == [journal.path]


def test_a_rewrite_that_fails_anywhere_loses_at_most_its_own_edit(tmp_path: Path) -> None:
    line = len(encode(edit(1)))
    calls = counted(tmp_path / "count", line)
    assert calls.calls.count("replace") == 1
    first = calls.calls.index("replace") - 12
    for at in range(first, len(calls.calls) + 1):
        folder = tmp_path / str(at)
        ops = FailingOps(at, errno.EIO)
        journal = Journal(folder, ops, limit=8 * line)
        made = 0
        for number in range(1, 12):
            try:
                journal.append(edit(number))
            except FileError:
                assert number > 1
            else:
                made = number
            with suppress(FileError):
                journal.sync()
        journal.close()
        assert made >= 10, at
        assert newest(folder).experiment == edit(made), at


def counted(folder: Path, line: int) -> FailingOps:
    """The calls of a journal that is rewritten once."""
    ops = FailingOps()
    journal = Journal(folder, ops, limit=8 * line)
    for number in range(1, 12):
        journal.append(edit(number))
        journal.sync()
    journal.close()
    return ops


def test_an_edit_never_waits_for_the_disk(tmp_path: Path) -> None:
    ops = FailingOps()
    journal = Journal(tmp_path, ops, limit=1)
    for number in range(40):
        journal.append(edit(number))
    assert {"fsync", "replace"}.isdisjoint(ops.calls)
    journal.sync()
    assert {"fsync", "replace"} <= {*ops.calls}
    assert journal.path.stat().st_size < 2 * len(encode(edit(1)))
    journal.close()
    assert newest(tmp_path).experiment == edit(39)


def test_a_failed_write_is_told_and_the_next_one_is_sound(tmp_path: Path) -> None:
    ops = Full()
    journal = Journal(tmp_path, ops)
    journal.append(edit(1))
    ops.room = 40
    with pytest.raises(FileError, match="cannot be noted"):
        journal.append(edit(2))
    ops.room = 1 << 30
    journal.append(edit(3))
    journal.close()
    assert newest(tmp_path).experiment == edit(3)


class Full(FileOps):
    """A disk with so many bytes of room."""

    def __init__(self) -> None:
        self.room = 1 << 30

    def write(self, fd: int, data: bytes | bytearray | memoryview) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(fd, data[: self.room])
        self.room -= taken
        return taken


def test_sync_waits_for_the_disk_once_for_all_that_was_written(tmp_path: Path) -> None:
    ops = FailingOps()
    journal = Journal(tmp_path, ops)
    for number in range(5):
        journal.append(edit(number))
    assert "fsync" not in ops.calls
    journal.sync()
    journal.sync()
    assert ops.calls.count("fsync") == 1
    journal.close()


def test_the_journal_goes_only_when_the_document_is_saved(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journals")
    journal.append(edit(1))
    file = tmp_path / "mine.resnet"
    digest = save_bytes(file, b"all of it")
    file.write_bytes(b"all of i?")
    with pytest.raises(FileError, match="kept for a recovery"):
        journal.forget(file, digest, edit(1))
    with pytest.raises(FileError, match="kept for a recovery"):
        journal.forget(tmp_path / "elsewhere.resnet", digest, edit(1))
    assert journal.path.exists()
    save_bytes(file, b"all of it")
    assert not journal.forget(file, digest, edit(0))  # what was saved is older than the last edit
    assert journal.path.exists()
    assert journal.forget(file, digest, edit(1))
    assert not journal.path.exists()
    assert journal.forget(file, digest, edit(1))
    journal.append(edit(2))
    journal.close()
    assert newest(tmp_path / "journals").experiment == edit(2)


def test_recovering_changes_nothing_and_the_journal_goes_on(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    before = path.read_bytes()
    found = newest(tmp_path)
    assert found == newest(tmp_path)
    assert path.read_bytes() == before
    journal = Journal(tmp_path, resume=found, clock=ticking(50))
    journal.append(edit(9))
    journal.close()
    assert path.read_bytes().startswith(before)
    again = newest(tmp_path)
    assert (again.journal, again.experiment, again.number) == (path, edit(9), found.number + 1)


def test_a_journal_that_was_set_aside_is_kept_but_not_offered_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    kept = set_aside(newest(tmp_path))
    assert recover(tmp_path) == ()
    assert kept.suffix == ASIDE
    assert kept.read_bytes() == data


def test_the_newest_of_many_edits_of_56_layers_comes_back(tmp_path: Path) -> None:
    deep = Experiment(templates.mlp(27, 32, 10), DataReference("digits"))
    assert sum(node.layer.weighted for node in deep.network.nodes) == 56
    journal = Journal(tmp_path)
    for number in range(30):
        journal.append(replace(deep, title=str(number)))
    journal.close()
    assert newest(tmp_path).experiment.title == "29"
