r"""Exercises that say at once whether, and how, an answer is wrong.

Each chapter with exercises has a module of checkers here (``signals_through_depth`` for chapter 10, ...).  A
checker is a function ``check_<quantity>(answer)`` that returns a :class:`Verdict` and never raises, whatever it is
given.  The kind of the answer comes first, then a right answer, then the typical wrong ones, each with its own
message, the more specific ones first::

    from lossland.exercises import Function, Mistake, Number, checker

    def _length_map(q, weight_std, bias_std):          # the reference: its names appear in messages
        return weight_std**2 * q / 2 + bias_std**2

    def _cases(rng):                                   # simple cases first: the first to fail is shown
        return [(1.0, 1.0, 0.0), (2.0, 1.5, 0.1), *rng.uniform(0.1, 3.0, (20, 3)).tolist()]

    @checker(
        Function(_cases, returns=Number()),            # kinds: Number, Array, Choice, Record, Function
        reference=_length_map,
        mistakes=[
            Mistake("no_half", lambda q, w, b: w**2 * q + b**2, "ReLU passes half of the Gaussian: ..."),
            Mistake("bias_not_squared", lambda q, w, b: w**2 * q / 2 + b, "`bias_std` is a standard ..."),
            Mistake("bias_ignored", lambda q, w, b: w**2 * q, "...",      # an example, and how to tell
                    detect=lambda answer: answer(1.0, 1.0, 0.5) == answer(1.0, 1.0, 0.0)),
        ],
        success="Half of the inputs is cut off, and with them half of the second moment.",
        hints=("Split the integral at 0.", "The two halves are equal by symmetry."),
    )
    def check_relu_length_map(answer):
        '''Check ``answer(q, weight_std, bias_std)``, the length map of ReLU.'''
        if answer(4.0, 1.0, 0.0) <= answer(1.0, 1.0, 0.0):   # optional: properties, in plain Python
            return "Longer inputs should give longer outputs."

How a verdict comes about: the answer is read as its kind (else a sentence says what it is instead); it is compared
with the reference on all cases; if it differs, the first mistake wins whose ``detect`` is true of it, or which
agrees with it on *all* cases; then the body of the function may complain; then the first failing case is shown.
An answer that agrees is right unless the body complains.  The body gets the answer as read: a float, an array in
float64, a dict, or the student's function, which can be called like any function and is guarded.

Other kinds::

    Number(rtol=1e-3)                                          # reference=1.6, mistakes with wrong numbers
    Array(shape=(3,))                                          # lists and tensors are read, too
    Choice(("ordered", "chaotic")), Choice((True, False))
    Record({"q_star": Number(), "stable": Choice((True, False))})      # dict, dataclass or named tuple
    Function(_cases, returns=Array())                          # functions on arrays; cases hold the arrays

Statements to be judged are a :class:`TruthTable`, which gives the kind, the reference and the mistakes::

    _TABLE = TruthTable({"tanh is odd": True, "ReLU is odd": False})
    @checker(_TABLE.kind, reference=_TABLE.reference,
             mistakes=[_TABLE.everywhere(True, "all_odd", "..."), _TABLE.at("ReLU is odd", "relu_odd", "...")])

An investigation has no single right answer: pass ``unique=False``, an example of a good answer as ``reference``,
let mistakes ``detect``, and let the body judge.  Everything together gets ``time_limit`` seconds.

``tests/exercises/test_contract.py`` takes every checker found here and proves: the reference is accepted, a stub is
not attempted, each named mistake gets exactly its own verdict, and hostile answers get a sentence in bounded time.
"""

from lossland.exercises.answers import Array, Choice, Number, Record, Unreadable
from lossland.exercises.checker import Checker, Mistake, all_checkers, checker
from lossland.exercises.functions import Function
from lossland.exercises.installation import check_gaussian_second_moment
from lossland.exercises.truth_table import TruthTable
from lossland.exercises.verdict import Verdict

__all__ = [
    "Array",
    "Checker",
    "Choice",
    "Function",
    "Mistake",
    "Number",
    "Record",
    "TruthTable",
    "Unreadable",
    "Verdict",
    "all_checkers",
    "check_gaussian_second_moment",
    "checker",
]
