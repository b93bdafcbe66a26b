"""Layers of orthonormal polynomials of single inputs: polytrons, to be stacked like any layer.

Source: Glukhov (2024), section 6.2.2, figure 2.
"""

from __future__ import annotations

import torch

from lossland import _checks
from lossland.remedies.basis_layer import BasisLayer
from lossland.remedies.feature_recurrence import check_inputs, polynomial_features, recurrence_steps
from lossland.remedies.orthogonal_bases import OrthonormalBasis, chebyshev, check_basis
from lossland.remedies.polynomial_sums import polynomial_sums


class PolynomialLayer(BasisLayer):
    r"""A layer of sums of polynomials of single inputs, :math:`y_j=\sum_{ni}W_{jni}\,\phi_n(s_ix_i)`.

    Args:
        n_inputs: Number of inputs.
        n_outputs: Number of outputs.
        degree: Highest degree N.
        basis: The basis, Chebyshev's by default.
        outside: What to do with inputs outside the domain of the basis.  ``"squash"``: all inputs go through tanh
            first, for a domain with two ends (through softplus, for one that begins at 0); on the whole line nothing
            is done.  ``"clamp"``: those outside are put on the nearest end, where they have no gradient.
            ``"continue"``: the polynomials are evaluated where the inputs are, and grow like their powers.
        scale: Whether each input has a scale that is trained; it begins at one.
        mask: Zeros and ones (n_outputs, N + 1, n_inputs) for the coefficients, or ``None``.
        generator: For the initial coefficients, which are normal with variance one over the number of terms of an
            output: inputs that follow the density of the basis give outputs of variance one.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        TypeError: If ``basis`` is something else.
        ValueError: If a number is out of range, or the mask has another shape, or leaves an output without a term.

    >>> layer = PolynomialLayer(2, 3, degree=4, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.zeros(5, 2)).shape
    torch.Size([5, 3])
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        degree: int,
        basis: OrthonormalBasis | None = None,
        *,
        outside: str = "squash",
        scale: bool = False,
        mask=None,
        generator: torch.Generator | None = None,
        device=None,
        dtype=None,
    ):
        degree = _checks.integer("degree", degree, low=0)
        basis = chebyshev() if basis is None else basis
        check_basis(basis)
        super().__init__(
            n_inputs, n_outputs, degree + 1, basis.domain, outside=outside, variance=degree + 1, scale=scale, mask=mask,
            generator=generator, device=device, dtype=dtype,
        )  # fmt: skip
        self.basis, self.degree = basis, degree
        self._steps = recurrence_steps(basis, degree)

    def combine(self, inputs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return the sums of the polynomials of inputs in the domain, (..., n_outputs)."""
        check_inputs(inputs)
        return polynomial_sums(inputs, weight, self._steps) if self._steps else super().combine(inputs, weight)

    def features(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the polynomials (..., N + 1, n_inputs) of inputs in the domain."""
        return polynomial_features(inputs, self.basis, self.degree)

    def extra_repr(self) -> str:
        """Say what is inside."""
        n_outputs, _, n_inputs = self.weight.shape
        return f"{n_inputs}, {n_outputs}, degree={self.degree}, basis={self.basis.name}, outside={self.outside!r}"
