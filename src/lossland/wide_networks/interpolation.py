r"""A ReLU network with 2n + d weights through any n points in d dimensions.

Project the inputs on one direction, :math:`z_i=\mathbf a\cdot\mathbf x_i`, sort them, and put one threshold below each,

.. math::
   c(\mathbf x)=\sum_{j=1}^n w_j\,(\mathbf a\cdot\mathbf x-b_j)_+,\qquad
   b_1<z_{(1)}\le b_2<z_{(2)}\le\dots\le b_n<z_{(n)} .

The system :math:`c(\mathbf x_i)=y_i` is triangular with a positive diagonal.  Its solution needs no linear algebra: on
the line of projections ``c`` is a broken line that turns at the thresholds, its slopes follow one after the other,

.. math::
   s_{j+1}=\frac1{1-p}\,\frac{y_{(j+1)}-y_{(j)}}{z_{(j+1)}-z_{(j)}}-\frac p{1-p}\,s_j,\qquad w_j=s_j-s_{j-1},

where the threshold lies at the fraction :math:`p` of the gap below its point.  So :math:`p` decides about stability:
errors in a slope shrink for :math:`p<\frac12`, stay for :math:`p=\frac12`, and grow like :math:`(p/(1-p))^n` beyond.
At :math:`p=0`, the default, ``c`` is the linear interpolant.

The hidden layer has one direction (d weights) shared by n neurons with a threshold (n) and an output weight (n)
each: one hidden layer, "two-layer" in the words of the paper.  Only the n output weights depend on the targets.

Source: Zhang, Bengio, Hardt, Recht and Vinyals (2017), *Understanding deep learning requires rethinking
generalization*, Theorem 1; Yarotsky, *Optimization of neural networks* (slides), "Wide nonlinear networks: finite
sample expressiveness".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossland import _checks
from lossland.wide_networks.distinct_inputs import merge_duplicates

_BLOCK = 2**22  # entries of the hidden layer that are in memory at once


@dataclass(frozen=True)
class InterpolatingNetwork:
    """The network ``x -> sum_j output_weights[j] * relu(direction . x - thresholds[j])``.

    Attributes:
        direction: The weights that all hidden neurons share, (d,).
        thresholds: One for each hidden neuron, increasing, (n,).
        output_weights: One for each hidden neuron, (n,).
    """

    direction: np.ndarray
    thresholds: np.ndarray
    output_weights: np.ndarray

    @property
    def n_weights(self) -> int:
        """Number of weights, 2n + d."""
        return self.direction.size + self.thresholds.size + self.output_weights.size

    def __call__(self, inputs) -> np.ndarray:
        """Outputs (...) of the network, evaluated neuron by neuron as written, for inputs (..., d).

        Raises:
            ValueError: If the last axis of ``inputs`` does not have length d.
        """
        inputs = _checks.real_array("inputs", inputs)
        if not inputs.ndim or inputs.shape[-1] != self.direction.size:
            raise ValueError(f"inputs: expected vectors of width {self.direction.size}, got shape {inputs.shape}")
        projections = (inputs @ self.direction).reshape(-1)
        rows = max(_BLOCK // self.thresholds.size, 1)
        blocks = [projections[i : i + rows, None] - self.thresholds for i in range(0, projections.size, rows)]
        outputs = [np.maximum(block, 0) @ self.output_weights for block in blocks]
        return np.concatenate([*outputs, np.zeros(0)]).reshape(inputs.shape[:-1])


def interpolate(
    inputs, targets, *, direction=None, position: float = 0.0, n_directions: int = 32,
    rng: np.random.Generator | None = None,
) -> InterpolatingNetwork:  # fmt: skip
    """Construct the network with 2n + d weights that takes the given values at n distinct inputs.

    Inputs that occur more than once with the same target count once.  Time is O(n log n) for each direction tried.

    Args:
        inputs: The points, (n, d).
        targets: What the network is to return there, (n,).
        direction: The projection, (d,); by default the one of ``n_directions`` random ones that keeps the projections
            farthest apart (largest smallest gap, relative to the range).
        position: Where each threshold lies between two neighboring projections: 0 at the lower one, 1 at the upper one;
            in [0, 1).  Beyond 1/2 rounding errors grow exponentially in n.
        n_directions: Number of random directions to choose from.
        rng: Draws the directions; needed if no ``direction`` is given.

    Returns:
        InterpolatingNetwork: direction, thresholds in increasing order, output weights.

    Raises:
        TypeError: If neither ``direction`` nor ``rng`` is given.
        ValueError: If two equal inputs have different targets, if two different inputs have equal projections, if the
            weights overflow (``position`` beyond 1/2), or if a shape does not fit.

    >>> network = interpolate([[0.0], [1.0], [2.0]], [1.0, 3.0, 2.0], direction=[1.0])
    >>> network.n_weights, network([[0.0], [0.5], [1.0], [2.0]]).tolist()
    (7, [1.0, 2.0, 3.0, 2.0])
    """
    points, values, rows = merge_duplicates(inputs, targets)
    position = _checks.real_number("position", position, low=0.0)
    if position >= 1:
        raise ValueError(f"position: expected a fraction in [0, 1), got {position:g}")
    if direction is None:
        direction = _best_direction(points, n_directions, rng)
    direction = _checks.real_array("direction", direction)
    if direction.shape != points.shape[1:]:
        raise ValueError(f"direction: expected shape {points.shape[1:]}, got {direction.shape}")
    projections = points @ direction
    order = np.argsort(projections, kind="stable")
    _check_gaps(projections[order], rows[order])
    thresholds, weights = _solve(projections[order], values[order], position)
    return InterpolatingNetwork(direction, thresholds, weights)


def _best_direction(points: np.ndarray, n_directions: int, rng) -> np.ndarray:
    """Draw unit vectors and return the one whose projections are best separated."""
    if rng is None:
        raise TypeError("rng: expected a numpy Generator to draw the direction from, got None; or give a direction")
    candidates = rng.standard_normal((_checks.integer("n_directions", n_directions, low=1), points.shape[1]))
    candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
    return max(candidates, key=lambda a: relative_gap(points @ a))


def relative_gap(projections) -> float:
    """Smallest distance of two of the numbers, over their range: at most 1/(n - 1); 1 for a single number.

    >>> relative_gap([3.0, 0.0, 4.0])
    0.25
    """
    ordered = np.sort(_checks.real_array("projections", projections).reshape(-1))
    spread = ordered[-1] - ordered[0]
    if ordered.size == 1:
        return 1.0
    return float(np.diff(ordered).min() / spread) if spread > 0 else 0.0


def _check_gaps(ordered: np.ndarray, rows: np.ndarray) -> None:
    equal = np.flatnonzero(np.diff(ordered) <= 0)
    if equal.size:
        first, second = sorted((int(rows[equal[0]]), int(rows[equal[0] + 1])))
        raise ValueError(
            f"direction: rows {first} and {second} of inputs are different but have the same projection "
            f"{ordered[equal[0]]:.6g}; try another direction, or inputs that differ by more than rounding"
        )


def _solve(z: np.ndarray, y: np.ndarray, position: float) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds and output weights from increasing projections, by successive slopes."""
    lead = z[-1] - z[0] if z.size > 1 else 1.0  # room below the first point: its slope is then a small one
    thresholds = np.concatenate([[z[0] - lead], z[:-1] + position * np.diff(z)])
    slopes = np.empty_like(y)
    slopes[0] = y[0] / lead
    with np.errstate(over="ignore", invalid="ignore"):
        for j in range(1, y.size):
            value = y[j - 1] + slopes[j - 1] * (thresholds[j] - z[j - 1])
            slopes[j] = (y[j] - value) / (z[j] - thresholds[j])
        weights = np.diff(slopes, prepend=0.0)
    if not np.all(np.isfinite(weights)):
        raise ValueError(f"position: the output weights overflow at {position:g}; expected a fraction of at most 1/2")
    return thresholds, weights
