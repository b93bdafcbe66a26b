"""Networks of one family for many runs at once: perceptrons, and layers of polynomials or splines of single inputs.

They compute what :class:`~lossland.remedies.polynomial_layer.PolynomialLayer` and
:class:`~lossland.remedies.spline_layer.SplineLayer` compute, with a row of parameters for each run.
"""

from __future__ import annotations

POLYNOMIALS = ("legendre", "chebyshev", "hermite", "laguerre")
PERCEPTRONS = ("relu", "tanh")
N_PARAMETERS = {1: 240, 8: 540}  # by the number of inputs


def hidden_width(family: str, shape: int, n_inputs: int) -> int:
    """Return the width of hidden layers that comes nearest to the number of parameters that all families have.

    >>> hidden_width("legendre", 6, 1), hidden_width("relu", 1, 1)
    (20, 80)
    """
    wanted = N_PARAMETERS[n_inputs]
    return min(range(1, wanted), key=lambda width: abs(count_parameters(family, shape, n_inputs, width) - wanted))


def count_parameters(family: str, shape: int, n_inputs: int, width: int) -> int:
    """Return the number of parameters of a network with hidden layers of a width."""
    if family in PERCEPTRONS:
        return (n_inputs + 1) * width + (shape - 1) * (width + 1) * width + width + 1
    return (n_inputs + 1) * width * shape


class BatchedNetwork:
    """Networks of one family for parameters (R, P) and the terms (R, B, n) of their first layers."""

    def __init__(self, family: str, shape: int, n_inputs: int, width: int):
        from lossland import remedies

        self.family, self.shape = family, shape
        n_hidden = shape if family in PERCEPTRONS else 1
        self.widths = [n_inputs, *[width] * n_hidden, 1]
        self.basis = getattr(remedies, family)() if family in POLYNOMIALS else None

    def sample(self, generator, initial: str):
        """Initial parameters (P,): from the package's layers, or of ``nn.Linear`` for perceptrons."""
        import torch

        from lossland import remedies

        parts = []
        for n_in, n_out in zip(self.widths, self.widths[1:], strict=False):
            if self.family in PERCEPTRONS:
                parts.append((2 * torch.rand(n_in * n_out + n_out, generator=generator) - 1) / n_in**0.5)
            elif self.basis is not None:
                layer = remedies.PolynomialLayer(n_in, n_out, self.shape - 1, self.basis, generator=generator)
                share = (1.0 + torch.arange(self.shape)) ** (-2.0 if initial == "smooth" else 0.0)
                share = share * (self.shape / share.square().sum()).sqrt()  # outputs keep their variance
                parts.append((layer.weight.detach() * share[:, None]).flatten())
            else:
                layer = remedies.SplineLayer(n_in, n_out, self.shape - 4, generator=generator)
                splines = layer.weight.detach() * (0.1 if initial == "smooth" else 1.0)
                parts.append(torch.cat([splines, layer.base.detach()[:, None]], dim=1).flatten())
        return torch.cat(parts)

    def prepare(self, x):
        """What the first layer sums, (..., terms), for inputs (..., D): it is the same in all steps."""
        if self.family == "laguerre":
            x = x + 1
        elif self.family in ("hermite", *PERCEPTRONS):
            x = x * 3**0.5
        return x if self.family in PERCEPTRONS else self._features(x).flatten(-2)

    def __call__(self, theta, x):
        """Outputs (R, B)."""
        import torch

        at = 0
        for k, (n_in, n_out) in enumerate(zip(self.widths, self.widths[1:], strict=False)):
            n_terms = n_in if self.family in PERCEPTRONS else n_in * self.shape
            weight = theta[:, at : at + n_terms * n_out].unflatten(1, (n_out, n_terms))
            at += n_terms * n_out
            if self.family in PERCEPTRONS:
                x = x if not k else (torch.relu(x) if self.family == "relu" else torch.tanh(x))
                x = torch.baddbmm(theta[:, None, at : at + n_out], x, weight.mT)
                at += n_out
            else:
                x = torch.bmm(self._features(self._squashed(x)).flatten(-2) if k else x, weight.mT)
        return x[..., 0]

    def _features(self, x):
        import torch

        from lossland import remedies

        if self.basis is not None:
            return remedies.polynomial_features(x, self.basis, self.shape - 1)
        splines = remedies.spline_features(x.clamp(-1, 1), self.shape - 4, 3)
        return torch.cat([splines, torch.nn.functional.silu(x)[..., None, :]], dim=-2)

    def _squashed(self, x):
        import torch

        if self.family == "hermite":
            return x
        return torch.nn.functional.softplus(x) if self.family == "laguerre" else torch.tanh(x)


class RowAdam:
    """Adam (Kingma and Ba 2015) with a step size for each row."""

    def __init__(self, theta, rates):
        import torch

        self.rates, self.first, self.second, self.n = rates, torch.zeros_like(theta), torch.zeros_like(theta), 0

    def step(self, theta, gradient):
        """Return the next parameters."""
        self.n += 1
        self.first.mul_(0.9).add_(gradient, alpha=0.1)
        self.second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        scale = (self.second / (1 - 0.999**self.n)).sqrt_().add_(1e-8)
        return theta - self.rates / (1 - 0.9**self.n) * self.first / scale
