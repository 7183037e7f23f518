"""The command line as people and scripts use it: exit codes, JSON, saving, continuing, stopping."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from resnet_sim.cli import VERBS, main
from resnet_sim.files.container import load

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a verb here: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def json_of(found: tuple[int, str, str]) -> dict[str, Any]:
    """The one object on standard output."""
    value = json.loads(found[1], parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert isinstance(value, dict)
    return value


def test_check_lists_layers_sizes_and_parameters(run: Run) -> None:
    found = run("check", "example:digits-conv-residual", "--json")
    value = json_of(found)
    assert found[0] == 0
    assert set(value) == {"layers", "parameters", "problems"}
    assert value["parameters"] == 5034
    by_id = {layer["id"]: layer for layer in value["layers"]}
    assert by_id["conv4"] == {"id": "conv4", "kind": "conv2d", "l": 4, "shape": [4, 4, 16]}
    assert by_id["add1"]["l"] is None
    assert not [each for each in value["problems"] if each["severity"] == "error"]


def test_check_of_a_network_with_problems_names_them_all_and_exits_1(run: Run, tmp_path: Path) -> None:
    text = network_json(run, tmp_path)
    text["nodes"][5]["settings"]["padding"] = "valid"
    text["nodes"][-2]["settings"]["units"] = 7
    file = tmp_path / "network.json"
    file.write_text(json.dumps(text))
    found = run("check", str(file), "--json")
    problems = [each for each in json_of(found)["problems"] if each["severity"] == "error"]
    assert found[0] == 1
    assert len(problems) == 2
    assert all(each["place"] and each["fixes"] for each in problems)
    assert run("check", str(file))[0] == 1
    assert run("train", str(file))[0] == 2


def network_json(run: Run, tmp_path: Path) -> dict[str, Any]:
    """network.json of the first example."""
    import zipfile

    saved = tmp_path / "saved.resnet"
    assert run("train", "example:digits-conv-residual", "--steps", "0", "--save", str(saved))[0] == 0
    with zipfile.ZipFile(saved) as archive:
        text: dict[str, Any] = json.loads(archive.read("network.json"))
    return text


def test_train_reports_every_key_and_null_where_nothing_applies(run: Run) -> None:
    found = run("train", "example:insert-base", "--steps", "30", "--json")
    value = json_of(found)
    assert found[0] == 0
    assert set(value) == {
        *("steps", "seconds", "steps_per_second", "backend", "train_loss", "train_accuracy", "dev_loss"),
        *("dev_accuracy", "diverged", "layers", "blocks"),
    }
    assert value["steps"] == 30
    assert value["backend"] == "numpy"
    assert value["diverged"] is False
    assert set(value["layers"][0]) == {
        *("id", "l", "weight_norm_start", "weight_norm", "gradient_norm", "activation_std"),
    }
    assert set(value["blocks"][0]) == {
        *("id", "identity_distance", "skip_gradient_norm", "main_gradient_norm", "cosine"),
    }
    regression = json_of(run("train", "example:tiny-cnn", "--steps", "1", "--json"))
    assert regression["train_accuracy"] is None
    assert regression["dev_loss"] is None
    plain = json_of(run("train", "example:identity-plain-5", "--steps", "1", "--json"))
    assert plain["blocks"][0]["skip_gradient_norm"] is None


def test_a_run_in_two_halves_ends_at_the_same_weights(run: Run, tmp_path: Path) -> None:
    whole, half, rest = (str(tmp_path / f"{name}.resnet") for name in ("whole", "half", "rest"))
    run("train", "example:insert-base", "--steps", "40", "--save", whole)
    run("train", "example:insert-base", "--steps", "17", "--save", half)
    found = run("train", half, "--steps", "23", "--save", rest)
    assert found[0] == 0
    a, b = load(whole).checkpoint, load(rest).checkpoint
    assert a is not None
    assert b is not None
    assert a.progress == b.progress
    assert all((a.arrays[key] == b.arrays[key]).all() for key in a.arrays)
    assert all((a.slots[key] == b.slots[key]).all() for key in a.slots)


def test_a_seed_starts_again(run: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "a.resnet")
    run("train", "example:insert-base", "--steps", "20", "--save", file)
    again = json_of(run("train", file, "--seed", "0", "--steps", "20", "--json"))
    first = json_of(run("train", "example:insert-base", "--steps", "20", "--json"))
    assert again["train_loss"] == first["train_loss"]
    assert again["train_loss"] != json_of(run("train", file, "--seed", "1", "--steps", "20", "--json"))["train_loss"]


def test_without_a_length_the_file_s_own_epochs_are_trained(run: Run) -> None:
    assert json_of(run("train", "example:insert-base", "--json"))["steps"] == 20 * 12


def test_the_csv_holds_the_loss_of_every_step(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    run("train", "example:insert-base", "--steps", "25", "--csv", str(path))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(bool(row["loss"]) for row in rows) == 25
    assert any(row["train_loss"] for row in rows)


def test_divergence_exits_3_with_null_and_a_sentence(run: Run) -> None:
    found = run("train", "example:insert-base", "--learning-rate", "1e6", "--json")
    assert found[0] == 3
    assert json_of(found)["diverged"] is True
    assert "Diverged at step" in found[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "example:insert-base", "--backend", "cupy"), "--backend numpy"),
        (("benchmark", "--preset", "W1", "--backend", "cupy"), "There is no GPU"),
        (("train", "example:nothing"), "insert-base"),
        (("check", "nowhere.resnet"), "nowhere"),
        (("train", "example:insert-base", "--learning-rate", "-1"), "Learning rate"),
        (("compare", "example:identity-plain-5"), "skip"),
        (
            ("insert", "example:insert-base", "--after", "fc99", "--block", "plain", "--start", "he", "--save", "x"),
            "fc99",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert not out
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("block", "start", "jump"), [("residual", "zero", False), ("plain", "he", True)])
def test_insert_keeps_the_weights_and_reports_the_jump(
    run: Run, tmp_path: Path, block: str, start: str, jump: bool
) -> None:
    base, grown = str(tmp_path / "base.resnet"), str(tmp_path / "grown.resnet")
    run("train", "example:insert-base", "--save", base)
    value = json_of(
        run(
            *("insert", base, "--after", "block1", "--block", block, "--start", start, "--count", "2"),
            *("--l2-block", "0.02", "--save", grown, "--json"),
        )
    )
    assert len(value["blocks"]) == 2
    assert (value["loss_after"] != value["loss_before"]) == jump
    saved, before = load(grown), load(base).checkpoint
    assert saved.checkpoint is not None
    assert before is not None
    assert all((saved.checkpoint.arrays[key] == each).all() for key, each in before.arrays.items())
    assert not any(each.any() for each in saved.checkpoint.slots.values())
    assert [each.l2 for each in saved.experiment.network.blocks if each.id in value["blocks"]] == [0.02, 0.02]
    assert run("train", grown, "--steps", "5")[0] == 0


def test_insert_scaled_multiplies_both_weights(run: Run, tmp_path: Path) -> None:
    common = ("insert", "example:insert-base", "--after", "block1", "--block", "residual")
    he, scaled = str(tmp_path / "he.resnet"), str(tmp_path / "scaled.resnet")
    run(*common, "--start", "he", "--save", he)
    run(*common, "--start", "scaled", "--scale-first", "0.5", "--scale", "0.25", "--save", scaled)
    a, b = load(he).checkpoint, load(scaled).checkpoint
    assert a is not None
    assert b is not None
    first, last = [id for id in load(he).experiment.network.blocks[-1].nodes if id.startswith("fc")]
    assert abs(b.arrays[(first, "W")] - 0.5 * a.arrays[(first, "W")]).max() < 1e-6
    assert abs(b.arrays[(last, "W")] - 0.25 * a.arrays[(last, "W")]).max() < 1e-6


def test_compare_trains_both_twins_and_says_what_was_kept_the_same(run: Run) -> None:
    value = json_of(run("compare", "example:digits-mlp-residual-20", "--seeds", "2", "--steps", "60", "--json"))
    assert [each["seed"] for each in value["runs"]] == [0, 1]
    assert value["kept_the_same"]["learning_rate"] == 0.03
    for each in value["runs"]:
        assert each["plain"]["steps"] == each["residual"]["steps"] == 60
        starts = [
            {layer["id"]: layer["weight_norm_start"] for layer in each[twin]["layers"]}
            for twin in ("plain", "residual")
        ]
        assert starts[0] == starts[1]
    alone = json_of(run("train", "example:digits-mlp-residual-20", "--steps", "60", "--seed", "1", "--json"))
    assert value["runs"][1]["residual"]["train_loss"] == alone["train_loss"]


def test_examples_are_listed(run: Run) -> None:
    names = {each["name"] for each in json_of(run("examples", "--json"))["examples"]}
    assert {"digits-conv-residual", "insert-base", "tiny-cnn"} <= names
    assert run("examples")[0] == 0


def test_a_full_or_missing_folder_is_a_sentence(run: Run, tmp_path: Path) -> None:
    code, _, err = run("train", "example:insert-base", "--steps", "1", "--save", str(tmp_path / "no" / "a.resnet"))
    assert code == 2
    assert "a.resnet" in err


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is a signal of POSIX terminals")
def test_ctrl_c_ends_cleanly_and_still_saves(tmp_path: Path) -> None:
    file = tmp_path / "stopped.resnet"
    command = [sys.executable, "-P", "-m", "resnet_sim", "train", "example:digits-conv-residual"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "--steps", "1000000", "--json", "--save", str(file), "--csv", str(tmp_path / "run.csv")],
        stdout=subprocess.PIPE,
        stderr=theirs,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    ) as child:
        os.close(theirs)
        seen = b""
        while b"step" not in seen:  # the progress line of a terminal
            seen += os.read(ours, 4096)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    os.close(ours)
    assert child.returncode == 130
    assert b"Traceback" not in seen
    value = json.loads(out)
    saved = load(file).checkpoint
    assert saved is not None
    assert saved.progress.step == value["steps"] > 0


def test_every_verb_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        with pytest.raises(SystemExit) as done:
            main([verb, "--help"])
        assert done.value.code == 0
        assert verb in capsys.readouterr().out
