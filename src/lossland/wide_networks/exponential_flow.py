r"""Gradient flow of the modified loss over many decades of time.

The flow :math:`\dot s=-\nabla\tilde{\mathcal L}(s)` moves along a valley with a slope like :math:`1/t` and walls of
curvature :math:`e^{2b}\sim t`: slow and stiff at once.  It is integrated in logarithmic time, :math:`\tau=\ln(1+t)`,
:math:`ds/d\tau=-(1+t)\nabla\tilde{\mathcal L}`, by an implicit multistep method; along the way :math:`b` grows only
like :math:`\frac12\ln t`, so that nothing overflows.  The valley :math:`a\,e^b=\mathrm{const}` is bent; in the
coordinate :math:`A=a\,e^b` it is straight, and the integrator can take long steps.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from scipy import integrate

from lossland import _checks
from lossland.numerics import ConvergenceWarning
from lossland.wide_networks.modified_problem import ModifiedProblem


class Flow(NamedTuple):
    """The flow at the requested times; arrays over times come first.

    Attributes:
        times: (n_times,).
        states: (n_times, p + d_x + 2).
        theta: Parameters of the model, (n_times, p).
        weights: w, (n_times, d_x).
        amplitude: a, (n_times,).
        shift: b, (n_times,).
        model_loss: Loss of the model without the neuron, (n_times,).
        modified_loss: What the flow descends, (n_times,).
        converged: Whether the integrator reached the last time; if not, the last rows repeat where it stopped.
    """

    times: np.ndarray
    states: np.ndarray
    theta: np.ndarray
    weights: np.ndarray
    amplitude: np.ndarray
    shift: np.ndarray
    model_loss: np.ndarray
    modified_loss: np.ndarray
    converged: bool


def modified_flow(
    problem: ModifiedProblem, start, times, *, train_weights: bool = True, rtol: float = 1e-6, atol: float = 1e-9
) -> Flow:
    """Integrate the gradient flow from a state.

    Args:
        problem: Model, data, neuron.
        start: State (p + d_x + 2,) at time 0, as ``problem.join`` makes it.
        times: Increasing times >= 0.
        train_weights: Whether the inner weights w of the neuron move.
        rtol: Relative tolerance of the integrator.
        atol: Absolute tolerance of the integrator.

    Returns:
        Flow: states and losses at the times.

    Raises:
        ValueError: If the times are not increasing, or the start has the wrong shape.

    >>> from lossland.wide_networks import linear_model
    >>> problem = ModifiedProblem(linear_model(1), [[0.0], [1.0]], [0.0, 1.0], penalty=0.1)
    >>> flow = modified_flow(problem, problem.join([0.5, 0.5], [0.0], 0.1, 0.0), [0.0, 1e3])
    >>> flow.converged, bool(flow.modified_loss[-1] < flow.modified_loss[0])
    (True, True)
    """
    times = _checks.real_array("times", times, low=0.0)
    if times.ndim != 1 or np.any(np.diff(times) <= 0):
        raise ValueError("times: expected an increasing sequence of times")
    start = _checks.real_array("start", start)
    width = problem.model.n_parameters + problem.inputs.shape[1] + 2
    if start.shape != (width,):
        raise ValueError(f"start: expected shape ({width},), the numbers theta, w, a, b, got {start.shape}")
    moves = np.ones(width)
    moves[problem.model.n_parameters : -2] = float(train_weights)

    def velocity(tau, straight):
        return np.exp(tau) * _velocity(problem, straight, moves)

    def curvature(tau, straight):
        steps = 1e-6 * np.diag(np.maximum(np.abs(straight), 1e-2))
        difference = velocity(tau, straight + steps) - velocity(tau, straight - steps)
        return np.nan_to_num(difference.T / (2 * np.diag(steps)), posinf=0.0, neginf=0.0)  # a trial step went too far

    logs = np.log1p(times)
    span = (0.0, max(float(logs[-1]), 1e-300))
    solver = {"method": "BDF", "t_eval": logs, "rtol": rtol, "atol": atol, "jac": curvature}
    run = integrate.solve_ivp(velocity, span, _straighten(start), **solver)
    if not run.success:
        warnings.warn(f"the flow stopped before time {times[-1]:g}: {run.message}", ConvergenceWarning, stacklevel=2)
    states = _bend(run.y.T if run.y.size else _straighten(start)[None])
    states = np.concatenate([states, np.repeat(states[-1:], times.size - len(states), axis=0)])
    return Flow(times, states, *problem.split(states), *_losses(problem, states), bool(run.success))


def _straighten(state: np.ndarray) -> np.ndarray:
    """Replace the amplitude a by A = a exp(b): along the valley A hardly moves."""
    return np.concatenate([state[..., :-2], (state[..., -2] * np.exp(state[..., -1]))[..., None], state[..., -1:]], -1)


def _bend(straight: np.ndarray) -> np.ndarray:
    """Inverse of :func:`_straighten`; an exponent that no time reaches is cut, for trial steps of the integrator."""
    amplitude = straight[..., -2] * np.exp(-np.clip(straight[..., -1], -300, 300))
    return np.concatenate([straight[..., :-2], amplitude[..., None], straight[..., -1:]], -1)


def _velocity(problem: ModifiedProblem, straight: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Velocity of the flow in the straightened coordinates."""
    slope = -moves * problem.gradient(_bend(straight))
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.exp(straight[..., -1]) * slope[..., -2] + straight[..., -2] * slope[..., -1]
    return np.concatenate([slope[..., :-2], change[..., None], slope[..., -1:]], axis=-1)


def _losses(problem: ModifiedProblem, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return problem.model_loss(problem.split(states).theta), problem.value(states)
