r"""Long training at a constant step, many networks at once: snapshots, and means over stretches of the run.

The step is :math:`\theta\leftarrow(1-\eta\gamma)\,\theta-\eta\,\nabla L_B(\theta)` with the cross-entropy of a small
batch drawn with replacement, for each network its own, and weight decay :math:`\gamma` on all parameters.  Nothing is
annealed, so the run never ends in a point: it is the trajectory whose *stochastic vicinity* the conjecture speaks of.
Along directions in which the data say nothing it forgets after :math:`1/(\eta\gamma)` steps, and in these units the
length of a run should be given.

Source: Glukhov (2024), arXiv:2411.07008, sections 4 and 5.2.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks import MLP
from lossland.networks.torch_activations import torch_activation


class NoisyTraining(NamedTuple):
    """A long run, cut into blocks.

    Attributes:
        snapshots: Parameters at equally spaced steps, with leading dimensions (n_blocks, n_snapshots, n_runs).
        block_means: Mean of the parameters over all steps of a block, with leading dimensions (n_blocks, n_runs).
        losses: Mean of the cross-entropies of the batches of a block, (n_blocks, n_runs), in nats.
    """

    snapshots: MLP
    block_means: MLP
    losses: torch.Tensor


def train_without_end(
    mlp: MLP,
    inputs: torch.Tensor,
    labels: torch.Tensor,
    activation="tanh",
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
    batch_size: int = 16,
    n_burn: int = 0,
    n_blocks: int = 8,
    block_length: int = 500,
    n_snapshots: int = 10,
    generator: torch.Generator,
) -> NoisyTraining:
    """Train independent classifiers at a constant step and keep what is needed to look at their clouds.

    Args:
        mlp: Start, with one leading dimension of runs; not changed.
        inputs: Images (P, d_0), on the device and in the dtype of the parameters.
        labels: Their classes, (P,).
        activation: Name, Activation or torch function.
        learning_rate: Step size.
        weight_decay: Factor of half the squared norm of all parameters in the loss that is descended.
        batch_size: Images per step and run.
        n_burn: Steps before the first block.
        n_blocks: Number of blocks.
        block_length: Steps in a block.
        n_snapshots: Snapshots in a block, at most ``block_length``; the last one is at its end.
        generator: Draws the batches, on the device of the inputs.

    Returns:
        NoisyTraining: on the device and in the dtype of ``mlp``.

    Raises:
        ValueError: If ``mlp`` has no dimension of runs, or an argument is out of range.

    >>> from lossland.networks import load_digits, sample_mlp
    >>> generator = torch.Generator().manual_seed(0)
    >>> digits = load_digits(generator=generator)
    >>> start = sample_mlp((64, 8, 10), 1.0, 0.0, n_draws=3, dtype=torch.float32, generator=generator)
    >>> run = train_without_end(
    ...     start, digits.train_inputs, digits.train_labels, learning_rate=0.3, n_burn=200, n_blocks=2,
    ...     block_length=50, n_snapshots=5, generator=generator,
    ... )
    >>> tuple(run.snapshots.weights[0].shape), bool((run.losses < 1).all())
    ((2, 5, 3, 8, 64), True)
    """
    if mlp.weights[0].ndim != 3:
        raise ValueError(
            f"mlp: expected one leading dimension of runs, got weights of shape {tuple(mlp.weights[0].shape)}; draw "
            "them with n_draws"
        )
    rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    decay = _checks.real_number("weight_decay", weight_decay, low=0.0)
    batch_size, n_blocks, block_length = (
        _checks.integer(name, value, low=1)
        for name, value in (("batch_size", batch_size), ("n_blocks", n_blocks), ("block_length", block_length))
    )
    n_burn = _checks.integer("n_burn", n_burn, low=0)
    n_snapshots = _checks.integer("n_snapshots", n_snapshots, low=1, high=block_length)
    current = MLP(*(tuple(part.detach().clone() for part in parts) for parts in mlp))
    sigma = torch_activation(activation)
    shape = (len(mlp.weights[0]), batch_size)
    when = {block_length * (k + 1) // n_snapshots - 1 for k in range(n_snapshots)}

    def advance() -> torch.Tensor:
        batch = torch.randint(len(labels), shape, generator=generator, device=inputs.device)
        return _step(current, inputs[batch], labels[batch], sigma, rate, decay)

    with torch.no_grad():
        for _ in range(n_burn):
            advance()
        snapshots, means, losses = [], [], []
        for _ in range(n_blocks):
            total, loss = [torch.zeros_like(part) for part in _parts(current)], 0.0
            for step in range(block_length):
                loss = loss + advance()
                torch._foreach_add_(total, _parts(current))
                if step in when:
                    snapshots.append([part.clone() for part in _parts(current)])
            means.append([part / block_length for part in total])
            losses.append(loss / block_length)
    kept = [torch.stack(parts).unflatten(0, (n_blocks, n_snapshots)) for parts in zip(*snapshots, strict=True)]
    return NoisyTraining(
        _network(kept), _network(list(map(torch.stack, zip(*means, strict=True)))), torch.stack(losses)
    )


def _step(mlp: MLP, inputs, labels, sigma, rate: float, decay: float) -> torch.Tensor:
    """Descend once in place, by back-propagation written out; return the losses of the batches, (n_runs,)."""
    signals, layers = [inputs], []
    for weight, bias in zip(mlp.weights, mlp.biases, strict=True):
        layers.append(torch.baddbmm(bias[:, None], signals[-1], weight.mT))
        signals.append(sigma.value(layers[-1]))
    scores, n = layers[-1], labels.shape[-1]
    logs = scores.log_softmax(dim=-1)
    losses = -logs.gather(-1, labels[..., None]).mean(dim=(-2, -1))
    delta = logs.exp_()
    delta.scatter_add_(-1, labels[..., None], torch.full_like(delta[..., :1], -1.0))
    for k in range(len(layers) - 1, -1, -1):
        weight, bias = mlp.weights[k], mlp.biases[k]
        below = (delta @ weight).mul_(sigma.derivative(layers[k - 1])) if k else None
        weight.baddbmm_(delta.mT, signals[k], beta=1 - rate * decay, alpha=-rate / n)
        bias.mul_(1 - rate * decay).sub_(delta.sum(dim=-2), alpha=rate / n)
        delta = below
    return losses


def _parts(mlp: MLP) -> list[torch.Tensor]:
    return [*mlp.weights, *mlp.biases]


def _network(parts: list[torch.Tensor]) -> MLP:
    depth = len(parts) // 2
    return MLP(tuple(parts[:depth]), tuple(parts[depth:]))
