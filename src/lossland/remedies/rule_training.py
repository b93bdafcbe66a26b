r"""Four learning rules written out, for many perceptrons at once: what each hidden layer is told, and what it does.

A perceptron with layers :math:`z_k=W_kh_{k-1}+b_k`, :math:`h_k=\sigma(z_k)` and a softmax at its end makes the error
:math:`e=p-y` at its outputs.  The last layer learns by :math:`e\,h_{K-1}^\top`.  A hidden layer learns by
:math:`\delta_kh_{k-1}^\top` with

* back-propagation: :math:`\delta_k=\sigma'(z_k)\odot W_{k+1}^\top\delta_{k+1}`;
* feedback alignment: :math:`\delta_k=\sigma'(z_k)\odot B_k\delta_{k+1}`, with :math:`B_k` drawn once;
* direct feedback alignment: :math:`\delta_k=\sigma'(z_k)\odot B_ke`;
* last layer only: :math:`\delta_k=0`, the control: what the readout of random features can do.

The same rules as torch modules are in :mod:`lossland.remedies.feedback_alignment`; here they are batched matrix
products without a graph, so that runs of many seeds and step sizes go together.

Source: Rumelhart, Hinton and Williams (1986); Lillicrap et al. (2016); Nokland (2016).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from lossland import _checks
from lossland.networks import MLP

LEARNING_RULES = ("back-propagation", "feedback alignment", "direct feedback alignment", "last layer only")
_SLOPES = {"tanh": lambda h: 1 - h * h, "relu": lambda h: (h > 0).to(h.dtype)}  # of the activity, not of its input
_ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


def sample_feedback(
    widths: Sequence[int], rule: str, *, n_draws: int | None = None, dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> tuple[torch.Tensor, ...]:  # fmt: skip
    """Draw the fixed matrices of a rule, with entries of variance one over the number of units that tell.

    Args:
        widths: Widths of all layers, inputs and outputs among them.
        rule: One of ``LEARNING_RULES``.
        n_draws: Number of networks in a leading dimension; ``None`` for one without it.
        dtype: Floating type.
        generator: Source of randomness; fixes the device.

    Returns:
        One matrix for each hidden layer, (..., units that are told, units that tell); none where the rule needs none.

    Raises:
        ValueError: If the rule is unknown, or there are fewer than two widths.

    >>> g = torch.Generator().manual_seed(0)
    >>> [tuple(b.shape) for b in sample_feedback((5, 7, 6, 2), "direct feedback alignment", generator=g)]
    [(7, 2), (6, 2)]
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    if _known(rule) not in LEARNING_RULES[1:3]:
        return ()
    lead = () if n_draws is None else (_checks.integer("n_draws", n_draws, low=1),)
    matrices = []
    for k in range(1, len(widths) - 1):
        tells = widths[k + 1] if rule == LEARNING_RULES[1] else widths[-1]
        drawn = torch.empty(*lead, widths[k], tells, dtype=dtype, device=generator.device).normal_(generator=generator)
        matrices.append(drawn / math.sqrt(tells))
    return tuple(matrices)


def rule_gradients(
    mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, rule: str, feedback: Sequence[torch.Tensor] = (), *,
    activation: str = "tanh",
) -> MLP:  # fmt: skip
    """Return what a rule takes for the gradient of the mean cross-entropy.

    Args:
        mlp: Parameters, with any leading dimensions.
        inputs: (..., n, d_0), of the same leading dimensions.
        labels: Classes (..., n).
        rule: One of ``LEARNING_RULES``.
        feedback: The matrices of :func:`sample_feedback`.
        activation: ``"tanh"`` or ``"relu"``.

    Returns:
        MLP: directions of the shapes of the parameters; zeros where the rule learns nothing.

    Raises:
        ValueError: If the rule or the activation is unknown, or the feedback does not fit.
    """
    _check_feedback(mlp, rule, feedback)
    activities, told = _pass(mlp, inputs, labels, rule, feedback, activation)
    weights = tuple(delta.mT @ h for delta, h in zip(told, activities, strict=True))
    return MLP(weights, tuple(delta.sum(dim=-2) for delta in told))


def train_by_rule(
    mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, rows: torch.Tensor, rule: str,
    feedback: Sequence[torch.Tensor] = (), *, learning_rate, epochs: Sequence[int], batch_size: int = 32,
    activation: str = "tanh", generator: torch.Generator,
) -> tuple[MLP, ...]:  # fmt: skip
    """Train a batch of classifiers by one rule, by plain stochastic gradient steps of constant size.

    Each network has training images of its own.  In each epoch all of them are seen once, in an order that is drawn
    anew, the same for all networks; with a generator of the same seed it is the same for all rules.

    Args:
        mlp: Initial parameters with one leading dimension (m, ...) of networks; not changed.
        inputs: All images (n, d_0), on the device of the parameters.
        labels: Their classes (n,).
        rows: For each network the rows of its training images, (m, n_train).
        rule: One of ``LEARNING_RULES``.
        feedback: The matrices of :func:`sample_feedback`, with the leading dimension.
        learning_rate: Step size, a number, or one for each network (m,).
        epochs: Numbers of epochs after which the parameters are kept, ascending.
        batch_size: Images per step and network.
        activation: ``"tanh"`` or ``"relu"``.
        generator: Draws the orders, on the device of the images.

    Returns:
        The parameters after each number of epochs.

    Raises:
        ValueError: If an argument is out of range or does not fit.

    >>> from lossland.networks import accuracy, load_digits, sample_mlp
    >>> g = torch.Generator().manual_seed(0)
    >>> data = load_digits(generator=g)
    >>> start = sample_mlp((64, 30, 10), 1.0, 0.0, n_draws=2, dtype=torch.float32, generator=g)
    >>> rule, rows = "direct feedback alignment", torch.arange(1000).expand(2, -1)
    >>> told = sample_feedback((64, 30, 10), rule, n_draws=2, dtype=torch.float32, generator=g)
    >>> (end,) = train_by_rule(start, *data[:2], rows, rule, told, learning_rate=0.1, epochs=[5], generator=g)
    >>> bool((end.weights[0] != start.weights[0]).any())
    True
    """
    if mlp.weights[0].ndim != 3:
        raise ValueError(f"mlp: expected one leading dimension of networks, got {tuple(mlp.weights[0].shape)}")
    _check_feedback(mlp, rule, feedback)
    size, batch_size = len(mlp.weights[0]), _checks.integer("batch_size", batch_size, low=1)
    if rows.ndim != 2 or len(rows) != size:
        raise ValueError(f"rows: expected ({size}, n_train), one row for each network, got {tuple(rows.shape)}")
    epochs = [_checks.integer("epochs", epoch, low=0) for epoch in epochs]
    if not epochs or sorted(epochs) != epochs:
        raise ValueError(f"epochs: expected ascending numbers, got {epochs}")
    rate = torch.as_tensor(learning_rate, dtype=inputs.dtype, device=inputs.device).expand(size)[:, None, None]
    if not bool((rate > 0).all()):
        raise ValueError(f"learning_rate: expected positive numbers, got {learning_rate}")
    current, kept = _copy(mlp), []
    for epoch in range(epochs[-1] + 1):
        kept += [_copy(current)] * epochs.count(epoch)
        if epoch == epochs[-1]:
            break
        order = torch.randperm(rows.shape[1], generator=generator, device=rows.device)
        for positions in order.split(batch_size):
            batch = rows[:, positions]
            _step(current, inputs[batch], labels[batch], rule, feedback, activation, rate)
    return tuple(kept)


def _step(mlp: MLP, inputs, labels, rule, feedback, activation, rate) -> None:
    activities, told = _pass(mlp, inputs, labels, rule, feedback, activation)
    learns = range(len(told)) if rule != LEARNING_RULES[3] else range(len(told) - 1, len(told))
    for k in learns:
        move = rate * told[k]
        mlp.weights[k].baddbmm_(move.mT, activities[k], alpha=-1)
        mlp.biases[k].sub_(move.sum(dim=-2))


def _pass(mlp: MLP, inputs, labels, rule, feedback, activation):
    """Inputs of all layers, and the errors that they are told, divided by the number of images."""
    if activation not in _SLOPES:
        raise ValueError(f"activation: expected one of {', '.join(_SLOPES)}, got {activation!r}")
    slope, apply = _SLOPES[activation], _ACTIVATIONS[activation]
    activities = [inputs]
    for weight, bias in zip(mlp.weights[:-1], mlp.biases[:-1], strict=True):
        activities.append(apply(activities[-1] @ weight.mT + bias[..., None, :]))
    outputs = activities[-1] @ mlp.weights[-1].mT + mlp.biases[-1][..., None, :]
    error = outputs.softmax(dim=-1)
    error = error.scatter_add(-1, labels[..., None], -torch.ones_like(error[..., :1])) / inputs.shape[-2]
    told = [error]
    for k in range(len(mlp.weights) - 1, 0, -1):
        if rule == LEARNING_RULES[0]:
            back = told[0] @ mlp.weights[k]
        elif rule == LEARNING_RULES[3]:
            back = torch.zeros_like(activities[k])
        else:
            back = (told[0] if rule == LEARNING_RULES[1] else error) @ feedback[k - 1].mT
        told.insert(0, back * slope(activities[k]))
    return activities, told


def _copy(mlp: MLP) -> MLP:
    return MLP(*(tuple(part.detach().clone() for part in parts) for parts in mlp))


def _known(rule: str) -> str:
    if rule not in LEARNING_RULES:
        raise ValueError(f"rule: expected one of {', '.join(LEARNING_RULES)}, got {rule!r}")
    return rule


def _check_feedback(mlp: MLP, rule: str, feedback) -> None:
    shapes = []
    if _known(rule) in LEARNING_RULES[1:3]:
        widths = [weight.shape[-2] for weight in mlp.weights]
        shapes = [(w, widths[k + 1] if rule == LEARNING_RULES[1] else widths[-1]) for k, w in enumerate(widths[:-1])]
    got = [tuple(matrix.shape[-2:]) for matrix in feedback]
    if got != shapes:
        raise ValueError(f"feedback: expected matrices of the shapes {shapes} for {rule}, got {got}")
