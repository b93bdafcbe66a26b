r"""Spectra of the Hessian of real networks on the digits: before, during and after training, against width.

Tanh perceptrons 64-w-10 on 1,297 images of 8 x 8 pixels, cross-entropy plus a weight decay
:math:`\frac\lambda2|\theta|^2`; stochastic gradient descent with momentum, at the end with a tenth of the step.  At
three times all eigenvalues of the Hessian are computed, in double precision.  They are those of the data's loss: the
whole objective's are larger by the weight decay, each.

Asked by section 5.2 of Glukhov (2024): whether the bulk is near zero and grows with the network while outliers
belong to the data (after Sagun, Bottou and LeCun 2017; Ghorbani, Krishnan and Xiao 2019), whether training makes the
spectrum positive, and which sign the derivative of the mean logarithm in the size has (equation 33).

Fields of a cell; all but the first four are lists, one entry for each time:

* ``n_parameters``, ``train_accuracy``, ``test_accuracy`` (at the end), ``diverged``;
* ``steps``, ``loss`` (with weight decay), ``gradient_norm``;
* ``trace``, ``median``, ``small_share``, ``negative_share``, ``negative_weight``, ``effective_rank`` as in
  :func:`~lossland.spectra.statistics.spectrum_statistics`;
* ``mean_log`` of the whole objective's eigenvalues, raised to 1e-6; ``mean_log_data`` of the data's, raised to each of
  ``FLOORS``;
* ``n_outliers``, ``bulk_edge``, ``outlier_ratio`` of :func:`~lossland.spectra.bulk.split_bulk`;
* ``largest`` (20 eigenvalues, decreasing), ``smallest`` (5, increasing), ``quantiles`` (at ``QUANTILES``);
* ``gauss_newton_distance``: :math:`\|H-G\|_F/\|H\|_F`, estimated;
* ``noise_along`` (20): variance of a single image's gradient along the eigenvectors of the ``largest``;
  ``noise_trace``: in all directions, estimated; ``noise_alignment``: :math:`\mathrm{tr}(CH)/\|C\|_F\|H\|_F`,
  estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

TIMES = ("before", "during", "after")
FLOORS = (1e-8, 1e-6, 1e-4)
QUANTILES = tuple(k / 200 for k in range(201))
_N_PROBES = 40
_N_LARGEST = 20
_LANCZOS_STEPS = 300
_DIGITS = 10  # of what is kept


@dataclass(frozen=True)
class HessianSpectraSettings(Settings):
    """One network and its training.

    Attributes:
        width: Width w of the hidden layer; there are 75 w + 10 parameters.
        early_steps: Steps until the second spectrum.
        n_steps: Steps until the third; the last half with a tenth of the learning rate.
        learning_rate: Step size.
        momentum: Of the descent.
        batch_size: Images per step.
        weight_decay: Factor lambda.
        weight_std: Of the initial weights, times the square root of the fan-in.
    """

    width: int
    early_steps: int = 50
    n_steps: int = 4000
    learning_rate: float = 0.05
    momentum: float = 0.9
    batch_size: int = 64
    weight_decay: float = 1e-3
    weight_std: float = 1.0


class AgainstWidth(NamedTuple):
    """A field over networks, one entry per width.

    Attributes:
        width: Widths, ascending.
        n_parameters: Numbers of parameters.
        mean: Mean over seeds.
        standard_error: Its standard error.
        values: Each seed's, (n_widths, n_seeds).
    """

    width: np.ndarray
    n_parameters: np.ndarray
    mean: np.ndarray
    standard_error: np.ndarray
    values: np.ndarray


def measure(settings: HessianSpectraSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train one network and take its spectrum three times.

    Args:
        settings: The cell.
        seed: Its seed; the split into training and test images is the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.networks import load_digits, sample_mlp

    data = load_digits(dtype=torch.float64, generator=torch.Generator().manual_seed(11))
    first, second = (int(word >> np.uint64(1)) for word in seed.generate_state(2, np.uint64))
    generator, rng = torch.Generator().manual_seed(first), np.random.default_rng(second)
    widths = (data.train_inputs.shape[1], settings.width, 10)
    mlp = sample_mlp(widths, settings.weight_std, 0.0, generator=generator)
    rows, curve = [_spectrum(mlp, data, settings, 0, rng)], None
    early, half = settings.early_steps, settings.n_steps // 2
    for n_steps, rate, look_at in ((early, 1.0, early), (half - early, 1.0, None), (half, 0.1, 2 * half)):
        curve = _train(mlp, data, settings, n_steps, rate, generator)
        mlp = curve.mlp
        if look_at is not None:
            rows.append(_spectrum(mlp, data, settings, look_at, rng))
    listed = {name: [row[name] for row in rows] for name in rows[0]}
    return {
        "n_parameters": sum(part.numel() for part in (*mlp.weights, *mlp.biases)),
        "train_accuracy": curve.train_accuracy,
        "test_accuracy": curve.test_accuracy,
        "diverged": bool(curve.diverged),
        **listed,
    }


def _train(mlp, data, settings: HessianSpectraSettings, n_steps: int, rate: float, generator):
    from lossland.networks import train

    return train(
        mlp,
        data,
        "tanh",
        n_steps=n_steps,
        learning_rate=rate * settings.learning_rate,
        batch_size=settings.batch_size,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        generator=generator,
    )


def _spectrum(mlp, data, settings: HessianSpectraSettings, steps: int, rng: np.random.Generator) -> dict[str, Any]:
    """All eigenvalues of the data's Hessian, summarized."""
    import torch

    from lossland import spectra

    arguments = (mlp, torch.nn.functional.cross_entropy, data.train_inputs, data.train_labels)
    hessian = spectra.hessian_operator(*arguments, activation="tanh", weight_decay=settings.weight_decay)
    gauss_newton = spectra.gauss_newton_operator(*arguments, activation="tanh", weight_decay=settings.weight_decay)
    objective = spectra.dense_spectrum(hessian)
    eigenvalues = objective - settings.weight_decay
    summary, split = spectra.spectrum_statistics(eigenvalues), spectra.split_bulk(eigenvalues, min_ratio=1.2)
    probes = hessian.asarray(2.0 * rng.integers(0, 2, size=(_N_PROBES, len(eigenvalues))) - 1.0)
    product = hessian.apply(probes) - settings.weight_decay * probes
    difference = product - gauss_newton.apply(probes) + settings.weight_decay * probes
    return {
        "steps": steps,
        "loss": hessian.loss(),
        "gradient_norm": float(hessian.gradient().norm()),
        "trace": summary.trace,
        "median": summary.median,
        "small_share": summary.small_share,
        "negative_share": summary.negative_share,
        "negative_weight": summary.negative_weight,
        "effective_rank": summary.effective_rank,
        "mean_log": spectra.mean_log_eigenvalue(objective, floor=1e-6),
        "mean_log_data": [spectra.mean_log_eigenvalue(eigenvalues, floor=floor) for floor in FLOORS],
        "n_outliers": split.n_outliers,
        "bulk_edge": split.bulk_edge,
        "outlier_ratio": split.ratio,
        "largest": _short(eigenvalues[::-1][:_N_LARGEST]),
        "smallest": _short(eigenvalues[:5]),
        "quantiles": _short(np.quantile(eigenvalues, QUANTILES)),
        "gauss_newton_distance": float((difference**2).sum() / _N_PROBES) ** 0.5 / float(np.linalg.norm(eigenvalues)),
        **_noise(spectra.gradient_covariance_operator(*arguments, activation="tanh"), hessian, probes, product, rng),
    }


def _noise(covariance, hessian, probes, product, rng: np.random.Generator) -> dict[str, Any]:
    """The covariance of single images' gradients, beside the Hessian."""
    from lossland import spectra

    steps = min(_LANCZOS_STEPS, hessian.shape[0])
    top = spectra.extreme_eigenpairs(hessian, _N_LARGEST, n_steps=steps, tol=1e-5, rng=rng)
    along = (top.eigenvectors * covariance.apply(top.eigenvectors)).sum(1)
    noise = covariance.apply(probes)
    alignment = (noise * product).sum() / (noise.norm() * product.norm())
    return {
        "noise_along": _short(along.tolist()),
        "noise_trace": float((noise * probes).sum() / len(probes)),
        "noise_alignment": float(alignment),
    }


def _short(numbers) -> list[float]:
    return [float(f"{number:.{_DIGITS}g}") for number in numbers]


def against_width(record: Record, field: str, time: str = "after") -> AgainstWidth:
    """A field of the record at one time, averaged over seeds, for each width.

    Args:
        record: Record of ``hessian_spectra``.
        field: Name of a field with one number for each time.
        time: ``"before"``, ``"during"`` or ``"after"`` training.

    Returns:
        AgainstWidth: means with standard errors.

    Raises:
        ValueError: If there is no such time.
    """
    if time not in TIMES:
        raise ValueError(f"time: expected one of {', '.join(TIMES)}, got {time!r}")
    widths = np.unique(record.column("width"))
    values = np.array([record.select(width=int(w)).column(field)[:, TIMES.index(time)] for w in widths], dtype=float)
    sizes = np.array([record.select(width=int(width)).column("n_parameters")[0] for width in widths])
    n_seeds = values.shape[1]
    error = values.std(axis=1, ddof=1) / np.sqrt(n_seeds) if n_seeds > 1 else np.full(len(widths), np.nan)
    return AgainstWidth(widths, sizes, values.mean(axis=1), error, values)


EXPERIMENT = register(
    Experiment(
        "hessian_spectra",
        "Hessian spectra of 64-w-10 networks on the digits before, during and after training, w = 2 to 64.",
        measure,
        sizes={
            "small": list(HessianSpectraSettings.grid(width=(2, 4, 8), early_steps=(20,), n_steps=(400,))),
            "full": list(HessianSpectraSettings.grid(width=(2, 4, 8, 16, 32, 64))),
        },
        n_replicates={"small": 2, "full": 4},
        requires=("torch", "sklearn.datasets"),
    )
)
