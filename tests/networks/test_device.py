import pytest
import torch

from lossland.networks import check_inputs, default_device


def test_environment_overrides(monkeypatch):
    monkeypatch.setenv("LOSSLAND_DEVICE", "cpu")
    assert default_device() == torch.device("cpu")
    monkeypatch.setenv("LOSSLAND_DEVICE", "abacus")
    with pytest.raises(ValueError, match=r"LOSSLAND_DEVICE: expected a device of this machine, .* got 'abacus'"):
        default_device()


def test_inputs_and_generator_are_checked():
    generator = torch.Generator()
    check_inputs(torch.ones(2), generator)
    with pytest.raises(TypeError, match="inputs: expected a floating-point tensor, got list"):
        check_inputs([1.0], generator)
    with pytest.raises(ValueError, match="generator: expected one on the device of inputs, 'meta', got one on 'cpu'"):
        check_inputs(torch.ones(2, device="meta"), generator)
