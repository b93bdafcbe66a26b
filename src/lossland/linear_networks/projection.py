r"""What a linear network can learn of a target: its projection on linear maps, and the constant that is left.

For :math:`R=\mathbb E[yx^{\mathsf T}]\,\Sigma^{-1}` the mean squares add up,

.. math::
   \tfrac12\mathbb E\|y-Ax\|^2
   =\tfrac12\mathbb E\|y-Rx\|^2+\tfrac12\operatorname{tr}\big((A-R)^{\mathsf T}(A-R)\Sigma\big),

so that the loss of the weights is :func:`~lossland.linear_networks.quadratic_loss` plus a constant, its minimum.

Source: Yarotsky, *Optimization of neural networks* (slides), "Linear networks with quadratic loss", with the factor
1/2 and the constant written out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lossland import _checks
from lossland.linear_networks.map_loss import MapLoss
from lossland.linear_networks.parameters import transpose
from lossland.linear_networks.quadratic_loss import quadratic_loss


class LinearPart(NamedTuple):
    r"""The linear part of a target.

    Attributes:
        target: :math:`R`, (d_K, d_0); the one of least norm where the inputs do not span.
        second_moment: :math:`\Sigma=\mathbb E\,xx^{\mathsf T}`, (d_0, d_0).
        constant: :math:`\frac12\mathbb E\|y-Rx\|^2`, what no linear map removes.
        rank: Rank of :math:`\Sigma`; linear functions of the inputs form a space of dimension ``rank * d_K``.
    """

    target: Any
    second_moment: Any
    constant: float
    rank: int

    @property
    def loss(self) -> MapLoss:
        """The quadratic loss of maps without the constant."""
        return quadratic_loss(self.target, self.second_moment)


def project_target(inputs: Any, outputs: Any) -> LinearPart:
    r"""Project a sampled target on linear maps, in the scalar product :math:`\mathbb E\langle f(x),g(x)\rangle`.

    Args:
        inputs: Inputs :math:`x`, (n, d_0), NumPy or torch; the mean runs over the rows.
        outputs: Values of the target at them, (n, d_K).

    Returns:
        LinearPart: target map, second moments, constant, rank.

    Raises:
        ValueError: If the sample is no two matrices with equally many rows.

    >>> part = project_target([[-1.0], [0.0], [1.0]], [[1.0], [0.0], [1.0]])  # the square has no linear part here
    >>> float(part.target[0, 0].round(12)), round(part.constant, 12), part.rank
    (0.0, 0.333333333333, 1)
    """
    inputs, outputs = check_sample(inputs, outputs, "outputs")
    _, xp = _checks.floating_array("inputs", inputs)
    n_samples = int(inputs.shape[0])
    left, scales, right = xp.linalg.svd(inputs, full_matrices=False)
    kept = scales > max(inputs.shape) * float(xp.finfo(scales.dtype).eps) * xp.max(scales)
    inverse = xp.where(kept, 1 / xp.where(kept, scales, xp.ones_like(scales)), xp.zeros_like(scales))
    target = (transpose(outputs) @ left) * inverse @ right
    second_moment = transpose(inputs) @ inputs / n_samples
    residual = outputs - inputs @ transpose(target)
    constant = float(xp.sum(residual**2)) / (2 * n_samples)
    rank = int(xp.sum(xp.astype(kept, xp.int64)))
    return LinearPart(target, (second_moment + transpose(second_moment)) / 2, constant, rank)


def check_sample(inputs: Any, outputs: Any, name: str):
    """Return inputs (n, d_0) and outputs (n, d_K) after checking that they are matrices with equally many rows."""
    inputs, _ = _checks.floating_array("inputs", inputs)
    outputs, _ = _checks.floating_array(name, outputs)
    if inputs.ndim != 2 or not inputs.shape[0]:
        raise ValueError(f"inputs: expected samples (n, d_0), one in each row, got shape {tuple(inputs.shape)}")
    if outputs.ndim != 2 or outputs.shape[0] != inputs.shape[0]:
        raise ValueError(
            f"{name}: expected shape ({int(inputs.shape[0])}, d_K), one row for each input, got {tuple(outputs.shape)}"
        )
    return inputs, outputs
