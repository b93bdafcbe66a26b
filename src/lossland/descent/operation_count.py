r"""What a gradient costs, counted operation by operation: reverse sweep, forward mode, finite differences.

A function written with the scalars of a :class:`Tape` leaves a record of its elementary operations.  With one operation
for each sum, difference, product, quotient, negation and function value, the three ways to the gradient cost:

* *Reverse sweep* (back-propagation).  Going backward through the record, each operation passes its adjoint on to each
  of its arguments that depend on a parameter: one product (none for sums), and one sum unless it is the first that the
  argument receives.  ``tanh`` needs two more, for 1 - v^2.  That is at most 4 for each of the n live operations; and
  the first contribution to each of their results but the last, and to each parameter, saves a sum.  So the sweep takes
  at most 3n, and value *and* gradient together cost at most 4 values: the cheap gradient principle.  (Where the first
  contribution is counted as a sum with zero, the constant is 5.)
* *Forward mode*.  The same products in the other order, from the parameters to the value: one sweep per parameter, in
  which only what depends on that parameter is counted, and each local derivative once.
* *Finite differences*, one-sided: W + 1 evaluations, and for each parameter a shift, a difference and a quotient.

The record holds every intermediate value: memory is what the speed is bought with.

Sources: Baur and Strassen (1983); Griewank and Walther (2008), *Evaluating derivatives*, chapter 4; Yarotsky,
*Optimization of neural networks* (slides), "Backpropagation: key property" (exercise).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lossland import _checks

_LOCAL = {"tanh": 2}  # operations for the local derivative, beyond those of the sweep itself
_FREE = {"add", "subtract", "negate"}  # local derivatives are plus or minus one: no product


class OperationCount(NamedTuple):
    """Operations for one value and its gradient.

    Attributes:
        n_parameters: W.
        forward: N, operations of one evaluation.
        reverse: Operations of the reverse sweep that follows an evaluation.
        forward_mode: Operations of all tangent sweeps, beyond one evaluation.
        finite_differences: Operations of the one-sided difference quotients, evaluations included.
        stored: Values that the reverse sweep needs to have kept: those of all operations on parameters.
        value: Value of the function.
        gradient: Its gradient by the reverse sweep, (W,).
    """

    n_parameters: int
    forward: int
    reverse: int
    forward_mode: int
    finite_differences: int
    stored: int
    value: float
    gradient: np.ndarray

    @property
    def ratio(self) -> float:
        """Cost of value and gradient by the reverse sweep, in evaluations; at most 4."""
        return (self.forward + self.reverse) / self.forward


class Tape:
    """The record of one evaluation."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.arguments: list[tuple[Scalar, ...]] = []
        self.results: list[Scalar] = []
        self.n_parameters = 0

    def parameter(self, value: float) -> Scalar:
        """A new parameter."""
        scalar = Scalar(self, value, 1 << self.n_parameters)
        self.n_parameters += 1
        return scalar

    def record(self, name: str, value: float, *arguments: Scalar) -> Scalar:
        """Write down one operation and return its result."""
        depends = 0
        for argument in arguments:
            depends |= argument.depends
        result = Scalar(self, value, depends)
        self.names.append(name)
        self.arguments.append(arguments)
        self.results.append(result)
        return result


class Scalar:
    """A number that remembers how it came about; computes with its like and with Python numbers.

    Attributes:
        tape: The record that it belongs to.
        value: The number.
        depends: Bit i is set if it depends on parameter i.
        adjoint: Derivative of the output with respect to it, once the reverse sweep has passed.
    """

    __slots__ = ("adjoint", "depends", "tape", "value")

    def __init__(self, tape: Tape, value: float, depends: int):
        self.tape, self.value, self.depends, self.adjoint = tape, float(value), depends, None

    def __add__(self, other):
        other = self._read(other)
        return self.tape.record("add", self.value + other.value, self, other)

    def __sub__(self, other):
        other = self._read(other)
        return self.tape.record("subtract", self.value - other.value, self, other)

    def __mul__(self, other):
        other = self._read(other)
        return self.tape.record("multiply", self.value * other.value, self, other)

    def __truediv__(self, other):
        other = self._read(other)
        return self.tape.record("divide", self.value / other.value, self, other)

    def __rsub__(self, other):
        return self._read(other) - self

    def __rtruediv__(self, other):
        return self._read(other) / self

    def __neg__(self):
        return self.tape.record("negate", -self.value, self)

    __radd__, __rmul__ = __add__, __mul__

    def _read(self, other) -> Scalar:
        return other if isinstance(other, Scalar) else Scalar(self.tape, other, 0)


def tanh(x):
    """Hyperbolic tangent of a scalar of a tape, or of a number."""
    return x.tape.record("tanh", math.tanh(x.value), x) if isinstance(x, Scalar) else math.tanh(x)


def exp(x):
    """Exponential of a scalar of a tape, or of a number."""
    return x.tape.record("exp", math.exp(x.value), x) if isinstance(x, Scalar) else math.exp(x)


def log(x):
    """Natural logarithm of a scalar of a tape, or of a number."""
    return x.tape.record("log", math.log(x.value), x) if isinstance(x, Scalar) else math.log(x)


def count_operations(function: Callable, parameters: Sequence[float]) -> OperationCount:
    """Evaluate a function of W parameters once, sweep back once, and count.

    Args:
        function: Takes a list of W scalars, returns one; written with + - * / and :func:`tanh`, :func:`exp`,
            :func:`log`.
        parameters: Where to evaluate, (W,).

    Returns:
        OperationCount: value, gradient, and the operations of each road to it.

    Raises:
        TypeError: If the function returns no scalar of the tape.
        ValueError: If the value does not depend on any operation.

    >>> count = count_operations(lambda w: w[0] * w[1] + w[0], [2.0, 5.0])
    >>> count.value, count.gradient, (count.forward, count.reverse)
    (12.0, array([6., 2.]), (2, 3))
    """
    parameters = np.atleast_1d(_checks.real_array("parameters", parameters))
    tape = Tape()
    scalars = [tape.parameter(value) for value in parameters]
    output = function(scalars)
    if not isinstance(output, Scalar):
        raise TypeError(f"function: expected a result computed from its scalars, got {type(output).__name__}")
    if not tape.names:
        raise ValueError("function: expected at least one operation, got none")
    n, w = len(tape.names), len(scalars)
    return OperationCount(
        w, n, _reverse_sweep(tape, output), _forward_mode(tape), (w + 1) * n + 3 * w,
        sum(result.depends > 0 for result in tape.results), output.value,
        np.array([scalar.adjoint or 0.0 for scalar in scalars]),
    )  # fmt: skip


def _reverse_sweep(tape: Tape, output: Scalar) -> int:
    """Fill in the adjoints; return the number of operations."""
    output.adjoint, count = 1.0, 0
    for name, arguments, result in zip(
        reversed(tape.names), reversed(tape.arguments), reversed(tape.results), strict=True
    ):
        if result.adjoint is None or not result.depends:
            continue
        count += _LOCAL.get(name, 0)
        for argument, derivative in zip(arguments, _derivatives(name, arguments, result.value), strict=True):
            if not argument.depends:
                continue
            count += (name not in _FREE) + (argument.adjoint is not None)
            argument.adjoint = (argument.adjoint or 0.0) + derivative * result.adjoint
        if name == "divide" and arguments[1].depends and not arguments[0].depends:
            count += 1  # the quotient adjoint / divisor serves both arguments
    return count


def _forward_mode(tape: Tape) -> int:
    """Number of operations of one tangent sweep for each parameter, zero tangents left out."""
    count = 0
    for name, arguments, result in zip(tape.names, tape.arguments, tape.results, strict=True):
        if not result.depends:
            continue
        terms = sum(argument.depends.bit_count() for argument in arguments)
        joined = terms - result.depends.bit_count()  # sums of two tangents
        local = _LOCAL.get(name, 0) + (name == "divide" and arguments[1].depends > 0)  # value / divisor, once
        count += local + joined + (terms if name not in _FREE else 0)
    return count


def _derivatives(name: str, arguments: tuple[Scalar, ...], value: float) -> tuple[float, ...]:
    """Derivatives of an operation in its arguments."""
    u = arguments[0].value
    if name in ("add", "subtract", "negate"):
        return {"add": (1.0, 1.0), "subtract": (1.0, -1.0), "negate": (-1.0,)}[name]
    if name == "multiply":
        return arguments[1].value, u
    if name == "divide":
        divisor = arguments[1].value
        return 1 / divisor, -value / divisor
    return {"tanh": lambda: (1 - value * value,), "exp": lambda: (value,), "log": lambda: (1 / u,)}[name]()
