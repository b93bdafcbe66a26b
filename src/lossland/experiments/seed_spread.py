r"""The spread that seeds leave on a real network, beside the one predicted from its curvature and its gradient noise.

A tanh perceptron 64-w-10 on 1,297 digits, cross-entropy plus a weight decay :math:`\frac\mu2|\theta|^2`.  First its
minimum is found to rounding accuracy.  There the Hessian H of the objective and the covariance C of the gradients of
single images are measured.  Then many runs of stochastic gradient descent start AT the minimum and differ in nothing
but the seed of their batches, drawn with replacement.  With :math:`s_i^2=q_i^{\mathsf T}Cq_i/B` along the eigenvectors
of H, the linear theory (:func:`~lossland.sgd.stationary.transient_covariance`) predicts after t steps the variances

.. math:: \mathrm{Var}_i=\frac{\eta s_i^2}{\lambda_i(2-\eta\lambda_i)}\left(1-(1-\eta\lambda_i)^{2t}\right),

without a parameter that is fitted.  To the next order the third derivatives push the mean of the cloud by
:math:`-H^{-1}\nabla\frac12\mathrm{tr}(H(\theta)\Sigma)`, to where the curvature is less.  A last group of
runs has initial weights of its own, too: it ends in other minima.

Asked by Glukhov (2024), section 4.2, and by its review (next check 1).

Fields of a cell:

* ``loss`` (of the objective, at the minimum), ``gradient_norm``, ``accuracy`` (of the training images);
* ``eigenvalues`` (n,) of H, decreasing, and ``noise`` (n,), the variance of a single image's gradient along their
  eigenvectors;
* one entry for each learning rate: ``n_steps``; ``variances`` (n,), measured over runs, ``None`` if a run diverged;
  ``shift``, squared distance of their mean from the minimum; ``predicted_shift``, the same by the formula above, and
  ``shift_cosine``, the cosine between both; ``excess``, mean of the objective above its minimum;
  ``kurtosis``, mean excess kurtosis over directions with at least a hundredth of the largest variance; ``coupling``,
  slope of the measured correlations between those directions on the predicted ones, and ``coupling_error``, its
  standard error if the theory is right;
* ``own_starts``: root mean squared distance from the minimum of runs with initial weights of their own: as they are,
  and after the best permutation and change of signs of the hidden neurons; last the same distance for the runs from
  the minimum, at the same learning rate (the median one); ``own_excess``: mean excess of the objective of those runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_DIGITS = 4  # of what is kept
_GRADIENT = 1e-11  # norm at which the minimum is found
_NOISE = 1e-9  # share of the largest noise below which a direction has none


@dataclass(frozen=True)
class SeedSpreadSettings(Settings):
    """One network, its minimum, and the runs around it.

    Attributes:
        width: Width w of the hidden layer; there are 75 w + 10 parameters.
        weight_decay: Factor mu, which is also the curvature of directions that the data leave flat.
        batch_size: Images per step and run.
        learning_rates: Step sizes.
        n_runs: Runs from the minimum for each learning rate.
        n_own_starts: Runs with initial weights of their own.
        n_relaxations: Length of the runs in units of 1 / (learning rate * weight decay); twice as long for
            those with initial weights of their own.
    """

    width: int = 4
    weight_decay: float = 0.01
    batch_size: int = 8
    learning_rates: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2)
    n_runs: int = 200
    n_own_starts: int = 60
    n_relaxations: float = 2.0


class Spread(NamedTuple):
    """Measured and predicted variances of one cell at one learning rate, along the eigenvectors with noise.

    Attributes:
        eigenvalues: Curvatures (m,), decreasing.
        noise: Variance of the gradient of a batch along each eigenvector, (m,).
        measured: Variance over runs, (m,).
        error: Its standard error for a normal law, (m,).
        predicted: Variance of the linear theory after as many steps, (m,).
    """

    eigenvalues: np.ndarray
    noise: np.ndarray
    measured: np.ndarray
    error: np.ndarray
    predicted: np.ndarray


def measure(settings: SeedSpreadSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Find one minimum and let runs spread from it.

    Args:
        settings: The cell.
        seed: Its seed; the images are the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland import spectra
    from lossland.networks import accuracy, load_digits, sample_mlp, to_vector

    data = load_digits(dtype=torch.float64, generator=torch.Generator().manual_seed(11))
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    widths = (data.train_inputs.shape[1], settings.width, 10)
    mlp, hessian = _minimum(sample_mlp(widths, 1.0, 0.0, generator=generator), data, settings.weight_decay)
    arguments = (mlp, torch.nn.functional.cross_entropy, data.train_inputs, data.train_labels)
    covariance = spectra.dense_matrix(spectra.gradient_covariance_operator(*arguments, activation="tanh"))
    values, vectors = np.linalg.eigh(spectra.dense_matrix(hessian))
    values, vectors = values[::-1], vectors[:, ::-1]
    along = vectors.T @ covariance @ vectors
    rows = []
    for rate in settings.learning_rates:
        start = to_vector(mlp).expand(settings.n_runs, -1)
        n_steps = int(np.ceil(settings.n_relaxations / (rate * settings.weight_decay)))
        moved = _walk(start, mlp, data, settings, rate, n_steps, generator)
        rows.append({"n_steps": n_steps, **_summary(moved @ vectors, values, along, rate, n_steps, settings)})
        drift = _drift(mlp, data, values, vectors, _covariance(values, along, rate, n_steps, settings))
        mean = moved.mean(axis=0)
        rows[-1]["predicted_shift"] = float(drift @ drift)
        cosine = mean @ drift / np.linalg.norm(mean) / np.linalg.norm(drift)
        rows[-1]["shift_cosine"] = float(cosine) if np.isfinite(cosine) else None
        rows[-1]["excess"] = _excess(moved, mlp, data, settings, hessian.loss())
    typical = sorted(settings.learning_rates)[len(settings.learning_rates) // 2]
    others = sample_mlp(widths, 1.0, 0.0, n_draws=settings.n_own_starts, generator=generator)
    near = rows[settings.learning_rates.index(typical)]
    ends = _walk(to_vector(others), mlp, data, settings, typical, 2 * near["n_steps"], generator)
    within = np.sqrt(sum(near["variances"]) + near["shift"]) if near["variances"] else None
    distances = [*_distances(ends + to_vector(mlp).numpy(), mlp), within]
    return {
        "loss": hessian.loss(),
        "gradient_norm": float(hessian.gradient().norm()),
        "accuracy": accuracy(mlp, data.train_inputs, data.train_labels, "tanh"),
        "eigenvalues": _short(values),
        "noise": _short(np.diag(along)),
        "own_starts": [None if d is None else float(d) for d in distances],
        "own_excess": _excess(ends, mlp, data, settings, hessian.loss()),
        **{name: [row[name] for row in rows] for name in rows[0]},
    }


def _minimum(mlp, data, weight_decay: float):
    """The network at a minimum, and the Hessian there: quasi-Newton steps, then Newton's method."""
    import torch

    from lossland import spectra
    from lossland.networks import forward, from_vector, to_vector

    theta = to_vector(mlp).clone().requires_grad_()
    options = {"max_iter": 3000, "history_size": 50, "tolerance_grad": 1e-6, "tolerance_change": 0.0}
    optimizer = torch.optim.LBFGS([theta], line_search_fn="strong_wolfe", **options)

    def objective():
        optimizer.zero_grad()
        outputs = forward(from_vector(theta, mlp), data.train_inputs, "tanh")
        loss = torch.nn.functional.cross_entropy(outputs, data.train_labels) + weight_decay / 2 * (theta**2).sum()
        loss.backward()
        return loss

    optimizer.step(objective)
    point = theta.detach()
    for _ in range(50):
        hessian = spectra.hessian_operator(
            from_vector(point, mlp), torch.nn.functional.cross_entropy, data.train_inputs, data.train_labels,
            activation="tanh", weight_decay=weight_decay,
        )  # fmt: skip
        if float(hessian.gradient().norm()) < _GRADIENT:
            break
        values, vectors = np.linalg.eigh(spectra.dense_matrix(hessian))
        slopes = hessian.gradient().numpy() @ vectors  # downhill even where the curvature is negative
        point = point - torch.as_tensor(vectors @ (slopes / np.maximum(np.abs(values), 1e-6)))
    return from_vector(point, mlp), hessian


def _walk(start, mlp, data, settings: SeedSpreadSettings, rate: float, n_steps: int, generator) -> np.ndarray:
    """Displacements from ``mlp`` of all runs at the end, (n_runs, n), in single precision."""
    import torch

    from lossland.networks import forward, from_vector, to_vector

    inputs, labels = data.train_inputs.float(), data.train_labels
    theta = start.float().clone().requires_grad_()
    for _ in range(n_steps):
        batch = torch.randint(len(labels), (len(theta), settings.batch_size), generator=generator)
        scores = forward(from_vector(theta, mlp), inputs[batch], "tanh")
        losses = (scores.logsumexp(dim=-1) - scores.gather(-1, labels[batch][..., None])[..., 0]).mean(dim=-1)
        (gradient,) = torch.autograd.grad(losses.sum(), theta)
        with torch.no_grad():
            theta.mul_(1 - rate * settings.weight_decay).sub_(gradient, alpha=rate)
    return (theta.detach().double() - to_vector(mlp)).numpy()


def _summary(moved, values, along, rate: float, n_steps: int, settings: SeedSpreadSettings) -> dict[str, Any]:
    """Moments of the displacements (n_runs, n) along the eigenvectors."""
    if not np.all(np.isfinite(moved)):
        empty = ("variances", "shift", "kurtosis", "coupling", "coupling_error")
        return dict.fromkeys(empty)
    centered = moved - moved.mean(axis=0)
    variances = moved.var(axis=0, ddof=1)
    predicted = _covariance(values, along, rate, n_steps, settings)
    wide = np.diag(predicted) > 0.01 * np.diag(predicted).max()
    upper = np.triu_indices(int(wide.sum()), 1)
    expected, found = (_correlations(s[np.ix_(wide, wide)])[upper] for s in (predicted, np.cov(moved.T)))
    weight = np.sum(expected**2)
    return {
        "variances": _short(variances),
        "shift": float(np.sum(moved.mean(axis=0) ** 2)),
        "kurtosis": float(np.mean((centered[:, wide] ** 4).mean(axis=0) / variances[wide] ** 2 - 3)),
        "coupling": float(found @ expected / weight) if weight else None,  # near instability one direction is left
        "coupling_error": float(1 / np.sqrt(len(moved) * weight)) if weight else None,
    }


def _covariance(values, along, rate: float, n_steps: int, settings: SeedSpreadSettings) -> np.ndarray:
    """Covariance (n, n) of the linear theory between the eigenvectors; zero where the gradient has no noise."""
    from lossland import sgd

    noisy = np.diag(along) > _NOISE * along.max()
    batch = np.where(noisy[:, None] & noisy, along, 0.0) / settings.batch_size
    return sgd.transient_covariance(np.diag(values), batch, rate, n_steps)


def _drift(mlp, data, values, vectors, covariance) -> np.ndarray:
    """Displacement (n,) of the mean of the cloud by the third derivatives of the loss."""
    import torch
    from torch.func import grad, vmap

    from lossland.networks import forward, from_vector, to_vector

    def loss(theta):
        scores = forward(from_vector(theta, mlp), data.train_inputs, "tanh")
        return torch.nn.functional.cross_entropy(scores, data.train_labels)

    def half_trace(theta, directions):
        def curvature(direction):
            return grad(lambda t: grad(loss)(t) @ direction)(theta) @ direction

        return vmap(curvature)(directions).sum() / 2

    widths, axes = np.linalg.eigh(covariance)
    axes = torch.as_tensor(((vectors @ axes) * np.sqrt(np.maximum(widths, 0.0))).T.copy())
    force = sum(grad(half_trace)(to_vector(mlp), part) for part in axes.split(32))
    return -vectors @ (vectors.T @ force.numpy() / values)


def _correlations(covariance: np.ndarray) -> np.ndarray:
    std = np.sqrt(np.diag(covariance))
    return covariance / np.outer(std, std)


def _excess(moved: np.ndarray, mlp, data, settings: SeedSpreadSettings, least: float) -> float | None:
    """Mean over runs of the objective of all images, above its minimum."""
    import torch

    from lossland.networks import forward, from_vector, to_vector

    if not np.all(np.isfinite(moved)):
        return None
    total = 0.0
    for point in torch.as_tensor(moved) + to_vector(mlp):
        outputs = forward(from_vector(point, mlp), data.train_inputs, "tanh")
        loss = torch.nn.functional.cross_entropy(outputs, data.train_labels)
        total += float(loss + settings.weight_decay / 2 * (point**2).sum())
    return total / len(moved) - least


def _distances(ends: np.ndarray, mlp) -> tuple[float, float]:
    """Root mean squared distance of networks (n_runs, n) from ``mlp``, as they are and after the best relabeling.

    Permutations and changes of sign of the hidden tanh neurons leave a network as it is; the nearest relabeling is a
    linear assignment, with the sign of each pair free.
    """
    from scipy.optimize import linear_sum_assignment

    from lossland.networks import to_vector

    n_inputs, width = mlp.weights[0].shape[-1], mlp.weights[0].shape[-2]

    def neurons(vector):
        first, bias, last = np.split(vector[: width * (n_inputs + 11)], [width * n_inputs, width * (n_inputs + 1)])
        return np.column_stack([first.reshape(width, n_inputs), bias, last.reshape(-1, width).T])

    center = to_vector(mlp).numpy()
    kept = neurons(center)
    plain, aligned = [], []
    for end in ends:
        products = np.abs(kept @ neurons(end).T)
        gain = products[linear_sum_assignment(products, maximize=True)].sum()
        plain.append(np.sum((end - center) ** 2))
        aligned.append(plain[-1] + 2 * (np.sum(kept * neurons(end)) - gain))
    return float(np.sqrt(np.mean(plain))), float(np.sqrt(np.mean(aligned)))


def _short(numbers) -> list[float]:
    return [float(f"{number:.{_DIGITS}g}") for number in numbers]


def spread(cell: dict[str, Any], learning_rate: float) -> Spread:
    """Measured and predicted variances of one cell of the record.

    Args:
        cell: One of ``Record.cells``.
        learning_rate: One of the cell's.

    Returns:
        Spread: along the directions in which the gradient has noise.

    Raises:
        ValueError: If the cell has no such learning rate, or its runs diverged there.
    """
    from lossland import sgd

    settings, values = cell["settings"], cell["values"]
    rates = list(settings["learning_rates"])
    if learning_rate not in rates:
        raise ValueError(f"learning_rate: expected one of {', '.join(map(str, rates))}, got {learning_rate}")
    place = rates.index(learning_rate)
    if values["variances"][place] is None:
        raise ValueError(f"learning_rate: the runs diverged at {learning_rate}; choose a smaller one")
    noise = np.array(values["noise"])
    kept = noise > _NOISE * noise.max()
    curvature, noise = np.array(values["eigenvalues"])[kept], noise[kept] / settings["batch_size"]
    measured = np.array(values["variances"][place])[kept]
    error = measured * np.sqrt(2 / (settings["n_runs"] - 1))
    predicted = sgd.transient_covariance(np.diag(curvature), np.diag(noise), learning_rate, values["n_steps"][place])
    return Spread(curvature, noise, measured, error, np.diag(predicted))


EXPERIMENT = register(
    Experiment(
        "seed_spread",
        "Spread of noisy descent around a minimum of a digit classifier, against the law from H and C.",
        measure,
        sizes={
            "small": [SeedSpreadSettings(2, 0.03, learning_rates=(0.05, 0.1), n_runs=100, n_own_starts=20)],
            "full": [
                SeedSpreadSettings(),
                SeedSpreadSettings(batch_size=32, learning_rates=(0.1, 0.2)),
                SeedSpreadSettings(width=8, learning_rates=(0.05, 0.1, 0.2)),
            ],
        },
        n_replicates={"small": 1, "full": 3},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
