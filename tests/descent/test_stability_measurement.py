"""The measured limit of stability is the theoretical one, to the digits that were asked for."""

import pytest

from lossland.descent import measure_stability_limit, stability_limit


@pytest.mark.parametrize("form", ["polyak", "printed"])
@pytest.mark.parametrize("momentum", [0.0, 0.2, 0.5, 0.9, 0.98])
def test_measured_limit_is_the_theoretical_one(momentum, form):
    found = measure_stability_limit(momentum, form)
    assert found == pytest.approx(stability_limit(momentum, form), abs=1e-4)


def test_coarse_tolerance_is_kept():
    assert measure_stability_limit(0.5, tol=0.2) == pytest.approx(3.0, abs=0.2)


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="n_steps: expected an integer >= 100, got 10"):
        measure_stability_limit(0.5, n_steps=10)
    with pytest.raises(ValueError, match="form: expected one of 'polyak', 'printed', got 'slide'"):
        measure_stability_limit(0.5, "slide")
