"""The settings of a training run: optimiser, learning rate, lambda, batch size, length."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_sim.settings import check_settings, choice, integer, number, switch

OPTIMISERS = ("sgd", "momentum", "adam")


@dataclass(frozen=True)
class Training:
    """J = L + (lambda/2) sum ||W||_F^2; W <- (1 - alpha lambda) W - alpha dW. All values may change at any step."""

    optimiser: str = choice("momentum", OPTIMISERS, "Optimiser", "How a gradient becomes a step.")
    learning_rate: float = number(
        0.03, "Learning rate", "The size of a step.", low=0.0, high=1e9, symbol=r"\alpha", logarithmic=True
    )
    momentum: float = number(
        0.9, "Momentum", "The share of the last step that is kept.", low=0.0, high=0.9999, symbol=r"\beta"
    )
    beta2: float = number(
        0.999, "Second beta", "Adam: memory of the squared gradient.", low=0.0, high=0.999999, symbol=r"\beta_2"
    )
    epsilon: float = number(
        1e-8, "Epsilon", "Adam: keeps the step finite.", low=1e-12, high=1.0, symbol=r"\varepsilon", logarithmic=True
    )
    batch_size: int = integer(50, "Batch size", "Examples in a mini-batch.", low=1, high=65536, symbol="m")
    l2: float = number(
        0.0,
        "L2 regularization",
        "Pulls every W towards 0 at every step.",
        low=0.0,
        high=1000.0,
        symbol=r"\lambda",
        logarithmic=True,
    )
    decay_b: bool = switch(False, "Decay b too", "Lambda pulls b and β towards 0 as well.")
    decay_gamma: bool = switch(False, "Decay γ too", "Lambda pulls the γ of batch norm towards 0 as well.")
    epochs: int = integer(30, "Epochs", "How often the training set is gone through.", low=1, high=1_000_000)
    seed: int = integer(0, "Seed", "Decides start weights and batches.", low=0, high=2**31 - 1)
    dtype: str = choice("float32", ("float32", "float64"), "Numbers", "float64 is for checks by hand.")

    def __post_init__(self) -> None:
        check_settings(self)
