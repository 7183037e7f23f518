"""The worker at a chosen pace, and what makes it stop by itself."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from engine.worker_client import (
    SPIRALS,
    Client,
    assert_equal,
    checkpoint_of,
    small,
    specs,
    trained,
    wild,
)

from resnet_sim.datasets.registry import data_set
from resnet_sim.engine.messages import (
    Ack,
    Credit,
    DivergedReport,
    Done,
    Heartbeat,
    Nack,
    Pace,
    Pause,
    Rewind,
    Run,
    Set,
    Snapshot,
    Step,
    View,
)
from resnet_sim.engine.pace import Metronome
from resnet_sim.engine.training import TrainingRun

# --- pace -------------------------------------------------------------------------------------------------------------


def test_a_metronome_keeps_time_and_catches_nothing_up() -> None:
    beats = Metronome()
    assert beats.wait(5.0) == 0  # full speed
    beats.gap = 0.1
    assert beats.wait(5.0) == 0  # the first step need not wait
    beats.stepped(5.0)
    assert beats.wait(5.0) == pytest.approx(0.1)
    beats.stepped(5.13)  # a little late: the next is due as if it had been on time
    assert beats.wait(5.13) == pytest.approx(0.07)
    beats.stepped(9.0)  # far too late: the time between is lost
    assert beats.wait(9.0) == pytest.approx(0.1)
    beats.gap = 0.01
    assert beats.wait(9.02) == 0
    beats.still()
    assert beats.wait(9.0) == 0


def test_a_pace_is_kept(client: Client) -> None:
    client.configure()
    assert isinstance(client.answer(Pace(steps_per_second=50)), Ack)
    began = time.monotonic()
    client.send(Run(until=26))
    assert client.wait(Done).step == 26
    assert time.monotonic() - began > 0.49  # 25 gaps of 20 ms


def test_the_speed_that_is_told_is_the_pace(client: Client) -> None:
    client.configure()
    client.answer(Pace(steps_per_second=20))
    client.answer(Run())
    beat = client.wait(Heartbeat, lambda each: each.step >= 15)
    assert 5 < beat.steps_per_second < 22


def test_at_a_slow_pace_every_step_is_shown(client: Client) -> None:
    client.configure()
    client.answer(Pace(steps_per_second=20))
    client.send(Credit(n=2))
    client.send(Run(until=12))
    shown = []
    while len(shown) < 12:
        shown.append(client.wait(Snapshot).step)
        client.send(Credit())
    assert shown == list(range(12))


def test_at_a_slow_pace_no_more_is_shown_than_there_is_credit_for(client: Client) -> None:
    client.configure()
    client.answer(Pace(steps_per_second=30))
    client.send(Credit())
    client.send(Run(until=9))
    client.wait(Done)
    assert [each.exact for each in client.all_of(Snapshot)] == [False, True]


def test_a_view_that_wants_fewer_gets_fewer(client: Client) -> None:
    client.configure()
    client.answer(View(hz=10))
    client.wait(Snapshot)
    client.answer(Pace(steps_per_second=40))
    client.send(Credit(n=2))
    client.send(Run(until=30))
    shown = 0
    while not client.wait(Snapshot).exact:
        shown += 1
        client.send(Credit())
    assert 2 <= shown <= 16  # 30 of 30 if every step were shown


def test_while_it_waits_commands_are_obeyed_and_heartbeats_go_on(client: Client) -> None:
    client.configure()
    client.answer(Pace(steps_per_second=1))
    client.answer(Run())
    client.wait(Heartbeat, lambda each: each.step == 1)
    before = len(client.all_of(Heartbeat))
    answers = [client.answer(Set(name="learning_rate", value=0.001 * (k + 1))) for k in range(40)]
    steps = [each.step for each in answers if isinstance(each, Ack)]
    assert len(steps) == 40
    assert steps[-1] - steps[0] <= 2  # not one step for each of them
    client.wait(Heartbeat, lambda each: each.step == steps[-1] + 1)
    assert len(client.all_of(Heartbeat)) - before >= 2
    paused = client.answer(Pause())
    assert isinstance(paused, Ack)
    assert client.wait(Snapshot, lambda each: each.exact).step == paused.step


def test_the_pace_may_change_on_the_way(client: Client) -> None:
    client.configure()
    client.answer(Pace(steps_per_second=1))
    client.answer(Run(until=200))
    client.wait(Heartbeat, lambda each: each.step >= 1)
    client.answer(Pace(steps_per_second=0))
    assert client.wait(Done).step == 200  # at one a second nobody would wait for that


def test_one_step_comes_at_once_whatever_the_pace(client: Client) -> None:
    client.configure()
    client.answer(Pace(steps_per_second=1))
    began = time.monotonic()
    for step in (1, 2, 3):
        client.send(Step())
        assert client.wait(Done).step == step
    assert time.monotonic() - began < 2  # at the pace of running it would be at least that


def test_the_pace_changes_no_number(client: Client, tmp_path: Path) -> None:
    client.configure()
    client.send(Credit(n=2))
    for pace, until in ((200, 20), (30, 26), (0, 40), (1000, 60)):
        client.answer(Pace(steps_per_second=pace))
        client.send(Run(until=until))
        client.wait(Done)
        client.send(Credit(n=2))
    assert_equal(checkpoint_of(client, tmp_path), trained(60))


@pytest.mark.parametrize("pace", [-1.0, 0.5, float("nan"), float("inf")])
def test_a_pace_that_is_none_is_refused(client: Client, pace: float) -> None:
    client.configure()
    answer = client.answer(Pace(steps_per_second=pace))
    assert isinstance(answer, Nack)
    assert "full speed" in str(answer.reason)


def test_a_pace_may_be_set_in_every_state_with_runs(stranger: Client) -> None:
    assert isinstance(stranger.answer(Pace(steps_per_second=2)), Nack)
    stranger.greet()
    assert isinstance(stranger.answer(Pace(steps_per_second=2)), Nack)
    stranger.configure(specs(a=wild()))
    assert isinstance(stranger.answer(Pace(steps_per_second=100)), Ack)
    stranger.answer(Run())
    stranger.wait(DivergedReport)
    assert isinstance(stranger.answer(Pace(steps_per_second=2)), Ack)
    stranger.configure()  # full speed again
    stranger.send(Run(until=100))
    stranger.wait(Done)


# --- stop rules -------------------------------------------------------------------------------------------------------


def losses_after_epochs(epochs: int) -> list[float]:
    """The loss over the whole training set at the start and after each epoch."""
    run = TrainingRun(small(), data_set(SPIRALS).load())
    found = [run.evaluate().train_loss]
    for _ in range(epochs):
        for _ in range(run.steps_per_epoch):
            run.step()
        found.append(run.evaluate().train_loss)
    return [each for each in found if each is not None]


def test_a_run_stops_at_the_first_epoch_whose_loss_is_low_enough(client: Client) -> None:
    losses = losses_after_epochs(40)
    wanted = losses[30]
    first = next(i for i, each in enumerate(losses) if each <= wanted)
    ready = client.configure()
    client.send(Run(until_loss=wanted))
    done = client.wait(Done)
    assert (done.reason, done.step) == ("loss", first * ready.steps_per_epoch)
    point = client.all_of(Snapshot)[-1].runs["a"].evaluations[-1]
    assert point.train_loss == losses[first] <= wanted
    assert all(point.step < later.step for point, later in pairwise(evaluations(client)))


def evaluations(client: Client) -> list[object]:
    return [point for each in client.all_of(Snapshot) for point in each.runs["a"].evaluations]


def test_a_run_that_is_there_already_is_done_at_once(client: Client) -> None:
    client.configure()
    client.answer(Step(n=3))
    client.wait(Done)
    client.send(Run(until_loss=100.0))
    done = client.wait(Done)
    assert (done.reason, done.step) == ("loss", 3)


@pytest.mark.parametrize(
    ("goals", "reason", "epochs"),
    [
        ({"until_loss": 1e-9, "epochs": 3}, "epochs", 3),
        ({"until_loss": 1e-9, "until": 16}, "until", 2),
        ({"until": 16, "epochs": 5}, "until", 2),
        ({"until": 160, "epochs": 5}, "epochs", 5),
    ],
)
def test_of_several_goals_the_first_ends_the_run(
    client: Client, goals: dict[str, float], reason: str, epochs: int
) -> None:
    ready = client.configure()
    client.send(Run(**goals))  # type: ignore[arg-type]
    done = client.wait(Done)
    assert (done.reason, done.step) == (reason, epochs * ready.steps_per_epoch)


def test_of_twins_the_first_one_there_stops_both(client: Client) -> None:
    client.configure(specs(a=small(), b=small(learning_rate=0.0)))
    wanted = losses_after_epochs(10)[10]
    client.send(Run(until_loss=wanted))
    assert client.wait(Done).reason == "loss"
    last = client.all_of(Snapshot)[-1].runs
    at = [last[name].evaluations[-1].train_loss for name in "ab"]
    assert at[0] is not None
    assert at[1] is not None
    assert at[0] <= wanted < at[1]


def test_divergence_stops_whatever_the_goal(client: Client) -> None:
    client.configure(specs(a=wild()))
    client.send(Run(until_loss=1e-6, until=10**9))
    client.wait(DivergedReport)
    assert client.wait(Heartbeat, lambda each: each.phase == "diverged")
    assert not client.all_of(Done)
    assert isinstance(client.answer(Rewind(step=0)), Ack)


@pytest.mark.parametrize("loss", [-0.1, float("nan"), float("inf")])
def test_a_loss_that_cannot_be_reached_is_refused(client: Client, loss: float) -> None:
    client.configure()
    assert isinstance(client.answer(Run(until_loss=loss)), Nack)
