r"""A general convex loss :math:`g(A)=\mathbb E\,l(y,Ax)` of a sample, for any pointwise loss :math:`l`.

.. math:: \nabla g(A)=\mathbb E\,l'(y,Ax)\,x^{\mathsf T},\qquad g''(A)[V]=\mathbb E\,l''(y,Ax)\odot(Vx)\,x^{\mathsf T}

where the loss is summed over the outputs and averaged over the samples.  If :math:`0\le l''\le M`, then :math:`g` is
convex and :math:`\langle V,g''(A)[V]\rangle\le M\operatorname{tr}(V\Sigma V^{\mathsf T})`: the second-moment matrix
bounds the curvature of every such loss, as it is the curvature of the quadratic one.

Source: Laurent and von Brecht (2018), *Deep linear networks with arbitrary loss*; slides of Yarotsky, "General layer
widths and loss functions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import array_namespace

from lossland.linear_networks.map_loss import MapLoss
from lossland.linear_networks.parameters import as_numpy, like, transpose
from lossland.linear_networks.projection import check_sample

if TYPE_CHECKING:
    from lossland.networks.losses import Loss


def _logistic_curvature(y, prediction):
    xp = array_namespace(prediction)
    probability = (1 + xp.tanh(prediction / 2)) / 2
    return probability * (1 - probability) + 0 * y


CURVATURES = {  # second derivative in the prediction, and its bound
    "quadratic": (lambda y, prediction: 1 + 0 * (y + prediction), 1.0),
    "logistic": (_logistic_curvature, 0.25),
}


def sample_loss(inputs: Any, targets: Any, loss: str | Loss, *, curvature: Callable | None = None) -> MapLoss:
    r"""The mean loss of a sample as a function of the linear map :math:`A`.

    Args:
        inputs: Inputs :math:`x`, (n, d_0), NumPy or torch.
        targets: Targets :math:`y`, (n, d_K).
        loss: Name in ``lossland.networks.LOSSES``, or a Loss; ``logistic`` takes targets in [0, 1] and scores.
        curvature: :math:`l''` as a function of targets and predictions; known for ``quadratic`` and ``logistic``.

    Returns:
        MapLoss: without ``hessian_product`` where no curvature is known.  It is taken to be convex.

    Raises:
        ValueError: If the sample does not fit, or no loss has that name.

    >>> g = sample_loss([[1.0], [2.0]], [[0.0], [1.0]], "logistic")
    >>> bool(abs(g.value(np.zeros((1, 1))) - np.log(2)) < 1e-15)
    True
    >>> float(g.gradient(np.zeros((1, 1)))[0, 0])  # (0.5 * 1 - 0.5 * 2) / 2
    -0.25
    """
    from lossland.networks.losses import LOSSES, Loss  # here, as the package of networks loads torch

    inputs, targets = check_sample(inputs, targets, "targets")
    if isinstance(loss, str) and loss in LOSSES:
        loss = LOSSES[loss]
    if not isinstance(loss, Loss):
        raise ValueError(f"loss: expected a Loss or one of {sorted(LOSSES)}, got {loss!r}")
    known, bound = CURVATURES.get(loss.name, (None, None))
    second = curvature or known
    n_samples = int(inputs.shape[0])

    def predict(a):
        return like(inputs, a) @ transpose(a)

    def average(signal, a):  # E[signal x^T]
        return transpose(signal) @ like(inputs, a) / n_samples

    def hessian_product(a, v):
        return average(second(like(targets, a), predict(a)) * predict(v), a)

    largest = np.linalg.norm(as_numpy(inputs), 2) ** 2 / n_samples
    return MapLoss(
        f"sample mean of {loss.name}",
        (int(targets.shape[1]), int(inputs.shape[1])),
        lambda a: array_namespace(a).sum(loss.value(like(targets, a), predict(a)), axis=(-2, -1)) / n_samples,
        lambda a: average(loss.derivative(like(targets, a), predict(a)), a),
        hessian_product if callable(second) else None,
        gradient_lipschitz=None if bound is None else bound * float(largest),
        convex=True,
    )
