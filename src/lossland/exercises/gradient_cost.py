"""Checkers of chapter 01, continued: what a gradient costs, and a reverse sweep through any graph."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array, Choice, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function
from lossland.exercises.verdict import Verdict

COSTS = ("1", "W", "N", "W*N", "N^2")
_TRUE_COSTS = {"back-propagation": "N", "finite differences": "W*N", "stored values": "N", "from the right": "W*N"}


def _cost(**changes):
    return {**_TRUE_COSTS, **{name.replace("_", " ").replace("back ", "back-"): cost for name, cost in changes.items()}}


def _says(name, *costs):
    return lambda answer: answer[name] in costs


@checker(
    Record({name: Choice(COSTS) for name in _TRUE_COSTS}),
    reference=_TRUE_COSTS,
    mistakes=[
        Mistake(
            "cost_is_number_of_weights",
            _cost(back_propagation="W"),
            "The gradient has W entries, but what is swept are *operations*: with shared weights, or many samples, N "
            "is much larger than W. A recurrent neuron has 3 weights however long it runs.",
            detect=_says("back-propagation", "W", "1"),
        ),
        Mistake(
            "cost_is_quadratic",
            _cost(back_propagation="N^2"),
            "The sweep meets each operation once and answers it with a bounded number of others. Where would the "
            "second factor N come from?",
            detect=_says("back-propagation", "N^2"),
        ),
        Mistake(
            "one_sweep_per_weight",
            _cost(back_propagation="W*N"),
            "That is one sweep for each weight. Going backward, one sweep serves all weights: the adjoints are those "
            "of *one* output.",
            detect=_says("back-propagation", "W*N"),
        ),
        Mistake(
            "differences_are_cheap",
            _cost(finite_differences="N"),
            "Each weight must be moved by itself, and each move takes an evaluation of its own: W+1 of them, N "
            "operations each.",
            detect=_says("finite differences", "N", "W", "1"),
        ),
        Mistake(
            "differences_are_quadratic",
            _cost(finite_differences="N^2"),
            "W+1 evaluations of N operations each: the number of weights and the number of operations are two "
            "different numbers.",
            detect=_says("finite differences", "N^2"),
        ),
        Mistake(
            "nothing_is_stored",
            _cost(stored_values="W"),
            "The sweep goes backward and needs the values of the forward pass on its way, last one first: all N "
            "results must be kept. Without them the bound on the time would not hold.",
            detect=lambda answer: answer["stored values"] != "N",
        ),
        Mistake(
            "order_does_not_matter",
            _cost(from_the_right="N"),
            "The product of Jacobians is the same, its cost is not: from the right one carries a column for every "
            "weight, and two layers above the weight it is full.",
            detect=lambda answer: answer["from the right"] != "W*N",
        ),
    ],
    success="Time N, memory N, whatever W is; the other roads pay for each weight.",
    hints=(
        "How many operations of the sweep answer one operation of the evaluation? How often is it met?",
        "What of the forward pass does the derivative of a product need?",
        "From the right: how many columns does the matrix have that you carry along?",
    ),
)
def check_backpropagation_cost(answer):
    """Check the orders of magnitude of four costs, each one of :data:`COSTS`."""


# -- a reverse sweep through a graph: operations[k] = (name, parents), values[k] its value, the last is the output


def _by_name(name, first, value):
    """Local derivative of a node in one parent: ``first`` is the other factor of a product."""
    return {"add": 1.0, "multiply": first, "tanh": 1 - value * value}[name]


def _local(operations, values, k, position):
    name, parents = operations[k]
    other = values[parents[1 - position]] if name == "multiply" else 0.0
    return _by_name(name, other, values[k])


def _reverse_sweep(operations, values):
    adjoints = [0.0] * len(operations)
    adjoints[-1] = 1.0
    for k in range(len(operations) - 1, -1, -1):
        for position, parent in enumerate(operations[k][1]):
            adjoints[parent] += _local(operations, values, k, position) * adjoints[k]
    return adjoints


def _variant(*, local=_local, overwrite=False, forward=False, seed=1.0):
    """The reverse sweep with a typical error built in."""

    def sweep(operations, values):
        adjoints = [0.0] * len(operations)
        adjoints[-1] = seed
        order = range(len(operations))
        for k in order if forward else reversed(order):
            for position, parent in enumerate(operations[k][1]):
                passed = local(operations, values, k, position) * adjoints[k]
                adjoints[parent] = passed if overwrite else adjoints[parent] + passed
        return adjoints

    return sweep


def _own_factor(operations, values, k, position):
    name, parents = operations[k]
    return values[parents[position]] if name == "multiply" else _local(operations, values, k, position)


def _tanh_twice(operations, values, k, position):
    return 1 - math.tanh(values[k]) ** 2 if operations[k][0] == "tanh" else _local(operations, values, k, position)


def _no_slope(operations, values, k, position):
    return 1.0 if operations[k][0] == "tanh" else _local(operations, values, k, position)


def _values(operations, parameters):
    values = list(parameters)
    for name, parents in operations[len(parameters) :]:
        args = [values[i] for i in parents]
        values.append({"add": sum, "multiply": math.prod, "tanh": lambda a: math.tanh(a[0])}[name](args))
    return values


def _graph(*operations):
    """Operations and values of a graph; parameters come first, with fixed values."""
    n_parameters = sum(name == "parameter" for name, _ in operations)
    return list(operations), _values(operations, [0.5, -1.2, 0.8, 1.5][:n_parameters])


def _random_graph(rng, n_operations):
    operations = [("parameter", ())] * 4
    for k in range(4, 4 + n_operations):
        name = ("add", "multiply", "tanh")[int(rng.integers(3))]
        latest = rng.integers(max(0, k - 5), k, 1 if name == "tanh" else 2)
        operations.append((name, tuple(int(i) for i in latest)))
    return operations, _values(operations, rng.uniform(-1.2, 1.2, 4).tolist())


def _sweep_cases(rng):
    p = ("parameter", ())
    cases = [
        _graph(p, p, ("multiply", (0, 1))),
        _graph(p, ("tanh", (0,)), ("tanh", (1,))),
        _graph(p, p, ("multiply", (0, 1)), ("add", (2, 0))),  # the first parameter is used twice
        _graph(p, ("multiply", (0, 0))),
    ]
    return cases + [_random_graph(rng, n) for n in (6, 12, 25, 40)]


class Counted(float):
    """A number that counts the operations done with it, in :attr:`operations`."""

    operations = 0

    def _count(name):
        plain = getattr(float, name)

        def operation(self, *others):
            Counted.operations += 1
            result = plain(self, *others)
            return result if result is NotImplemented else Counted(result)

        return operation

    for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow"):
        locals()[f"__{_name}__"] = _count(f"__{_name}__")
    del _name, _count

    def __deepcopy__(self, memo):
        return self


_LADDER_STEPS = 11


_CHAIN_STEPS = 100


def _operations_on_a_chain(answer) -> int:
    """Operations that an answer does on w, w*w, w*w*w, ...: one path to each value, and a weight used by all."""
    operations = [("parameter", ()), *(("multiply", (k, 0)) for k in range(_CHAIN_STEPS))]
    Counted.operations = 0
    answer(operations, [Counted(1.0)] * len(operations))
    return Counted.operations


def _operations_on_a_ladder(answer) -> int:
    """Operations that an answer does on v, v*v, (v*v)*(v*v), ...: 2^11 paths, 11 operations."""
    operations = [("parameter", ())] + [("multiply", (k, k)) for k in range(_LADDER_STEPS)]
    Counted.operations = 0
    answer(operations, [Counted(1.0)] * len(operations))
    return Counted.operations


@checker(
    Function(_sweep_cases, returns=Array(rtol=1e-5, atol=1e-9)),
    reference=_reverse_sweep,
    mistakes=[
        Mistake(
            "overwritten",
            _variant(overwrite=True),
            "A value that is used twice gets only its last contribution: add to the adjoint, do not replace it. This "
            "is where shared weights go wrong.",
            hint="`adjoints[parent] += ...`; the multivariate chain rule is a sum over all uses.",
        ),
        Mistake(
            "forward_order",
            _variant(forward=True),
            "You go from the first operation to the last. An adjoint is complete only when all later uses have "
            "contributed: go backward.",
        ),
        Mistake(
            "own_factor",
            _variant(local=_own_factor),
            "The derivative of u·v in u is v, the *other* factor; you take the own one.",
        ),
        Mistake(
            "tanh_of_the_result",
            _variant(local=_tanh_twice),
            "values[k] is already tanh(u), so its derivative is 1 - values[k]²; you apply tanh once more.",
        ),
        Mistake(
            "activation_ignored",
            _variant(local=_no_slope),
            "At a tanh you pass the adjoint on unchanged. Its slope 1 - tanh² belongs in between.",
        ),
        Mistake(
            "no_start",
            _variant(seed=0.0),
            "All adjoints are 0: the sweep has to start somewhere. The derivative of the output in itself is 1.",
        ),
    ],
    success="Eight lines, any graph, shared weights included: this is what autograd does.",
    hints=(
        "`adjoints = [0.0] * len(operations)`, the last one 1, and a loop over k from the end.",
        "For each parent of k add (local derivative) · adjoints[k] to the parent's adjoint.",
        "A parent that appears twice, as in w·w, gets two contributions, each with the other factor.",
    ),
)
def check_reverse_sweep(answer):
    """Check ``answer(operations, values)``, the derivatives of the last value in all values of a graph."""
    rng = np.random.default_rng(5)
    graph = _random_graph(rng, 30)
    found, expected = answer(*graph), _reverse_sweep(*graph)
    if found.shape != (len(expected),):
        return (
            f"Asked is one derivative for *each* value, parameters and results alike: {len(expected)} for a graph of "
            f"{len(expected)} operations; you return an array of shape {found.shape}."
        )
    if not np.allclose(found, expected, rtol=1e-5):
        return None
    try:
        along, count = _operations_on_a_chain(answer), _operations_on_a_ladder(answer)
    except Failed:
        return None
    if along > 20 * _CHAIN_STEPS:
        return Verdict(
            "incorrect",
            f"Right, but expensive: {along} operations for a graph of {_CHAIN_STEPS}. You go through the graph once "
            "for each value, as finite differences do. One sweep from the end to the beginning serves all values.",
            mistake="one_pass_per_value",
        )
    if count <= 20 * _LADDER_STEPS:
        return None
    return Verdict(
        "incorrect",
        f"Right, but expensive: {count} operations for a graph of {_LADDER_STEPS}. You follow every path from the "
        "output to a value, and their number doubles with each product. Finish an adjoint before you pass it on; then "
        "each operation is met once.",
        mistake="path_by_path",
    )
