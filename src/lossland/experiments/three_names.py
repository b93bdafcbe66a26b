r"""One network under three names: the training loss on the plane through a minimum and two of its copies.

Renaming hidden neurons in cycles of three is an isometry of parameter space whose third power is the identity, so the
plane through a point and its two images is mapped to itself, turned by 120 degrees, and the objective on it must look
the same from all three corners (chapter 15).  The network has one hidden layer of tanh units and is trained on the
digits of scikit-learn to a minimum of cross-entropy plus weight decay; that sum is what is drawn.

Fields of a cell: ``points``, the three corners in the plane, (3, 2), with their center at the origin; ``axis``, the
coordinates of the grid along both axes; ``objective``, its values, rows going up, to five digits; ``gradient_norm``
at the first corner and ``accuracy`` on the test images, one number each, for the three are one network.
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
class ThreeNamesSettings(Settings):
    """One network and its map.

    Attributes:
        width: Hidden neurons, a multiple of three.
        weight_decay: Factor of half the squared norm of the parameters.
        n_points: Points of the grid along each axis.
        reach: Half the side of the map in units of the distance between two corners.
    """

    width: int
    weight_decay: float
    n_points: int
    reach: float = 1.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width < 3 or self.width % 3:
            raise ValueError(f"width: expected a multiple of three, got {self.width}")


def measure(settings: ThreeNamesSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train, rename, and walk over the plane, in float64 on the CPU.

    Args:
        settings: The cell.
        seed: Its seed: split of the images and start.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.connectivity.plane import plane_through
    from lossland.networks import MLP, accuracy, load_digits
    from lossland.symmetry import permute_neurons

    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    data = load_digits(dtype=torch.float64, generator=generator)
    first = trained(settings, data, generator)
    cycles = torch.arange(settings.width).reshape(-1, 3).roll(-1, dims=1).reshape(-1)
    second = permute_neurons(first, [cycles])
    third = permute_neurons(second, [cycles])
    plane = plane_through(first, second, third)
    center = MLP(*(tuple(sum(layers) / 3 for layers in zip(*parts, strict=True))
                   for parts in zip(first, second, third, strict=True)))
    origin = plane.coordinates(center)
    points = torch.stack([plane.coordinates(mlp) for mlp in (first, second, third)]) - origin
    side = float((points[1] - points[0]).norm())
    axis = torch.linspace(-settings.reach * side, settings.reach * side, settings.n_points, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis).flip(1) + origin
    values = torch.cat([objective(plane.at(part), data, settings.weight_decay) for part in grid.split(50)])
    return {
        "points": points.tolist(),
        "axis": axis.tolist(),
        "objective": [[float(f"{value:.5g}") for value in row] for row in values.reshape(2 * (len(axis),)).tolist()],
        "gradient_norm": float(gradient(first, data, settings.weight_decay).norm()),
        "accuracy": accuracy(first, data.test_inputs, data.test_labels, "tanh"),
    }


def objective(mlp: MLP, data: Split, weight_decay: float) -> torch.Tensor:
    """Training cross-entropy in nats plus weight decay, for networks with one leading dimension."""
    from lossland.connectivity import network_loss
    from lossland.networks import to_vector

    loss = network_loss(mlp, data.train_inputs, data.train_labels, "tanh")
    return loss + 0.5 * weight_decay * to_vector(mlp).square().sum(-1)


def gradient(mlp: MLP, data: Split, weight_decay: float) -> torch.Tensor:
    """The gradient of the objective, as a vector."""
    import torch

    from lossland.networks import from_vector, to_vector

    vector = to_vector(mlp).detach().requires_grad_()
    value = objective(from_vector(vector, mlp), data, weight_decay)
    return torch.autograd.grad(value, vector)[0]


def trained(settings: ThreeNamesSettings, data: Split, generator: torch.Generator) -> MLP:
    """A network at a minimum of the objective, by L-BFGS from a random start."""
    import torch
    from scipy.optimize import minimize

    from lossland.networks import from_vector, sample_mlp, to_vector

    start = sample_mlp((64, settings.width, 10), 1.0, 0.0, generator=generator)

    def value_and_gradient(vector: np.ndarray) -> tuple[float, np.ndarray]:
        mlp = from_vector(torch.as_tensor(vector), start)
        slope = gradient(mlp, data, settings.weight_decay)
        return float(objective(mlp, data, settings.weight_decay)), slope.numpy()

    found = minimize(value_and_gradient, to_vector(start).numpy(), jac=True, method="L-BFGS-B",
                     options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9})
    return from_vector(torch.as_tensor(found.x), start)


EXPERIMENT = register(
    Experiment(
        "three_names",
        "The training loss on the plane through a minimum and two copies of it with renamed neurons.",
        measure,
        sizes={
            "small": [ThreeNamesSettings(6, 3e-3, 11)],
            "full": [ThreeNamesSettings(15, 1e-3, 91)],
        },
        n_replicates={"small": 1, "full": 1},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
