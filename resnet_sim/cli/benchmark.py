"""The verb `benchmark`: how fast the engine is, beside PyTorch where that is installed."""

from __future__ import annotations

import argparse
import json

from resnet_sim.assets import translator
from resnet_sim.benchmark.alone import Request, measure_alone
from resnet_sim.benchmark.presets import NAMES
from resnet_sim.benchmark.report import lines, rows_of


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb and its options."""
    verb = verbs.add_parser("benchmark", help="measure the speed of training, beside PyTorch where it is installed")
    verb.add_argument("--preset", nargs="+", choices=NAMES, metavar="W", help="only these of W1 to W5, without growth")
    verb.add_argument("--threads", type=int, default=1, choices=range(1, 65), metavar="N", help="on both sides (1)")
    verb.add_argument(
        "--backend", choices=("auto", "numpy", "cupy"), default="auto", help="auto: the faster one, if there is a GPU"
    )
    verb.add_argument("--json", action="store_true", help="print a JSON list, one object per network")
    verb.set_defaults(run=_benchmark)


def _benchmark(options: argparse.Namespace) -> int:
    request = Request(
        tuple(options.preset or NAMES), options.threads, growth=not options.preset, backend=options.backend
    )
    report = measure_alone(request)
    if options.json:
        print(json.dumps(rows_of(report), allow_nan=False))
        return 0
    for line in lines(report, translator()):
        print(line)
    return 0
