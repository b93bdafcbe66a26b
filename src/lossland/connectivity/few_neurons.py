r"""Fits of a function of one variable by few neurons, and what a new neuron could add.

N neurons :math:`w_i = (l_i, b_i, c_i)` that move are trained on
:math:`L = \frac12\,\overline{(\frac1N\sum_ic_i\sigma(l_ix+b_i) - y)^2}` (the bar is the mean over samples).  Where they
come to rest, a small mass of a new neuron at w changes the loss at the rate of the *first variation*

.. math:: V(w) = \overline{r\,\phi(x, w)}, \qquad r = \hat y - y.

A network is a minimum over all measures only if V is zero for all w, because the sign of c is free; a minimum for
moving neurons has :math:`\nabla V = 0` at those N points, which is much less.  Bach (2017), *Breaking the curse of
dimensionality with convex neural networks*; Chizat and Bach (2018).  NumPy and SciPy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from lossland import _checks
from lossland.connectivity.neuron_distribution import empirical_measure, neuron_outputs, predict_measure
from lossland.numerics import as_activation


class NeuronFits(NamedTuple):
    """Fits from several random starts, in the order of the starts.

    Attributes:
        atoms: Neurons (l, b, c) of each fit, (n_runs, N, 3).
        losses: Final losses, (n_runs,).
        gradient_norms: Norms of the gradient there, (n_runs,).
        least_eigenvalues: Least eigenvalue of the Hessian there, (n_runs,); positive at a strict minimum.
    """

    atoms: np.ndarray
    losses: np.ndarray
    gradient_norms: np.ndarray
    least_eigenvalues: np.ndarray


def fit_neurons(
    inputs, targets, n_neurons: int, n_runs: int, *, activation="tanh", start_std: float = 1.0,
    max_iter: int = 3000, rng: np.random.Generator,
) -> NeuronFits:  # fmt: skip
    """Fit N moving neurons to samples of a function by L-BFGS, from Gaussian starts.

    Args:
        inputs: Sample points, (P,).
        targets: Values there, (P,).
        n_neurons: Number N of neurons.
        n_runs: Number of starts.
        activation: Name or Activation; its derivative is used.
        start_std: Standard deviation of the entries of l and b at the start; c starts with that times the root of N, so
            that the prediction is of the same size for every N.
        max_iter: Bound on the iterations of a run.
        rng: Draws the starts.

    Returns:
        NeuronFits: where each run ended, at a minimum, a saddle, or on its way, as gradient and Hessian tell.

    Raises:
        ValueError: If the samples do not fit, or the activation has no second derivative.

    >>> x = np.linspace(-1, 1, 20)
    >>> fits = fit_neurons(x, np.tanh(2 * x), 1, 3, rng=np.random.default_rng(0))
    >>> bool(fits.losses.max() < 1e-8)  # one neuron is enough for one neuron
    True
    """
    inputs, targets = _checks.real_array("inputs", inputs), _checks.real_array("targets", targets)
    if inputs.ndim != 1 or inputs.shape != targets.shape:
        raise ValueError(f"targets: expected one for each of the inputs (P,), got {targets.shape} for {inputs.shape}")
    n_neurons = _checks.integer("n_neurons", n_neurons, low=1)
    n_runs = _checks.integer("n_runs", n_runs, low=1)
    start_std = _checks.real_number("start_std", start_std, low=0.0)
    scale = start_std * np.array([1.0, 1.0, n_neurons**0.5])
    starts = rng.normal(size=(n_runs, n_neurons, 3)) * scale
    return descend_neurons(starts, inputs, targets, activation=activation, max_iter=max_iter)


def descend_neurons(starts, inputs, targets, *, activation="tanh", max_iter: int = 3000) -> NeuronFits:
    """Let neurons move downhill by L-BFGS from given starts.

    Args:
        starts: Neurons (l, b, c) to start with, (n_runs, N, 3).
        inputs, targets: Samples, (P,).
        activation: Name or Activation with a second derivative.
        max_iter: Bound on the iterations of a run.

    Returns:
        NeuronFits: where each run ended.

    Raises:
        ValueError: If ``starts`` has another shape, or the activation has no second derivative.

    >>> x = np.linspace(-1, 1, 20)
    >>> end = descend_neurons([[[1.5, 0.1, 0.8]]], x, np.tanh(2 * x))
    >>> end.atoms[0, 0].round(3)
    array([2., 0., 1.])
    """
    starts = _checks.real_array("starts", starts)
    if starts.ndim != 3 or starts.shape[2] != 3:
        raise ValueError(f"starts: expected neurons (l, b, c) of each run, (n_runs, N, 3), got shape {starts.shape}")
    sigma = as_activation(activation)
    settings = {"method": "L-BFGS-B", "jac": True, "options": {"maxiter": max_iter, "ftol": 1e-16, "gtol": 1e-10}}
    args = (np.asarray(inputs, float), np.asarray(targets, float), sigma)
    ends = [minimize(_loss_and_gradient, start.ravel(), args=args, **settings) for start in starts]
    atoms = np.stack([end.x for end in ends]).reshape(starts.shape)
    losses = np.array([float(end.fun) for end in ends])
    norms = np.array([np.linalg.norm(end.jac) for end in ends])
    least = [np.linalg.eigvalsh(neuron_hessian(end, inputs, targets, activation=activation))[0] for end in atoms]
    return NeuronFits(atoms, losses, norms, np.array(least))


def neuron_hessian(atoms, inputs, targets, *, activation="tanh") -> np.ndarray:
    r"""Hessian of the loss in the entries of N moving neurons.

    Args:
        atoms: Neurons (l, b, c), (N, 3).
        inputs, targets: Samples, (P,).
        activation: Name or Activation with a second derivative.

    Returns:
        Matrix (3N, 3N), entries neuron by neuron.

    Raises:
        ValueError: If the activation has no second derivative.

    >>> neuron_hessian([[1.0, 0.0, 1.0]], [1.0], [1.0], activation="linear")  # r = 0: outer product of (c x, c, l x)
    array([[1., 1., 1.],
           [1., 1., 1.],
           [1., 1., 1.]])
    """
    sigma = as_activation(activation)
    if sigma.second_derivative is None:
        raise ValueError(f"activation: expected one with a second derivative, got {sigma.name!r}")
    atoms = _checks.real_array("atoms", atoms)
    slope, bias, output = atoms.T
    z, x = np.outer(inputs, slope) + bias, np.asarray(inputs, float)[:, None]
    value, first, second = sigma.value(z), sigma.derivative(z), sigma.second_derivative(z)
    jacobian = np.stack([output * first * x, output * first, value], axis=2) / len(atoms)
    residual = value @ output / len(atoms) - np.asarray(targets, float)
    jacobian = jacobian.reshape(len(residual), -1)
    hessian = jacobian.T @ jacobian
    curved, mixed = output * second, np.zeros_like(z)
    rows = [[curved * x**2, curved * x, first * x], [curved * x, curved, first], [first * x, first, mixed]]
    blocks = np.einsum("p,abpn->nab", residual, np.array(rows)) / len(atoms)
    for i, block in enumerate(blocks):
        hessian[3 * i : 3 * i + 3, 3 * i : 3 * i + 3] += block
    return hessian / len(residual)


def first_variation(atoms, new_atoms, inputs, targets, *, activation="tanh") -> np.ndarray:
    """Rate at which the loss changes per mass of a new neuron, for each of several candidates.

    Args:
        atoms: Neurons (l, b, c) of the network, (N, 3).
        new_atoms: Candidates, (M, 3).
        inputs, targets: Samples, (P,).
        activation: Name or Activation.

    Returns:
        Rates V, (M,): negative where a small mass of the candidate lowers the loss; mass is added, nothing taken away.

    >>> x = np.array([-1.0, 1.0])
    >>> V = first_variation([[0.0, 0.0, 0.0]], [[1.0, 0.0, 1.0], [1.0, 0.0, -1.0]], x, x, activation="linear")
    >>> V.tolist()  # the network is 0, so r = -x
    [-1.0, 1.0]
    """
    inputs, targets = _checks.real_array("inputs", inputs), _checks.real_array("targets", targets)
    residual = predict_measure(*empirical_measure(atoms), inputs[:, None], activation)[:, 0] - targets
    return residual @ neuron_outputs(new_atoms, inputs[:, None], activation)[:, :, 0] / len(residual)


def _loss_and_gradient(vector, inputs, targets, sigma):
    slope, bias, output = vector.reshape(-1, 3).T
    z = np.outer(inputs, slope) + bias
    hidden = sigma.value(z)
    residual = hidden @ output / len(slope) - targets
    back = residual[:, None] * sigma.derivative(z) * output
    parts = (inputs @ back, back.sum(axis=0), residual @ hidden)
    return float(np.mean(residual**2) / 2), np.stack(parts, axis=1).ravel() / (len(inputs) * len(slope))
