r"""Where training ends on the digits: local minima of small and large networks, certified by their Hessian.

Choromanska, Henaff, Mathieu, Ben Arous and LeCun (2015), *The loss surfaces of multilayer networks*, section 5, trained
many networks of one hidden layer on small images and compared the losses at which they ended.  Here with a penalty
:math:`\frac\lambda2\|w\|^2` on all parameters.  Without one the cross-entropy of a network that separates the training
images has no minimum at all, it falls for ever; with one, every run ends at a point whose gradient and Hessian say what
it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

if TYPE_CHECKING:
    import torch

    from lossland.networks import MLP, Split


@dataclass(frozen=True)
class LocalMinimaSettings(Settings):
    """One network and its objective.

    Attributes:
        width: Number of hidden tanh units.
        penalty: Factor of half the squared norm of all parameters.
        n_train: Training images; the remaining ones of 1,797 are for testing.
        tol: Largest entry of the gradient at which the search ends.
        max_iter: Most iterations of L-BFGS.
    """

    width: int
    penalty: float = 1e-3
    n_train: int = 1200
    tol: float = 1e-6
    max_iter: int = 20_000


def measure(settings: LocalMinimaSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Minimize from one random start in float64 on the CPU, and look at the Hessian where it ends.

    Args:
        settings: The cell.
        seed: Its seed, which draws the start; the split of the images is the same in all cells.

    Returns:
        dict: ``objective``; ``train_loss`` and ``test_loss``, cross-entropies in nats without the penalty; the two
        accuracies; ``lowest_test_loss`` along the way; ``gradient_norm``, ``least_eigenvalue`` and ``n_negative``
        eigenvalues of the Hessian; ``n_iterations``.
    """
    import torch
    from scipy.optimize import minimize

    from lossland.networks import load_digits, sample_mlp, to_vector

    data = load_digits(n_train=settings.n_train, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    start = sample_mlp((data.train_inputs.shape[1], settings.width, 10), 1.0, 0.0, generator=generator)
    tests: list[float] = []
    found = minimize(
        _objective,
        to_vector(start).numpy(),
        args=(start, data, settings.penalty),
        jac=True,
        method="L-BFGS-B",
        callback=lambda vector: tests.append(_losses(vector, start, data)["test_loss"]),
        options={
            "maxiter": settings.max_iter, "maxfun": 2 * settings.max_iter, "maxcor": 30, "ftol": 0.0,
            "gtol": settings.tol,
        },
    )
    eigenvalues = np.linalg.eigvalsh(_hessian(found.x, start, data, settings.penalty))
    return {
        "objective": float(found.fun),
        **_losses(found.x, start, data),
        "lowest_test_loss": min(tests),
        "gradient_norm": float(np.linalg.norm(_objective(found.x, start, data, settings.penalty)[1])),
        "least_eigenvalue": float(eigenvalues[0]),
        "n_negative": int(np.sum(eigenvalues < 0)),
        "n_iterations": int(found.nit),
    }


def _penalized(vector: torch.Tensor, like: MLP, data: Split, penalty: float) -> torch.Tensor:
    import torch

    from lossland.networks import forward, from_vector

    outputs = forward(from_vector(vector, like), data.train_inputs, "tanh")
    return torch.nn.functional.cross_entropy(outputs, data.train_labels) + penalty / 2 * (vector @ vector)


def _objective(vector: np.ndarray, like: MLP, data: Split, penalty: float) -> tuple[float, np.ndarray]:
    import torch

    leaf = torch.tensor(vector, requires_grad=True)
    loss = _penalized(leaf, like, data, penalty)
    (gradient,) = torch.autograd.grad(loss, leaf)
    return float(loss.detach()), gradient.numpy()


def _hessian(vector: np.ndarray, like: MLP, data: Split, penalty: float, *, rows: int = 32) -> np.ndarray:
    import torch

    leaf = torch.tensor(vector, requires_grad=True)
    (gradient,) = torch.autograd.grad(_penalized(leaf, like, data, penalty), leaf, create_graph=True)
    identity = torch.eye(len(vector), dtype=leaf.dtype)
    blocks = [
        torch.autograd.grad(gradient, leaf, directions, retain_graph=True, is_grads_batched=True)[0]
        for directions in identity.split(rows)
    ]
    matrix = torch.cat(blocks).numpy()
    return (matrix + matrix.T) / 2


def _losses(vector: np.ndarray, like: MLP, data: Split) -> dict[str, float]:
    import torch

    from lossland.networks import forward, from_vector

    mlp, found = from_vector(torch.as_tensor(vector), like), {}
    for name, inputs, labels in (
        ("train", data.train_inputs, data.train_labels), ("test", data.test_inputs, data.test_labels),
    ):  # fmt: skip
        outputs = forward(mlp, inputs, "tanh")
        found[f"{name}_loss"] = float(torch.nn.functional.cross_entropy(outputs, labels))
        found[f"{name}_accuracy"] = float((outputs.argmax(dim=-1) == labels).double().mean())
    return found


EXPERIMENT = register(
    Experiment(
        "local_minima",
        "Local minima of digit classifiers of several widths: training and test loss, Hessian at the end.",
        measure,
        sizes={
            "small": list(LocalMinimaSettings.grid(width=(2, 8))),
            "full": list(LocalMinimaSettings.grid(penalty=(1e-3, 1e-4), width=(2, 4, 8, 16, 32))),
        },
        n_replicates={"small": 2, "full": 24},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
