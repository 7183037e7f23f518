"""What is noticed of losses and of lengths beside their prediction: spoken where made records show it, silent else."""

from __future__ import annotations

import pytest
from state.test_noticing import Case, made, said

from resnet_sim.assets import resources
from resnet_sim.files.container import load
from resnet_sim.network.templates import mlp
from resnet_sim.state.noticing import notice
from resnet_sim.state.record import Record, Series


@pytest.mark.parametrize(
    ("loss", "steps", "spoken"),
    [(2.2, 100, True), (2.2, 60, False), (1.5, 100, False), (4.0, 100, False), (None, 100, False)],
)
def test_a_loss_near_that_of_guessing_is_told_once_there_were_steps_enough(
    loss: float | None, steps: int, spoken: bool
) -> None:
    columns: dict[str, list[float | None]] = {"train_loss": [loss] * 2}
    words = said(made(mlp(1), columns, every=steps), "guesses")
    assert words == (
        "After 100 steps the training loss is 2.20; equal chances for 10 classes give 2.30." if spoken else ""
    )


def test_a_missing_skip_is_only_named_where_the_network_is_deep() -> None:
    columns: dict[str, list[float | None]] = {"train_loss": [2.2, 2.2]}
    deep, shallow = mlp(9, residual=False), mlp(3, residual=False)
    assert "no skip connection" in said(made(deep, columns, every=100), "guesses")
    assert "no skip connection" not in said(made(shallow, columns, every=100), "guesses")
    assert "no skip connection" not in said(made(mlp(9), columns, every=100), "guesses")


def test_regression_has_no_loss_of_guessing() -> None:
    experiment = load(resources() / "examples" / "identity-plain-5.resnet").experiment
    record = Record({"train_loss": Series([0, 200], [2.2, 2.2])})
    assert notice(experiment, record) == ()


def norms(measured: list[float | None], **training: object) -> Case:
    """W^{[3]} of length 4 at the start; with alpha lambda = 0.01 each step of gradient descent takes a hundredth."""
    settings = {"optimiser": "sgd", "learning_rate": 0.1, "l2": 0.1} | training
    return made(mlp(1), {"weight_norm/fc3/W": measured}, **settings)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (3.2, "‖W^{[3]}‖ is 80\u202f% of its length at step 0; without dW^{[3]} it would be 37\u202f%."),
        (4 * 0.99**100, "‖W^{[3]}‖ falls as predicted with dW = 0: to 37\u202f% of its length at step 0."),
        (0.4, "dW^{[3]} shortens W^{[3]} too: 10\u202f% of its length at step 0, without it 37\u202f%."),
        (1.7, ""),
        (None, ""),
    ],
)
def test_a_norm_is_told_beside_its_prediction(last: float | None, words: str) -> None:
    values: list[float | None] = [4.0, *[3.5] * 9, last]
    assert said(norms(values), "beside_prediction") == words
    assert not said(norms(values[:1] + values[-4:]), "beside_prediction"), "too early"
    assert not said(norms(values, l2=0.0), "beside_prediction")
    assert not said(norms(values, l2=1e-4), "beside_prediction"), "lambda hardly matters"


@pytest.mark.parametrize(
    ("train", "dev", "words"),
    [
        (
            [1.0, 0.5, 0.3, 0.2, 0.1],
            [1.1, 0.7, 0.8, 0.9, 1.0],
            "Since step 10 dev loss has risen from 0.7 to 1; training loss fell from 0.5 to 0.1.",
        ),
        ([1.0, 0.5, 0.3, 0.2, 0.1], [1.1, 0.9, 0.8, 0.7, 0.6], ""),
        ([1.0, 0.5, 0.6, 0.7, 0.8], [1.1, 0.7, 0.8, 0.9, 1.0], ""),
        ([1.0, 0.5, 0.3, 0.2, 0.1], [1.1, 0.70, 0.71, 0.72, 0.73], ""),
        ([0.5, 0.1], [0.7, 1.0], ""),
        ([1.0, 0.5, 0.3, 0.2, 0.1], [None] * 5, ""),
    ],
)
def test_dev_loss_that_rises_while_training_loss_falls_is_told(
    train: list[float | None], dev: list[float | None], words: str
) -> None:
    assert said(made(mlp(1), {"train_loss": train, "dev_loss": dev}), "dev_rises") == words
