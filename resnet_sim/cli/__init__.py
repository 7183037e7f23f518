"""The command line: check, train, insert, compare, examples, benchmark. No window, no Qt."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from resnet_sim import __version__
from resnet_sim.assets import resources, translator
from resnet_sim.cli import benchmark
from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.devices import asked_for
from resnet_sim.engine.headless import HeadlessRun, TrainReport, compare, insert
from resnet_sim.engine.training import TrainingRun
from resnet_sim.errors import FileError, RefusedError, ResNetSimError, Sentence, sentence
from resnet_sim.files.container import Saved, load, save
from resnet_sim.layers.base import size_text
from resnet_sim.network.check import Report, check
from resnet_sim.network.experiment import Experiment
from resnet_sim.network.twin import twin
from resnet_sim.state.controls import note_controls

VERBS = ("check", "train", "insert", "compare", "examples", "benchmark")
EXIT_PROBLEMS, EXIT_REFUSED, EXIT_DIVERGED, EXIT_STOPPED = 1, 2, 3, 130
EXAMPLE = "example:"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. 0: done. 1: the network has problems. 2: refused. 3: diverged. 130: stopped by Ctrl+C."""
    said = translator()
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        return code
    except ResNetSimError as error:
        _complain(error.sentence.render(said))
        return EXIT_REFUSED
    except KeyboardInterrupt:
        _complain(said("Stopped."))
        return EXIT_STOPPED
    except BrokenPipeError:  # the reader of a pipe has gone
        return 0


def _complain(text: str) -> None:
    print(f"resnet-sim: {text}", file=sys.stderr)


def open_file(name: str) -> Saved:
    """Read FILE or example:NAME. Raises FileError."""
    if name.startswith(EXAMPLE):
        short = name.removeprefix(EXAMPLE)
        path = resources() / "examples" / f"{short}.resnet"
        if short not in example_names():
            raise FileError(
                sentence(
                    "There is no example “{name}”; there are: {known}.", name=short, known=", ".join(example_names())
                )
            )
        return load(path)
    return load(Path(name))


def example_names() -> list[str]:
    """The examples that come with the program, in alphabetical order."""
    return sorted(path.stem for path in (resources() / "examples").glob("*.resnet"))


# --- check ------------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    experiment = open_file(options.file).experiment
    report = check(experiment.network, data_set(experiment.data).shape)
    errors = [each for each in report.problems if each.severity == "error"]
    rows = _layer_rows(experiment, report)
    found = {
        "layers": rows,
        "parameters": report.total,
        "problems": [
            {
                "place": each.place,
                "severity": each.severity,
                "sentence": str(each.sentence),
                "fixes": [str(fix.label) for fix in each.fixes],
            }
            for each in report.problems
        ],
    }
    if options.json:
        _print_json(found)
        return EXIT_PROBLEMS if errors else 0
    for row in rows:
        l_text = "" if row["l"] is None else f"l = {row['l']}"
        shape = "?" if row["shape"] is None else size_text(tuple(row["shape"]))
        print(f"{row['id']:<16} {row['kind']:<14} {l_text:<8} {shape:>12} {report.parameters.get(row['id'], 0):>10}")
    print(f"{report.total} parameters")
    said = translator()
    for each in report.problems:
        fixes = "; ".join(fix.label.render(said) for fix in each.fixes)
        print(f"{each.severity}: {each.place}: {each.sentence.render(said)}" + (f" [{fixes}]" if fixes else ""))
    return EXIT_PROBLEMS if errors else 0


def _layer_rows(experiment: Experiment, report: Report) -> list[dict[str, Any]]:
    order = experiment.network.order() or tuple(experiment.network.by_id)
    rows = []
    for id in order:
        layer = experiment.network.by_id[id].layer
        shape = report.shapes.get(id)
        rows.append(
            {
                "id": id,
                "kind": layer.kind,
                "l": report.numbers.get(id) if layer.weighted else None,
                "shape": None if shape is None else list(shape),
            }
        )
    return rows


# --- train ------------------------------------------------------------------------------------------------------------


def _train(options: argparse.Namespace) -> int:
    saved = open_file(options.file)
    experiment = _with_options(saved.experiment, options)
    again = options.seed is not None  # another seed: start again
    data = data_set(experiment.data).load()
    backend = asked_for(options.backend, experiment, data)
    run = HeadlessRun(experiment, data, None if again else saved.checkpoint, backend)
    if saved.record is not None and not again:
        run.record = saved.record
        note_controls(run.record, run.run.progress.step, experiment)
    run.train(_steps(options, run.run), _progress_line())
    report = run.report()
    if options.csv:
        _write_csv(Path(options.csv), run)
    if options.save:
        save(Path(options.save), Saved(experiment, run.run.checkpoint(), run.record))
    _end_progress_line()
    if options.json:
        _print_json(report.json())
    else:
        _print_report(report)
    if run.diverged is not None:
        _complain(run.diverged.sentence.render(translator()))
    if report.diverged:
        return EXIT_DIVERGED
    return EXIT_STOPPED if run.stopped else 0


def _with_options(experiment: Experiment, options: argparse.Namespace) -> Experiment:
    """The experiment with what the command line says instead. Raises SettingError outside a range."""
    given = {
        "seed": options.seed,
        "learning_rate": options.learning_rate,
        "l2": options.l2,
        "dtype": getattr(options, "dtype", None),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(experiment, training=replace(experiment.training, **changes))


def _steps(options: argparse.Namespace, run: TrainingRun) -> int:
    if options.steps is not None:
        return int(options.steps)
    epochs = options.epochs if options.epochs is not None else run.experiment.training.epochs
    return int(epochs) * run.steps_per_epoch


def _progress_line() -> Callable[[TrainingRun, float], None] | None:
    """A line that is written over, on a terminal only, about five times a second at usual speeds."""
    if not sys.stderr.isatty():
        return None

    def show(run: TrainingRun, loss: float) -> None:
        step = run.progress.step
        if step % 10 == 0:
            print(
                f"\r\033[Kepoch {run.progress.epoch}  step {step}  loss {loss:.4g}", end="", file=sys.stderr, flush=True
            )

    return show


def _end_progress_line() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print_report(report: TrainReport) -> None:
    print(f"{report.steps} steps, {report.steps_per_second:.0f} steps/s, {report.backend}")
    print(f"train  loss {_number(report.train_loss)}  accuracy {_share(report.train_accuracy)}")
    print(f"dev    loss {_number(report.dev_loss)}  accuracy {_share(report.dev_accuracy)}")
    print(f"{'layer':<16}{'l':>4}{'||W|| start':>14}{'||W||':>12}{'||dW||':>12}{'std a':>10}")
    for layer in report.layers:
        print(
            f"{layer.id:<16}{'' if layer.l is None else layer.l:>4}{_number(layer.weight_norm_start):>14}"
            f"{_number(layer.weight_norm):>12}{_number(layer.gradient_norm):>12}{_number(layer.activation_std):>10}"
        )
    if report.blocks:
        print(f"{'block':<16}{'distance':>12}{'skip ||da||':>14}{'main ||da||':>14}{'cosine':>10}")
    for block in report.blocks:
        print(
            f"{block.id:<16}{_number(block.identity_distance):>12}{_number(block.skip_gradient_norm):>14}"
            f"{_number(block.main_gradient_norm):>14}{_number(block.cosine):>10}"
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _write_csv(path: Path, run: HeadlessRun) -> None:
    """One row per step at which something was recorded, one column per series; empty where nothing was."""
    series = run.record.series
    rows: dict[int, dict[str, float | None]] = {}
    for name, each in series.items():
        for step, value in zip(each.steps, each.values, strict=True):
            rows.setdefault(step, {})[name] = value
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["step", *series])
            for step in sorted(rows):
                writer.writerow([step, *(rows[step].get(name) for name in series)])
    except OSError as error:
        raise FileError(
            sentence("“{file}” cannot be written: {reason}.", file=str(path), reason=error.strerror or str(error))
        ) from None


# --- insert -----------------------------------------------------------------------------------------------------------


def _insert(options: argparse.Namespace) -> int:
    saved = open_file(options.file)
    first, second = _start_scales(options)
    data = data_set(saved.experiment.data).load()
    done = insert(
        saved.experiment,
        data,
        saved.checkpoint,
        after=options.after,
        kind=options.block,
        first=first,
        second=second,
        count=options.count,
        seed=options.seed,
        l2=options.l2_block,
    )
    save(Path(options.save), Saved(done.experiment, done.checkpoint, saved.record))
    found = {"blocks": list(done.blocks), "loss_before": done.loss_before, "loss_after": done.loss_after}
    if options.json:
        _print_json(found)
    else:
        print(f"inserted {', '.join(done.blocks)}")
        print(f"train loss before {_number(done.loss_before)}, after {_number(done.loss_after)}")
    return 0


def _start_scales(options: argparse.Namespace) -> tuple[float, float]:
    """Factors of the drawn W^{[l+1]} and W^{[l+2]}."""
    if options.start != "scaled" and (options.scale is not None or options.scale_first is not None):
        raise RefusedError(sentence("--scale and --scale-first need --start scaled."))
    if options.start == "zero":
        return (1.0 if options.block == "residual" else 0.0), 0.0
    if options.start == "he":
        return 1.0, 1.0
    if options.scale is None:
        raise RefusedError(sentence("--start scaled needs --scale S, the factor of the last W."))
    return (1.0 if options.scale_first is None else options.scale_first), options.scale


# --- compare ----------------------------------------------------------------------------------------------------------


def _compare(options: argparse.Namespace) -> int:
    residual = _with_options(open_file(options.file).experiment, options)
    if not residual.network.skips:
        raise RefusedError(sentence("This network has no skip connection, so its plain twin is the same network."))
    plain = replace(residual, network=twin(residual.network))
    data = data_set(residual.data).load()
    first = residual.training.seed
    steps = _steps(options, TrainingRun(residual, data))
    runs = [
        compare(residual, plain, data, seed, steps, _progress_line()) for seed in range(first, first + options.seeds)
    ]
    _end_progress_line()
    kept = kept_the_same(residual)
    if options.json:
        _print_json({"runs": [asdict(each) for each in runs], "kept_the_same": kept})
        return 0
    print(f"{'seed':>6}{'plain loss':>14}{'accuracy':>12}{'residual loss':>16}{'accuracy':>12}")
    for each in runs:
        print(
            f"{each.seed:>6}{_number(each.plain.train_loss):>14}{_share(each.plain.train_accuracy):>12}"
            f"{_number(each.residual.train_loss):>16}{_share(each.residual.train_accuracy):>12}"
        )
    print("Kept the same: " + "; ".join(f"{name} {value}" for name, value in kept.items()))
    return 0


def kept_the_same(experiment: Experiment) -> dict[str, Any]:
    """What both twins share; the skip connections are the only difference."""
    training = experiment.training
    starts = sorted(
        {
            f"{layer.start} x {layer.start_scale:g}"
            for layer in (node.layer for node in experiment.network.nodes)
            if hasattr(layer, "start") and hasattr(layer, "start_scale")
        }
    )
    return {
        "layers": "every weighted layer and batch norm, under the same id",
        "start_weights": starts,
        "data": experiment.data.name,
        "batches": "the same examples in the same order",
        "optimiser": training.optimiser,
        "learning_rate": training.learning_rate,
        "momentum": training.momentum,
        "batch_size": training.batch_size,
        "l2": training.l2,
    }


# --- examples ---------------------------------------------------------------------------------------------------------


def _examples(options: argparse.Namespace) -> int:
    rows = [(name, open_file(EXAMPLE + name).experiment) for name in example_names()]
    if options.json:
        _print_json({"examples": [{"name": name, "about": each.about} for name, each in rows]})
        return 0
    for name, each in rows:
        print(f"{name:<24} {each.about}")
    return 0


def _print_json(value: object) -> None:
    """Exactly one object on standard output; numbers that are not finite become null."""
    json.dump(_finite(value), sys.stdout, allow_nan=False)
    print()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return str(value) if isinstance(value, Sentence) else value


# --- options ----------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="resnet-sim",
        description="Build residual networks, train them, measure why they work. Without a verb the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"resnet-sim {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    checked = verbs.add_parser("check", help="list layers, sizes, parameters and problems")
    checked.set_defaults(run=_check)
    trained = verbs.add_parser("train", help="train a network and report what was measured")
    trained.set_defaults(run=_train)
    grown = verbs.add_parser("insert", help="put blocks into a trained network, its weights kept")
    grown.set_defaults(run=_insert)
    compared = verbs.add_parser("compare", help="train a residual network beside its plain twin")
    compared.set_defaults(run=_compare)
    listed = verbs.add_parser("examples", help="list the networks that come with the program")
    listed.set_defaults(run=_examples)

    benchmark.add(verbs)

    for verb in (checked, trained, grown, compared):
        verb.add_argument("file", metavar="FILE", help="a .resnet or network.json file, or example:NAME")
    for verb in (checked, trained, grown, compared, listed):
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    for verb in (trained, compared):
        length = verb.add_mutually_exclusive_group()
        length.add_argument("--steps", type=_count, metavar="N", help="mini-batches to train on")
        length.add_argument("--epochs", type=_count, metavar="N", help="passes through the training set")
        verb.add_argument("--seed", type=int, metavar="S", help="start again from the start weights of this seed")
        verb.add_argument("--learning-rate", type=float, metavar="A", help="alpha")
        verb.add_argument("--l2", type=float, metavar="L", help="lambda: J = L + (lambda/2) sum ||W||^2")
    trained.add_argument(
        "--backend", choices=("auto", "numpy", "cupy"), default="auto", help="auto: the faster one, if there is a GPU"
    )
    trained.add_argument("--dtype", choices=("float32", "float64"))
    trained.add_argument("--csv", metavar="PATH", help="write every recorded number")
    trained.add_argument("--save", metavar="PATH", help="write the trained network")
    compared.add_argument("--seeds", type=_count, default=1, metavar="N", help="how many seeds, from --seed on")
    grown.add_argument("--after", required=True, metavar="ID", help="the layer or block it goes behind")
    grown.add_argument("--block", required=True, choices=("residual", "plain"))
    grown.add_argument("--start", required=True, choices=("zero", "scaled", "he"))
    grown.add_argument("--scale-first", type=float, metavar="S1", help="scaled: factor of the first W (1)")
    grown.add_argument("--scale", type=float, metavar="S", help="scaled: factor of the last W")
    grown.add_argument("--count", type=_count, default=1, metavar="M", help="how many blocks")
    grown.add_argument("--seed", type=int, metavar="N", help="seed of the new weights")
    grown.add_argument("--l2-block", type=float, metavar="L", help="the new blocks' own lambda")
    grown.add_argument("--save", required=True, metavar="PATH", help="where the grown network goes")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value
