"""What is noticed: every rule speaks where its phenomenon was measured, and is silent where it was not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from state.recorded import recorded

from resnet_sim.network.blocks import block_ends
from resnet_sim.network.experiment import DataReference, Experiment
from resnet_sim.network.graph import Network
from resnet_sim.network.templates import empty, mlp, widening
from resnet_sim.network.training import Training
from resnet_sim.state.noticing import MOST, Maths, Notice, notice
from resnet_sim.state.record import Record, Series

Case = tuple[Experiment, Record]
ALL = 50

# --- real runs --------------------------------------------------------------------------------------------------------

RUNS: dict[str, Callable[[], Case]] = {
    "start of a residual network": lambda: recorded(mlp(3), 0),
    "residual, no lambda": lambda: recorded(mlp(2, second_scale=0.5), 300, learning_rate=0.01),
    "lambda raised": lambda: recorded(mlp(3, second_scale=0.5), 900, {200: {"l2": 0.2}}, learning_rate=0.03),
    "lambda at rest": lambda: recorded(mlp(2, second_scale=0.5), 1200, l2=0.02, learning_rate=0.03),
    "b decayed too": lambda: recorded(mlp(5, second_scale=0.5), 1200, l2=0.2, decay_b=True, learning_rate=0.03),
    "batch norm": lambda: recorded(mlp(5, batch_norm=True), 400, l2=0.1, learning_rate=0.03),
    "Glorot, start": lambda: recorded(mlp(27, residual=False, start="glorot"), 0),
    "Glorot, depth 20": lambda: recorded(mlp(9, residual=False, start="glorot"), 24, learning_rate=0.01),
    "plain, batch norm": lambda: recorded(mlp(27, residual=False, batch_norm=True), 0),
    "plain, tiny start": lambda: recorded(mlp(27, residual=False, start="normal"), 0),
    "residual, tiny start": lambda: recorded(mlp(27, start="normal", second_scale=1.0), 0),
    "residual, depth 56": lambda: recorded(mlp(27), 24, learning_rate=0.003),
    "zero start": lambda: recorded(mlp(1, residual=False, start="zero"), 12),
    "plain, deep": lambda: recorded(mlp(27, residual=False, batch_norm=True), 108, every=20, learning_rate=0.03),
    "residual, deep": lambda: recorded(mlp(27, batch_norm=True), 108, every=20, learning_rate=0.03),
    "plain, small": lambda: recorded(mlp(1, residual=False), 100, learning_rate=0.01),
}


@cache
def run(name: str) -> Case:
    return RUNS[name]()


def rules(case: Case) -> dict[str, Notice]:
    return {each.rule: each for each in notice(*case, most=ALL)}


SPOKEN: list[tuple[str, str, str]] = [
    ("start of a residual network", "copies", r"3 of 3 blocks pass on their input exactly\."),
    ("residual, no lambda", "unchanged", r"Without λ the loss fell, but no W shrank: W.* at 1\d\d\u202f%\."),
    ("lambda raised", "loss_rose", r"Since λ changed at step 200, the loss has risen from 0\.00\d+ to \d\.\d+\."),
    ("lambda raised", "shrunk", r"λ has shrunk 8 of 8 W, most of all W\^\{\[6\]\}: to 0\.\d\u202f% of its start\."),
    (
        "lambda raised",
        "copies",
        r"3 of 3 blocks now almost .* Since step 200 dev accuracy fell from 9\d\.\d to \d\d\.\d",
    ),
    ("lambda raised", "b_stays", r"W\^\{\[3\]\} is almost 0, but b\^\{\[3\]\} is not decayed: it keeps block 1 .*"),
    ("lambda at rest", "rests", r"W\^\{\[\d\]\} rests: dW\^\{\[\d\]\} makes it longer as fast as λ makes it shorter\."),
    ("batch norm", "norm_trap", r"With batch norm a small W\^\{\[3\]\} \(\d\d\u202f% of .* block 1: distance 0\.\d+\."),
    ("batch norm", "pulls", r"λ shortens W.*; dW.* leaves its length alone: .*"),
    ("Glorot, start", "vanishes", r".*‖da\^\{\[1\]\}‖ is about 10\^\{-\d+\} of ‖da\^\{\[55\]\}‖\."),
    ("Glorot, start", "small_everywhere", r"dW is small in all layers, not only the early ones: ‖dW.*"),
    ("Glorot, depth 20", "vanishes", r".*10\^\{-3\} of ‖da\^\{\[19\]\}‖\."),
    ("Glorot, depth 20", "small_everywhere", r".*‖dW\^\{\[1\]\}‖ = 0\.00\d+, ‖dW\^\{\[19\]\}‖ = 0\.00\d+\."),
    ("plain, batch norm", "explodes", r"The gradient explodes .* is about 10\^\{[45]\} times ‖da\^\{\[55\]\}‖\."),
    ("plain, tiny start", "vanishes", r"No gradient comes back to the first layer: da\^\{\[1\]\} = 0\."),
    ("residual, depth 56", "masked", r"The last ReLU of block \d+ masks \d\d\u202f% of ‖da.*‖², for the skip too\."),
    (
        "plain, deep",
        "guesses",
        r"After 108 steps the training loss is [12]\.\d\d; equal chances for 10 classes give 2\.30\. "
        r"The network has 56 layers and no skip connection\.",
    ),
    (
        "lambda at rest",
        "beside_prediction",
        r"‖W\^\{\[6\]\}‖ is \d\d\u202f% of its length at step 0; without dW.* be almost 0\.",
    ),
    (
        "lambda raised",
        "beside_prediction",
        r"‖W.*‖ is \d\d\u202f% of its length at step 200; without dW.* be almost 0\.",
    ),
    ("zero start", "dead_layers", r"In 3 layers all values are 0 and dW = 0; the first of them is layer 1\."),
]


@pytest.mark.parametrize(("name", "rule", "words"), SPOKEN, ids=[f"{rule} ({name})" for name, rule, _ in SPOKEN])
def test_what_a_run_shows_is_said(name: str, rule: str, words: str) -> None:
    found = rules(run(name))
    assert rule in found, sorted(found)
    assert re.fullmatch(words + ("" if words.endswith(r"\.") else ".*"), str(found[rule].sentence)), found[
        rule
    ].sentence


SILENT: list[tuple[str, Iterable[str]]] = [
    (
        "start of a residual network",
        ["vanishes", "explodes", "shrunk", "unchanged", "dead_layers", "loss_rose", "dev_lags"],
    ),
    (
        "residual, no lambda",
        [
            "guesses",
            "beside_prediction",
            "dev_rises",
            "shorter",
            "shrunk",
            "copies",
            "b_stays",
            "rests",
            "pulls",
            "loss_rose",
            "vanishes",
            "norm_trap",
        ],
    ),
    ("lambda raised", ["unchanged", "norm_trap", "dead_layers", "rests"]),
    ("lambda at rest", ["unchanged", "copies", "b_stays", "loss_rose", "opposed", "outvoted"]),
    ("b decayed too", ["b_stays"]),
    ("batch norm", ["copies", "b_stays", "unchanged", "rests", "dead_layers"]),
    ("Glorot, depth 20", ["explodes", "masked", "outvoted", "opposed", "dead_layers", "copies"]),
    ("plain, batch norm", ["vanishes", "small_everywhere", "copies", "masked"]),
    ("residual, tiny start", ["vanishes", "explodes", "dead_layers"]),
    ("residual, depth 56", ["vanishes", "explodes", "small_everywhere", "shut"]),
    ("residual, deep", ["guesses", "dead_layers"]),
    ("plain, deep", ["dev_rises", "dev_lags", "beside_prediction"]),
    ("plain, small", ["guesses", "explodes", "vanishes", "shrunk", "copies", "dead_layers", "masked", "pulls"]),
]


@pytest.mark.parametrize(("name", "silent"), SILENT, ids=[name for name, _ in SILENT])
def test_what_a_run_does_not_show_is_not_said(name: str, silent: Iterable[str]) -> None:
    assert not set(silent) & set(rules(run(name)))


@pytest.mark.parametrize("name", RUNS)
def test_every_sentence_is_short_rests_on_what_was_measured_and_names_what_is_there(name: str) -> None:
    experiment, record = run(name)
    for each in notice(experiment, record, most=ALL):
        for part in re.split(r"(?<=\.) (?=[A-Z])", each.sentence.render()):
            assert len(part.split()) <= 20, part
        assert each.sentence.render().endswith(".")
        assert each.series
        assert set(each.series) <= set(record.series)
        assert set(each.places) <= experiment.network.ids


@pytest.mark.parametrize("name", RUNS)
def test_at_most_a_few_the_most_important_first(name: str) -> None:
    few, every = notice(*run(name)), notice(*run(name), most=ALL)
    assert few == every[:MOST]


def test_formulas_can_be_told_from_words() -> None:
    values = dict(rules(run("lambda raised"))["shrunk"].sentence.values)
    assert isinstance(values["W"], Maths)
    assert not isinstance(values["share"], Maths)


# --- made records -----------------------------------------------------------------------------------------------------


def made(network: Network, columns: dict[str, list[float | None]], every: int = 10, **training: object) -> Case:
    """Series of equal lengths, measured every so many steps."""
    record = Record()
    for name, values in columns.items():
        record.series[name] = Series([every * i for i in range(len(values))], values)
    return Experiment(network, DataReference("digits-600"), Training(**training)), record  # type: ignore[arg-type]


def said(case: Case, rule: str) -> str:
    found = rules(case).get(rule)
    return str(found.sentence) if found is not None else ""


def split(main: float, skip: float, cosine: float, count: int = 6) -> Case:
    columns: dict[str, list[float | None]] = {
        "main_gradient_norm/block1": [main] * count,
        "skip_gradient_norm/block1": [skip] * count,
        "cosine/block1": [cosine] * count,
    }
    return made(mlp(1), columns)


def test_the_main_part_outvotes_the_skip_part_when_their_sum_points_against_it() -> None:
    """Experiment H, S3: skip -3/8, main +3/4: the sign of the sum is that of the main part."""
    assert said(split(0.75, 0.375, -1.0), "outvoted") == (
        "In block 1 the main part of da^{[1]} outvotes the skip part: 0.75 against 0.38."
    )
    assert not said(split(0.75, 0.375, -0.4), "outvoted")
    assert not said(split(0.3, 0.375, -1.0), "outvoted")
    assert not said(split(0.75, 0.375, 1.0), "outvoted")
    assert not said(split(0.75, 0.375, -1.0, count=2), "outvoted")


def test_two_parts_that_point_apart_oppose_each_other() -> None:
    assert said(split(0.3, 0.4, -0.5), "opposed") == (
        "In block 1 the skip part and the main part of da^{[1]} oppose each other: cosine −0.50."
    )
    assert not said(split(0.3, 0.4, -0.1), "opposed")
    assert not said(split(0.3, 0.4, 0.5), "opposed")
    assert not said(split(0.3, 0.4, -0.5, count=4), "opposed")


@pytest.mark.parametrize(("share", "rule"), [(1.0, "shut"), (0.5, "masked"), (0.2, ""), (None, "")])
def test_what_the_last_relu_keeps_back(share: float | None, rule: str) -> None:
    found = set(rules(made(mlp(1), {"masked_share/block1": [share] * 6})))
    assert found == ({rule} if rule else set())


def pull(decay: float, data: list[float], norm: float = 2.0, **training: object) -> Case:
    columns: dict[str, list[float | None]] = {
        "decay_pull/fc3/W": [decay] * len(data),
        "data_pull/fc3/W": list(data),
        "weight_norm/fc3/W": [norm] * len(data),
    }
    return made(mlp(1), columns, **training)


@pytest.mark.parametrize(
    ("decay", "data", "words"),
    [
        (0.2, [-0.05, -0.06] * 10, "λ shortens W^{[3]} faster than dW^{[3]} makes it longer: 0.2 against 0.055."),
        (0.2, [0.05, 0.06] * 10, "Both pulls shorten W^{[3]}; λ pulls harder than dW^{[3]}: 0.2 against 0.055."),
        (0.2, [-0.8, -0.9] * 10, "dW^{[3]} makes W^{[3]} longer faster than λ shortens it: 0.85 against 0.2."),
        (0.2, [0.8, 0.9] * 10, "Both pulls shorten W^{[3]}; dW^{[3]} pulls harder than λ: 0.85 against 0.2."),
        (0.2, [0.0001, -0.0001] * 10, "λ shortens W^{[3]}; dW^{[3]} leaves its length alone: 0.2 against 0."),
        (0.2, [-0.15, -0.16] * 10, ""),
        (0.2, [-2.0, 1.9] * 10, ""),
        (0.2, [-0.05] * 4, ""),
        (0.0, [-0.05] * 20, ""),
    ],
)
def test_which_pull_is_larger_is_said_when_the_mini_batches_agree(decay: float, data: list[float], words: str) -> None:
    assert said(pull(decay, data), "pulls") == words


def test_a_w_rests_where_both_pulls_are_equal_and_its_length_stays() -> None:
    equal = [-0.19, -0.21] * 10
    assert said(pull(0.2, equal), "rests") == "W^{[3]} rests: dW^{[3]} makes it longer as fast as λ makes it shorter."
    moving = pull(0.2, equal)
    moving[1].series["weight_norm/fc3/W"].values = [2.0 - 0.01 * i for i in range(20)]
    assert not said(moving, "rests")
    assert not said(pull(0.2, [0.2] * 20), "rests")
    assert not said(pull(0.2, [-0.9, 0.5] * 10), "rests")


@pytest.mark.parametrize("rule", ["pulls", "rests", "shrunk"])
def test_with_adam_the_two_pulls_are_not_compared(rule: str) -> None:
    case = pull(0.2, [-0.2] * 20, optimiser="adam")
    case[1].series["weight_norm/fc3/W"].values = [2.0] * 10 + [1.0] * 10
    assert not said(case, rule)
    assert said(case, "shorter") == "‖W^{[3]}‖ has fallen to 50\u202f% of its start."


def test_lambda_is_not_praised_for_what_the_gradient_did() -> None:
    shrinking: dict[str, list[float | None]] = {"weight_norm/fc3/W": [4.0, 3.0, 2.0], "decay_pull/fc3/W": [0.1] * 3}
    by_gradient = made(mlp(1), shrinking | {"data_pull/fc3/W": [0.5, 0.5, 0.5]})
    assert said(by_gradient, "shorter") == "‖W^{[3]}‖ has fallen to 50\u202f% of its start."
    assert not said(by_gradient, "shrunk")
    by_lambda = made(mlp(1), shrinking | {"data_pull/fc3/W": [-0.05, 0.02, -0.05]})
    assert said(by_lambda, "shrunk") == "λ has shrunk W^{[3]} to 50\u202f% of its start."
    assert not said(by_lambda, "shorter")


def test_every_w_near_its_start_is_said_to_have_hardly_changed() -> None:
    network = mlp(1)
    columns: dict[str, list[float | None]] = {"loss": [2.0] * 10 + [0.1] * 20}
    for i, id in enumerate(("fc1", "fc2", "fc3", "fc4")):
        columns[f"weight_norm/{id}/W"] = [4.0] * 29 + [4.0 + 0.05 * i]
        columns[f"decay_pull/{id}/W"] = [0.0] * 30
    words = "Without λ the loss fell, but ‖W‖ hardly changed: ‖W^{[4]}‖ most, to 104\u202f%."
    assert said(made(network, columns), "unchanged") == words
    assert not said(made(network, columns, every=1), "unchanged")  # too early to tell
    assert not said(made(network, columns | {"loss": [2.0] * 30}), "unchanged")
    assert not said(made(network, columns | {"weight_norm/fc2/W": [4.0] * 29 + [2.0]}), "unchanged")
    assert not said(made(network, columns | {"decay_pull/fc2/W": [0.1] + [0.0] * 29}), "unchanged")


NEAR: list[float | None] = [0.4, 0.3, *[0.03] * 30]


@pytest.mark.parametrize(
    ("network", "values", "words"),
    [
        (mlp(1), NEAR, "Block 1 now almost copies its input: a^{[3]} ≈ a^{[1]}."),
        (mlp(1), [0.03] * 30, "Block 1 has stayed close to a copy of its input: a^{[3]} ≈ a^{[1]}."),
        (mlp(1), [0.4, *[0.0] * 30], "Block 1 copies its input exactly: a^{[3]} = a^{[1]}."),
        (widening(0, (32, 48)), NEAR, "Block 1 passes almost only its shortcut: a^{[3]} ≈ g(W_s a^{[1]})."),
        (
            widening(0, (32, 48), shortcut="zero_pad"),
            NEAR,
            "Block 1 passes almost only its shortcut: a^{[3]} ≈ g(W_s a^{[1]}).",
        ),
        (mlp(1, kind="pre_activation"), NEAR, "Block 1 now almost copies its input: a^{[3]} ≈ a^{[1]}."),
        (mlp(1), [0.4] * 30 + [0.03] * 3, ""),
        (mlp(1), [0.06] * 30, ""),
        (mlp(1), [0.03] * 29 + [None], ""),
    ],
)
def test_a_block_that_almost_copies_is_named(network: Network, values: list[float | None], words: str) -> None:
    assert said(made(network, {"identity_distance/block1": values}), "copies") == words


@pytest.mark.parametrize(
    ("dev", "words"),
    [
        ([0.9, 0.95, 0.93], " Since step 15 dev accuracy fell from 95.0 to 93.0\u202f%."),
        ([0.9, 0.90, 0.93], " Since step 15 dev accuracy rose from 90.0 to 93.0\u202f%."),
        ([0.9, 0.93, 0.932], " Since step 15 dev accuracy has stayed at 93.2\u202f%."),
        ([0.9, 0.93, None], ""),
        ([None, None, 0.93], ""),
    ],
)
def test_what_dev_accuracy_did_meanwhile_is_said_as_measured(dev: list[float | None], words: str) -> None:
    case = made(mlp(1), {"identity_distance/block1": NEAR, "dev_accuracy": dev})
    case[1].note(15, "l2", 0.1)
    assert said(case, "copies") == "Block 1 now almost copies its input: a^{[3]} ≈ a^{[1]}." + words


@pytest.mark.parametrize(("decay_b", "bias", "spoken"), [(False, 0.3, True), (True, 0.3, False), (False, 0.001, False)])
def test_b_is_named_only_where_it_is_what_is_left(decay_b: bool, bias: float, spoken: bool) -> None:
    columns: dict[str, list[float | None]] = {
        "identity_distance/block1": NEAR,
        "weight_norm/fc3/W": [4.0] * 10 + [0.01] * 22,
        "weight_norm/fc3/b": [bias] * 32,
        "activation_norm/fc2": [3.0] * 32,
        "decay_pull/fc3/W": [0.01] * 32,
    }
    assert bool(said(made(mlp(1), columns, decay_b=decay_b), "b_stays")) == spoken


@pytest.mark.parametrize(
    ("share", "far", "norm", "spoken"),
    [(0.2, 0.3, True, True), (0.2, 0.3, False, False), (0.9, 0.3, True, False), (0.2, 0.02, True, False)],
)
def test_batch_norm_is_named_only_where_a_small_w_is_no_identity(
    share: float, far: float, norm: bool, spoken: bool
) -> None:
    network = mlp(1, batch_norm=norm)
    last = block_ends(network, network.blocks[0]).last
    columns: dict[str, list[float | None]] = {
        f"weight_norm/{last}/W": [4.0] * 9 + [4.0 * share],
        "identity_distance/block1": [far] * 10,
    }
    assert bool(said(made(network, columns), "norm_trap")) == spoken


def test_one_dead_layer_is_named() -> None:
    columns: dict[str, list[float | None]] = {"activation_norm/fc2": [0.5, 0.0], "gradient_norm/fc2/W": [0.1, 0.0]}
    words = "All values of a^{[2]} are 0 in this mini-batch and dW^{[2]} = 0: layer 2 learns nothing."
    assert said(made(mlp(1, residual=False), columns), "dead_layers") == words
    silent = columns | {"gradient_norm/fc2/W": [0.1, 0.1]}  # an output that starts at 0 does learn
    assert not said(made(mlp(1, residual=False), silent), "dead_layers")


def test_a_loss_that_rises_by_itself_is_no_effect_of_a_control() -> None:
    losses: list[float | None] = [1.0 + 0.01 * (i % 3) for i in range(60)] + [2.0 + 0.01 * (i % 3) for i in range(60)]
    case = made(mlp(1), {"loss": losses}, every=1)
    assert not said(case, "loss_rose")
    case[1].note(58, "learning_rate", 0.2)
    case[1].note(60, "learning_rate", 0.3)
    assert said(case, "loss_rose") == "Since α changed at step 60, the loss has risen from 1 to 2."
    case[1].note(110, "learning_rate", 0.1)
    assert not said(case, "loss_rose")  # too new
    noisy = made(
        mlp(1), {"loss": [float(i % 2) * 10 for i in range(60)] + [float(i % 2) * 12 for i in range(60)]}, every=1
    )
    noisy[1].note(60, "l2", 0.1)
    assert not said(noisy, "loss_rose")


@pytest.mark.parametrize(
    ("train", "dev", "spoken"), [(0.99, 0.9, True), (0.99, 0.97, False), (0.8, 0.6, False), (0.99, None, False)]
)
def test_dev_accuracy_lags_behind_a_high_train_accuracy(train: float, dev: float | None, spoken: bool) -> None:
    words = said(made(mlp(1), {"train_accuracy": [train], "dev_accuracy": [dev]}), "dev_lags")
    assert words == ("Train accuracy is 99.0\u202f%, dev accuracy only 90.0\u202f%." if spoken else "")


# --- whatever was recorded --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [Network(), empty(), mlp(0), mlp(3)])
def test_nothing_measured_is_nothing_noticed(network: Network) -> None:
    assert notice(*made(network, {})) == ()


NAMES = sorted(recorded(mlp(1), 1, every=1)[1].series)
values = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1e-40, 1.0, 0.01]))


@settings(max_examples=60)
@given(
    columns=st.dictionaries(st.sampled_from(NAMES), st.lists(values, max_size=30), max_size=30),
    events=st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["l2", "learning_rate", "seed"])), max_size=4),
)
@example({"decay_pull/fc3/W": [0.0] * 4 + [1.0], "data_pull/fc3/W": [0.0] * 4 + [1.7e154]}, [])
def test_any_record_can_be_looked_at(columns: dict[str, list[float | None]], events: list[tuple[int, str]]) -> None:
    case = made(mlp(1), columns)
    for step, name in sorted(events):
        case[1].note(step, name, 0.1)
    for each in notice(*case, most=ALL):
        words = each.sentence.render()
        assert "nan" not in words
        assert "inf" not in words


def test_a_network_that_is_being_edited_can_be_looked_at() -> None:
    experiment, record = run("residual, no lambda")
    network = experiment.network
    broken = Network(network.nodes[::2], network.connections, network.skips, network.blocks)
    whole_blocks_less = Experiment(Network(network.nodes[:4], network.connections[:3]), experiment.data)
    assert isinstance(notice(whole_blocks_less, record), tuple)
    assert isinstance(notice(Experiment(broken, experiment.data), record), tuple)
