"""Cross-entropy and accuracy of many classifiers on one data set at once: what is measured along a path."""

from __future__ import annotations

import torch

from lossland.networks import MLP, forward

_PIECE_BYTES = 1 << 21


def network_loss(mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, activation) -> torch.Tensor:
    """Mean cross-entropy in nats of each network; gradients flow through.

    Args:
        mlp: One network or a batch, with any leading dimensions (times, pairs).
        inputs: Input vectors, (P, d_0), the same for all networks.
        labels: Classes, integers (P,).
        activation: Name, Activation or torch function.

    Returns:
        Losses (...), one for each network.

    Raises:
        ValueError: If the widths, the numbers of inputs and labels, or the devices do not fit.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 4, 2), 0.0, 0.0, n_draws=2, generator=torch.Generator().manual_seed(0))
    >>> network_loss(mlp, torch.ones(5, 3, dtype=torch.float64), torch.tensor([0, 1, 0, 1, 1]), "relu").numpy().round(4)
    array([0.6931, 0.6931])
    """
    scores = _scores(mlp, inputs, labels, activation)
    of_label = scores.gather(-1, labels[:, None].expand(*scores.shape[:-1], 1))[..., 0]
    return (scores.logsumexp(dim=-1) - of_label).mean(dim=-1)


def network_accuracy(mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, activation) -> torch.Tensor:
    """Fraction of inputs, for each network, whose largest output is at the index of their label.

    Args:
        mlp: One network or a batch, with any leading dimensions (times, pairs).
        inputs: Input vectors, (P, d_0), the same for all networks.
        labels: Classes, integers (P,).
        activation: Name, Activation or torch function.

    Returns:
        Accuracies (...) in the dtype of the inputs.

    Raises:
        ValueError: If the widths, the numbers of inputs and labels, or the devices do not fit.
    """
    with torch.no_grad():
        right = _scores(mlp, inputs, labels, activation).argmax(dim=-1) == labels
        return right.to(inputs.dtype).mean(dim=-1)


def _scores(mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, activation) -> torch.Tensor:
    if inputs.ndim != 2 or labels.shape != inputs.shape[:1]:
        raise ValueError(
            f"labels: expected one class for each of the inputs (P, d), got labels {tuple(labels.shape)} and inputs "
            f"{tuple(inputs.shape)}"
        )
    parts = (*mlp.weights, *mlp.biases)
    batch = mlp.biases[0].shape[:-1]
    if not batch or (torch.is_grad_enabled() and any(part.requires_grad for part in parts)):
        return forward(mlp, inputs, activation)
    return _in_pieces(mlp, batch, inputs, activation)


def _in_pieces(mlp: MLP, batch: torch.Size, inputs: torch.Tensor, activation) -> torch.Tensor:
    """The same, some networks at a time, so that their hidden layers stay in reach of the processor's cache."""
    widest = max(bias.shape[-1] for bias in mlp.biases)
    at_once = max(1, _PIECE_BYTES // (len(inputs) * widest * inputs.element_size()))
    weights = [w.reshape(-1, *w.shape[-2:]).split(at_once) for w in mlp.weights]
    biases = [h.reshape(-1, h.shape[-1]).split(at_once) for h in mlp.biases]
    pieces = zip(zip(*weights, strict=True), zip(*biases, strict=True), strict=True)
    scores = torch.cat([forward(MLP(*piece), inputs, activation) for piece in pieces])
    return scores.reshape(*batch, *scores.shape[-2:])
