import numpy as np
import pytest
import torch

from lossland import _checks


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("2", TypeError, "x: expected real numbers, got str '2'"),
        (None, TypeError, "x: expected real numbers, got NoneType"),
        (1j, TypeError, "x: expected real numbers"),
        ([1.0, np.nan], ValueError, r"x: expected finite numbers, got nan at index \(1,\)"),
        (-1.0, ValueError, r"x: expected >= 0, got -1"),
        ([[0.0, 3.0]], ValueError, None),
    ],
)
def test_real_array_names_what_is_wrong(value, error, message):
    high = np.inf if message else 2.0
    with pytest.raises(error, match=message or r"x: expected in \[0, 2\], got 3 at index \(0, 1\)"):
        _checks.real_array("x", value, low=0.0, high=high)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_found_without_bounds_and_with_infinite_ones(value):
    numbers = np.ones((3, 4))
    numbers[2, 1] = value
    for bounds in ({}, {"low": -np.inf, "high": np.inf}, {"low": 0.0}, {"copy": False}):
        with pytest.raises(ValueError, match=r"x: expected finite numbers, got (-?inf|nan) at index \(2, 1\)"):
            _checks.real_array("x", numbers, **bounds)


def test_real_array_copies_unless_told_not_to():
    numbers = np.array([-np.finfo(float).max, np.finfo(float).max])
    assert not np.shares_memory(_checks.real_array("x", numbers), numbers)
    assert _checks.real_array("x", numbers, copy=False) is numbers
    assert _checks.real_array("x", [[1, 2]], copy=False).dtype == np.float64
    assert _checks.real_array("x", []).shape == (0,)


def test_real_number_rejects_arrays():
    assert _checks.real_number("x", 2) == 2.0
    with pytest.raises(TypeError, match=r"x: expected one number, got an array of shape \(1,\)"):
        _checks.real_number("x", [2.0])


@pytest.mark.parametrize("value", [True, 2.0, "3", None])
def test_integer_rejects_other_types(value):
    with pytest.raises(TypeError, match="n: expected an integer"):
        _checks.integer("n", value)


def test_integer_bounds():
    assert _checks.integer("n", np.int64(3), low=1) == 3
    with pytest.raises(ValueError, match=r"n: expected an integer in \[1, 5\], got 9"):
        _checks.integer("n", 9, low=1, high=5)


def test_layer_widths():
    assert _checks.layer_widths("widths", [3, 4]) == (3, 4)
    with pytest.raises(TypeError, match="widths: expected a sequence"):
        _checks.layer_widths("widths", 3)
    with pytest.raises(ValueError, match=r"widths\[1\]: expected an integer >= 1, got 0"):
        _checks.layer_widths("widths", [3, 0])
    with pytest.raises(ValueError, match="at least 2 layer widths, got 1"):
        _checks.layer_widths("widths", [3], at_least=2)


def test_floating_arrays_keep_their_kind():
    single = torch.ones(2, dtype=torch.float32)
    assert _checks.floating_array("x", single)[0] is single
    assert _checks.floating_array("x", torch.ones(2, dtype=torch.int32))[0].dtype == torch.float64
    assert _checks.floating_array("x", np.ones(2, dtype=np.float32))[0].dtype == np.float32
    array, xp = _checks.floating_array("x", [1, 2])
    assert array.dtype == np.float64
    assert xp.sum(array) == 3


@pytest.mark.parametrize("value", [[1.0, np.nan], torch.tensor([1.0, torch.inf])])
def test_floating_arrays_are_finite_unless_told(value):
    with pytest.raises(ValueError, match="x: expected finite numbers"):
        _checks.floating_array("x", value)
    assert _checks.floating_array("x", value, finite=False)[0].shape == (2,)


@pytest.mark.parametrize("value", ["2", None, [1j], torch.tensor([1j]), torch.tensor([True]), [True]])
def test_floating_arrays_are_real_numbers(value):
    with pytest.raises(TypeError, match="x: expected real numbers, got"):
        _checks.floating_array("x", value)
