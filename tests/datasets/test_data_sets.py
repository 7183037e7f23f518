"""Every data set: shapes, labels, repetition, numbers near 0; and the exact sets of the measured experiments."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resnet_sim import assets
from resnet_sim.datasets import shipped as shipped_module
from resnet_sim.datasets.base import Data, DataSet
from resnet_sim.datasets.registry import data_set, data_sets, reference_to
from resnet_sim.datasets.shipped import shipped
from resnet_sim.datasets.splitting import standardised
from resnet_sim.errors import FileError, SettingError
from resnet_sim.network.experiment import DataReference
from resnet_sim.settings import Setting, settings_of

NOT_STANDARDISED = {"two-images", "identity-vectors"}
BY_ALL_IMAGES = {"digits-600"}
"""Its recipe, which the published figures hang on, takes mean and deviation of all 1797 images."""


def other_value(setting: Setting) -> Any:
    """A value of the setting that is not its default."""
    if setting.kind == "choice":
        return next(each for each in setting.choices if each != setting.default)
    if setting.kind == "switch":
        return not setting.default
    assert setting.low is not None
    assert setting.high is not None
    if setting.kind == "integer":
        return int(setting.default + 1 if setting.default < setting.high else setting.low)
    return float(setting.low + setting.high) / 2


def variants() -> list[Any]:
    """Every data set as it comes, and with each setting changed in turn."""
    found = []
    for name, kind in data_sets().items():
        found.append(pytest.param(kind(), id=name))
        for setting in settings_of(kind):
            changed = kind(**{setting.name: other_value(setting)})
            found.append(pytest.param(changed, id=f"{name}-{setting.name}"))
    return found


def images_or_rows(data: Data) -> list[bytes]:
    return [row.tobytes() for row in (*data.train_x, *data.dev_x)]


@pytest.mark.parametrize("chosen", variants())
class TestEveryDataSet:
    def test_gives_what_it_declares(self, chosen: DataSet) -> None:
        data = chosen.load()
        assert data.shape == chosen.shape
        assert data.dev_x.shape[1:] == data.train_x.shape[1:] == chosen.shape.input
        assert data.dev_y.shape[1:] == (chosen.shape.outputs,)
        assert len(data.train_x) == len(data.train_y) > 0
        assert len(data.dev_x) == len(data.dev_y)
        assert (len(data.train_x), len(data.dev_x)) == chosen.sizes

    def test_holds_finite_float64(self, chosen: DataSet) -> None:
        data = chosen.load()
        for each in (data.train_x, data.train_y, data.dev_x, data.dev_y):
            assert each.dtype == np.float64
            assert np.isfinite(each).all()

    def test_labels_are_one_hot_and_every_class_occurs(self, chosen: DataSet) -> None:
        data = chosen.load()
        if data.task == "regression":
            assert data.class_names == ()
            return
        assert len(set(data.class_names)) == len(data.class_names) == chosen.shape.outputs
        for y in (data.train_y, data.dev_y):
            assert set(np.unique(y)) <= {0.0, 1.0}
            assert (y.sum(1) == 1).all()
        assert (data.train_y.sum(0) > 0).all()

    def test_repeats_bit_for_bit(self, chosen: DataSet) -> None:
        first, second = chosen.load(), replace(chosen).load()
        for name in ("train_x", "train_y", "dev_x", "dev_y"):
            assert getattr(first, name).tobytes() == getattr(second, name).tobytes()

    def test_a_reference_leads_back_to_it(self, chosen: DataSet) -> None:
        assert data_set(reference_to(chosen)) == chosen


@pytest.mark.parametrize("name", data_sets())
class TestEveryKind:
    def test_has_words_for_people(self, name: str) -> None:
        kind = data_sets()[name]
        assert kind.name == name
        assert kind.title.strip()
        assert kind.about.endswith(".")
        assert kind.__doc__

    def test_deals_four_fifths_to_train(self, name: str) -> None:
        data = data_sets()[name]().load()
        n = len(data.train_x) + len(data.dev_x)
        assert len(data.train_x) == (n if name == "two-images" else round(0.8 * n))

    def test_train_and_dev_share_no_example(self, name: str) -> None:
        data = data_sets()[name]().load()
        twice = [row for row, n in Counter(images_or_rows(data)).items() if n > 1]
        assert len(twice) <= 2, "equal rows may stand in a table (iris has some), not many"

    def test_is_standardised_by_its_training_set(self, name: str) -> None:
        X = data_sets()[name]().load().train_x
        if name in NOT_STANDARDISED:
            assert X.min() >= 0
            return
        tolerance = 0.02 if name in BY_ALL_IMAGES else 1e-9
        axis = None if X.ndim == 4 else 0  # images by one mean and deviation, tables by column
        np.testing.assert_allclose(X.mean(axis), 0, atol=tolerance)
        np.testing.assert_allclose(X.std(axis), 1, atol=tolerance)

    def test_a_seed_changes_the_numbers(self, name: str) -> None:
        kind = data_sets()[name]
        if "seed" in {each.name for each in settings_of(kind)}:
            first, second = kind().load(), kind(**{"seed": 1}).load()
            assert first.train_x.tobytes() != second.train_x.tobytes()
            assert second.shape == first.shape


def test_the_sets_are_those_the_lessons_name() -> None:
    assert set(data_sets()) >= {
        "digits", "digits-600", "mnist-5000", "iris", "wine", "breast-cancer", "two-images", "identity-vectors",
        "spirals", "circles", "moons", "xor", "blobs", "curve",
    }  # fmt: skip


def test_digits_600_is_the_set_of_the_measured_experiments() -> None:
    data = data_sets()["digits-600"]().load()
    with np.load(assets.resources() / "datasets" / "digits.npz", allow_pickle=False) as archive:
        X, y = archive["X"] / 16, archive["y"]
    X = (X - X.mean()) / X.std()
    order = np.random.RandomState(0).permutation(1797)
    assert data.train_x.shape == (600, 8, 8, 1)
    assert data.dev_x.shape == (150, 8, 8, 1)
    np.testing.assert_array_equal(data.train_x.reshape(600, 64), X[order[:600]])
    np.testing.assert_array_equal(data.dev_x.reshape(150, 64), X[order[600:750]])
    np.testing.assert_array_equal(data.train_y.argmax(1), y[order[:600]])
    np.testing.assert_array_equal(data.dev_y.argmax(1), y[order[600:750]])


def test_the_two_images_are_those_computed_by_hand() -> None:
    data = data_sets()["two-images"]().load()
    first = [[0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    second = [[0, 0, 0, 0], [0, 0, 2, 0], [0, 2, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(data.train_x[..., 0], [first, second])
    np.testing.assert_array_equal(data.train_y, [[2], [1]])
    assert data.dev_x.shape == (0, 4, 4, 1)


@pytest.mark.parametrize(("examples", "y"), [("first", 2), ("second", 1)])
def test_one_of_the_two_images_can_stand_alone(examples: str, y: int) -> None:
    both = data_sets()["two-images"]().load()
    alone = data_set(DataReference("two-images", (("examples", examples),))).load()
    np.testing.assert_array_equal(alone.train_x, both.train_x[2 - y : 3 - y])
    np.testing.assert_array_equal(alone.train_y, [[y]])


def test_identity_vectors_ask_for_what_they_give() -> None:
    data = data_sets()["identity-vectors"]().load()
    assert data.train_x.shape == (512, 16)
    assert data.dev_x.shape == (128, 16)
    np.testing.assert_array_equal(data.train_x, data.train_y)
    np.testing.assert_array_equal(data.dev_x, data.dev_y)
    assert (data.train_x > 0).all()
    assert abs(data.train_x.mean() - np.sqrt(2 / np.pi)) < 0.02


def test_a_curve_follows_its_function() -> None:
    data = data_set(DataReference("curve", (("examples", 100), ("function", "corner"), ("noise", 0)))).load()
    order = np.argsort(data.train_x[:, 0])
    y = data.train_y[order, 0]
    assert y.min() < 0.1
    assert y[0] > 0.8
    assert y[-1] > 0.8


def test_a_column_that_never_changes_is_divided_by_one() -> None:
    train, dev = standardised(np.full((4, 2), 0.1), np.full((1, 2), 0.3))
    np.testing.assert_allclose(train, 0, atol=1e-12)
    np.testing.assert_allclose(dev, 0.2)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FileError, match=r"no data set “imagenet”; known are blobs, .*, xor"):
        data_set(DataReference("imagenet"))


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (DataReference("moons", (("colour", "red"),)), "no setting “colour”; it has examples, noise, seed"),
        (DataReference("iris", (("seed", 1),)), "“iris” has no settings"),
        (DataReference("moons", (("noise", 2.0),)), "Noise must be a number from 0 to 1, not 2.0"),
        (DataReference("moons", (("examples", True),)), "Examples must be a whole number, not True"),
    ],
)
def test_a_wrong_setting_is_refused_naming_it(reference: DataReference, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        data_set(reference)


@pytest.fixture
def another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """resources/ of an installation that lost its files."""
    (tmp_path / "datasets").mkdir()
    monkeypatch.setattr(shipped_module, "resources", lambda: tmp_path)
    return tmp_path / "datasets"


def test_a_missing_file_is_named(another_folder: Path) -> None:
    with pytest.raises(FileError, match=r"gone\.npz” is missing; please install the program again"):
        shipped("gone")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nonsense", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_named(another_folder: Path, content: bytes) -> None:
    (another_folder / "hurt.npz").write_bytes(content)
    with pytest.raises(FileError, match=r"hurt\.npz” cannot be read"):
        shipped("hurt")


def test_what_is_shared_cannot_be_written_to() -> None:
    X, _ = shipped("iris")
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 0


def test_the_root_mean_square_is_that_of_the_training_inputs() -> None:
    train_x, dev_x = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[9.0, 9.0]])
    assert Data(train_x, np.zeros((2, 1)), dev_x, np.zeros((1, 1)), "regression").rms == 2.5
