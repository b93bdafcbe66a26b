"""Mini-batch descent on a real regression, many runs at once, each with batches of its own."""

from __future__ import annotations

import numpy as np
import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.sgd.quadratic_runs import Iterates
from lossland.sgd.symmetric import step_size

_BLOCK = 2**22  # entries of the batches of a block of runs
SAMPLINGS = ("replacement", "subsets", "epochs")


def regression_descent(
    inputs: torch.Tensor,
    targets: torch.Tensor,
    starts: torch.Tensor,
    learning_rate: float,
    n_steps: int,
    *,
    batch_size: int = 1,
    sampling: str = "replacement",
    record_every: int | None = None,
    generator: torch.Generator,
) -> Iterates:
    """Descend on the mean half squared residual of random batches.

    Args:
        inputs: Inputs (N, n).
        targets: Targets (N,).
        starts: First parameters (n_runs, n).
        learning_rate: Step size.
        n_steps: Number of steps.
        batch_size: Samples B of a batch.
        sampling: "replacement": B independent samples; "subsets": B different ones, drawn anew at each step;
            "epochs": batches of a shuffle of all samples, a new one when it is used up.  In epochs the noise of
            successive steps is correlated, and the iterates are no autoregression.
        record_every: Steps between records, the start included; None keeps none.
        generator: Source of randomness, on the device of the data.

    Returns:
        Iterates: ends and records; there is no average.

    Raises:
        TypeError: If an argument is no floating-point tensor.
        ValueError: If a shape does not fit, or a number or ``sampling`` is out of range.

    >>> x, g = torch.ones(4, 1), torch.Generator().manual_seed(0)
    >>> regression_descent(x, torch.zeros(4), torch.ones(1, 1), 0.5, 2, generator=g).end.tolist()
    [[0.25]]
    """
    check_inputs(inputs, generator)
    check_inputs(starts, generator, name="starts")
    n_samples, n = inputs.shape if inputs.ndim == 2 else (0, 0)
    if not n_samples or tuple(targets.shape) != (n_samples,) or starts.ndim != 2 or starts.shape[1] != n:
        raise ValueError(
            "inputs: expected inputs (N, n), targets (N,) and starts (n_runs, n), got "
            f"{tuple(inputs.shape)}, {tuple(targets.shape)} and {tuple(starts.shape)}"
        )
    if sampling not in SAMPLINGS:
        raise ValueError(f"sampling: expected one of {', '.join(map(repr, SAMPLINGS))}, got {sampling!r}")
    rate, n_steps = step_size(learning_rate), _checks.integer("n_steps", n_steps, low=0)
    size = _checks.integer("batch_size", batch_size, low=1, high=None if sampling == "replacement" else n_samples)
    every = None if record_every is None else _checks.integer("record_every", record_every, low=1)
    steps = np.arange(0, n_steps + 1, every) if every else np.zeros(0, dtype=int)
    records = starts.new_empty(len(steps), *starts.shape)
    end = torch.empty_like(starts)
    entries = max(size * n, 1 if sampling == "replacement" else n_samples)  # that one run needs in a step
    block = max(1, _BLOCK // entries)
    for first in range(0, len(starts), block):
        runs = slice(first, first + block)
        state = starts[runs]
        draw = _batches(sampling, len(state), n_samples, size, inputs.device, generator)
        for t in range(n_steps + 1):
            if t:
                batch = next(draw)
                x = inputs[batch]
                residual = torch.bmm(x, state[..., None]).squeeze(-1) - targets[batch]
                state = torch.baddbmm(state[..., None], x.mT, residual[..., None], alpha=-rate / size).squeeze(-1)
            if every and t % every == 0:
                records[t // every, runs] = state
        end[runs] = state
    return Iterates(end, steps, records, None)


def _batches(sampling, n_runs, n_samples, size, device, generator):
    where = {"device": device, "generator": generator}
    while sampling == "replacement":
        yield torch.randint(n_samples, (n_runs, size), **where)
    while sampling == "subsets":
        yield torch.rand(n_runs, n_samples, **where).topk(size, dim=1).indices
    while True:
        order = torch.rand(n_runs, n_samples, **where).argsort(dim=1)
        for first in range(0, n_samples - size + 1, size):  # an incomplete last batch is dropped
            yield order[:, first : first + size]
