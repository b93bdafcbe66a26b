"""Kinds of answers, sentences, and the declaration of a checker."""

from __future__ import annotations

import dataclasses
import fractions
from collections import namedtuple

import numpy as np
import pytest
import torch

from lossland.exercises import (
    Array,
    Checker,
    Choice,
    Function,
    Mistake,
    Number,
    Record,
    Verdict,
    check_gaussian_second_moment,
    checker,
)
from lossland.exercises.functions import is_stub, show


def make(kind, reference, body=lambda answer: None, **options) -> Checker:
    """A checker that is not registered."""
    options = {"mistakes": (), **options}
    return Checker("check_it", kind, reference, body, **options)


def half(q, weight_std):
    return weight_std**2 * q / 2


HALF = make(Function([(2.0, 1.5), (1.0, 1.0), (0.0, 1.0)], returns=Number()), half)


class TestVerdict:
    def test_text_and_html_say_the_same(self):
        verdict = Verdict("incorrect", "Use `q < 1` & try.", mistake="m", hint="Look at `nu`.")
        assert repr(verdict) == "Not yet. Use `q < 1` & try.\nHint: Look at `nu`."
        shown = verdict._repr_html_()
        assert "<code>q &lt; 1</code> &amp; try." in shown
        assert "Not yet." in shown
        assert "Look at <code>nu</code>." in shown

    def test_is_frozen_and_checked(self):
        verdict = Verdict("correct", "Yes.")
        assert verdict.is_correct
        with pytest.raises(dataclasses.FrozenInstanceError):
            verdict.status = "incorrect"
        with pytest.raises(ValueError, match="status: expected one of correct, incorrect, not_attempted, hint, got"):
            Verdict("right", "Yes.")
        with pytest.raises(ValueError, match="message: expected a sentence"):
            Verdict("correct", " ")


class TestNumber:
    judge = staticmethod(make(Number(), 1.6).judge)

    @pytest.mark.parametrize(
        "answer",
        [1.6, np.float32(1.6), np.array(1.6), np.array([1.6]), [1.6], torch.tensor(1.6, dtype=torch.float64),
         torch.tensor([1.6], dtype=torch.float64, requires_grad=True), fractions.Fraction(16, 10)],
    )  # fmt: skip
    def test_is_accepted_in_many_types(self, answer):
        assert make(Number(rtol=1e-6), 1.6).judge(answer).is_correct

    @pytest.mark.parametrize(
        ("answer", "words"),
        [(3.2, "Your answer is about 2 times what it should be."),
         (1.6e3, "Your answer is about 1,000 times what it should be."),
         (-1.6, "Your answer has the wrong sign: it should be positive."),
         (0, "Your answer should not be 0 but positive."),
         (1.61, "Your answer is close, but off by about 0.6 %."),
         ("1.6", "This is a string ('1.6'), not a number."),
         (True, "This is the truth value True, not a number."),
         (1.6 + 0j, "This is a complex number, not a number."),
         (float("nan"), "This is NaN (not a number)."),
         (float("inf"), "This is infinite."),
         ([1.6, 1.6], "This is an array of shape (2,), not one number."),
         ((1.6, 1e-9), "This is a tuple of 2 numbers, not one number."),
         (namedtuple("Found", "q error")(1.6, 0.1), "This is a `Found` with the fields `q`, `error`, not one number."),
         (half, "This is a function, not a number."),
         ((x for x in [1.6]), "This is a generator (write `return`, not `yield`), not a number."),
         (10**400, "This is a very large integer that cannot be read as a number.")],
    )  # fmt: skip
    def test_says_what_is_wrong(self, answer, words):
        assert self.judge(answer).message == words

    def test_infinite_where_allowed(self):
        infinite = make(Number(allow_infinite=True), float("inf"))
        assert infinite.judge(float("inf")).is_correct
        assert infinite.judge(3.0).message == "Your answer should be infinite."


class TestArray:
    def test_lists_and_tensors(self):
        judge = make(Array(), np.array([1.0, 2.0])).judge
        assert judge([1, 2]).is_correct
        assert judge(torch.tensor([1.0, 2.0])).is_correct
        assert judge([1, 2, 3]).message == "Your answer has shape (3,) instead of (2,)."
        expected = "Your answer is off in 1 of 2 entries; the one at index 1 is about 1.5 times what it should be."
        assert judge([1, 3]).message == expected
        assert judge([1, float("nan")]).message == "This is NaN (not a number) at index (1,)."

    def test_required_shape(self):
        judge = make(Array(shape=(2, None)), np.ones((2, 3))).judge
        assert judge(np.ones(3)).message == "This is an array of shape (3,), not (2, any)."
        assert judge(1.6).message == "This is the number 1.6, not an array of shape (2, any)."


def test_choice():
    judge = make(Choice(("ordered", "chaotic")), "chaotic").judge
    assert judge(" Chaotic").is_correct
    assert judge("ordered").message == "Your answer is not the right choice."
    assert judge("melting").message == "This is a string ('melting'), not one of 'ordered', 'chaotic'."
    truth = make(Choice((True, False)), True).judge
    assert truth(np.True_).is_correct
    assert truth(1).message == "This is the number 1, not one of True, False."


@pytest.mark.parametrize("yes", [True, np.True_, np.array(True), torch.tensor(2.0) > 1])
def test_a_truth_value_of_any_library_is_a_choice(yes):
    judge = make(Choice((True, False)), True).judge
    assert judge(yes).is_correct
    assert judge(~torch.tensor(True)).message == "Your answer is not the right choice."
    assert "not one of True, False" in judge(np.array([True])).message
    assert "not one of True, False" in judge(torch.tensor(1)).message


def test_small_arrays_are_shown_on_one_line_and_without_rounding_noise():
    assert show(np.array([[1e-17, -1.0], [1.0, 0.25]])) == "[[0., -1.], [1., 0.25]]"
    assert show(np.eye(3)) == "[[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]]"
    assert show(np.array([1e-9, 2e-9])) == "[1.e-09, 2.e-09]"
    assert show(np.ones((2, 5))) == "(array of shape (2, 5))"
    assert show(np.array([1, -2])) == "[1, -2]"
    assert show(np.array([1.0, np.inf])) == "[1., inf]"
    assert show(np.array(["a", "b"])) == "['a', 'b']"


def test_record():
    judge = make(Record({"q": Number(), "phase": Choice(("ordered", "chaotic"))}), {"q": 1.0, "phase": "ordered"}).judge
    assert judge({"q": 1.0, "phase": "ordered"}).is_correct
    assert judge(namedtuple("Answer", "q phase")(1.0, "ordered")).is_correct
    assert judge(dataclasses.make_dataclass("Answer", ["q", "phase"])(1.0, "ordered")).is_correct
    assert judge({"q": 1.0}).message == "This is a record without `phase`."
    unknown = judge({"q": 1.0, "phase": ..., "r": 1})
    assert unknown.message == "This is a record with `r`, where only `q`, `phase` belong."
    unfilled = judge({"q": 1.0, "phase": ...})
    assert (unfilled.status, unfilled.message) == ("not_attempted", "Still to fill in: `phase`.")
    unreadable = judge({"q": "x", "phase": "ordered"})
    assert unreadable.message == "This is a record whose `q` is a string ('x'), not a number."
    wrong = "Your answer is off: `q` is about 2 times what it should be."
    assert judge({"q": 2.0, "phase": "ordered"}).message == wrong


class TestFunction:
    def test_shows_the_first_case_that_fails(self):
        assert HALF.judge(half).is_correct
        message = HALF.judge(lambda q, w: w**2 * q).message
        expected = "For q = 2, weight_std = 1.5 your function returns 4.5, which is about 2 times what it should be."
        assert message == expected

    def test_names_the_line_that_raised(self):
        def mine(q, weight_std):
            total = 0.0
            return total / 0

        verdict = HALF.judge(mine)
        line = mine.__code__.co_firstlineno + 2
        assert verdict.message == (
            "For q = 2, weight_std = 1.5 your function raised ZeroDivisionError: float division by zero, "
            f"in line {line}: `return total / 0`."
        )

    def test_says_which_arguments_it_cannot_take(self):
        message = HALF.judge(lambda q: q).message
        assert message == "Your function cannot be called with 2 arguments (q, weight_std); it takes: q."

    def test_asks_for_the_return(self):
        def mine(q, weight_std):
            half(q, weight_std)

        message = HALF.judge(mine).message
        assert message == "For q = 2, weight_std = 1.5 your function returned nothing (None): is a `return` missing?"

    def test_a_stub_with_lines_before_the_ellipsis_is_not_attempted(self):
        def mine(q, weight_std):
            scale = weight_std**2  # noqa: F841
            ...  # your code

        assert HALF.judge(mine).status == "not_attempted"

    def test_asks_for_the_function_itself(self):
        assert "pass the function itself" in HALF.judge(half(1.0, 1.0)).message

    def test_arguments_are_copies(self):
        def spoil(x):
            x *= 2
            return x

        doubled = make(Function([np.array([1.0, 2.0])]), lambda x: 2 * x)
        assert doubled.judge(spoil).is_correct
        assert doubled.judge(spoil).is_correct

    def test_printing_is_allowed(self, capsys):
        assert HALF.judge(lambda q, w: print("q is", q) or half(q, w)).is_correct
        assert "q is 2.0" in capsys.readouterr().out

    def test_cases_are_the_same_in_every_check(self):
        seen = []
        for _ in range(2):
            random = make(Function(lambda rng: list(rng.uniform(size=5)), returns=Number()), lambda q: q)
            seen.append([])
            random.judge(lambda q: seen[-1].append(q) or q)
        assert seen[0] == seen[1]
        assert len(seen[0]) == 5

    def test_state_that_changes_the_answer_is_seen(self):
        calls = iter(range(100))
        assert HALF.judge(lambda q, w: half(q, w) + (next(calls) > 1)).message.endswith("which should be 0.")

    @pytest.mark.parametrize(("function", "stub"), [
        (lambda q: None, True), (lambda q: ..., True), (lambda q: 7, False), (half, False), (len, False),
    ])  # fmt: skip
    def test_stubs(self, function, stub):
        assert is_stub(function) is stub


class TestMistakes:
    cases = Function(lambda rng: list(rng.uniform(1, 2, 10)), returns=Number())

    def test_must_agree_on_all_cases(self):
        made = make(self.cases, lambda q: q / 2, mistakes=(Mistake("no_half", lambda q: q, "Half is missing."),))
        assert made.judge(lambda q: q).mistake == "no_half"
        assert made.judge(lambda q: q if q < 1.9 else q / 2).mistake is None

    def test_detect_comes_in_the_order_of_declaration(self):
        mistakes = (
            Mistake("negative", lambda q: -q, "A length is positive.", detect=lambda f: f(1.0) < 0),
            Mistake("minus", lambda q: -q, "The sign is off."),
        )
        assert make(self.cases, lambda q: q / 2, mistakes=mistakes).judge(lambda q: -q).mistake == "negative"

    def test_a_right_answer_is_not_taken_for_a_mistake(self):
        mistakes = (Mistake("any", lambda q: -q, "No.", detect=lambda f: True),)
        assert make(self.cases, lambda q: q / 2, mistakes=mistakes).judge(lambda q: q / 2).is_correct

    def test_a_wrong_function_may_fail_on_cases(self):
        mistakes = (Mistake("raises", lambda q: 1 / 0, "No."), Mistake("double", lambda q: 2 * q, "Twice."))
        assert make(self.cases, lambda q: q / 2, mistakes=mistakes).judge(lambda q: 2 * q).mistake == "double"

    def test_a_reference_that_fails_is_the_authors_error(self):
        with pytest.raises(ValueError, match=r"check_it: the reference fails: For q = .* raised ZeroDivisionError"):
            make(self.cases, lambda q: 1 / 0).judge(None)


class TestBody:
    def test_may_complain_about_an_answer_that_agrees(self):
        assert make(Number(), 1.0, lambda answer: "Units!").judge(1.0).message == "Units!"

    def test_may_give_a_verdict(self):
        hint = Verdict("hint", "Almost.")
        assert make(Number(), 1.0, lambda answer: hint).judge(1.0) is hint

    def test_calls_of_the_student_are_guarded(self):
        message = make(self.function, lambda q: q, lambda f: f(-1.0) and None).judge(self.picky).message
        assert "For q = -1 your function raised ValueError: math domain error" in message

    function = Function([1.0], returns=Number())

    @staticmethod
    def picky(q):
        import math

        return math.sqrt(q) ** 2

    def test_an_error_of_its_own_is_a_sentence(self):
        message = make(Number(), 1.0, lambda answer: 1 / 0).judge(1.0).message
        assert message.startswith("The check stopped at your answer (ZeroDivisionError: division by zero)")

    def test_decides_alone_where_the_answer_is_not_unique(self):
        judge = make(Number(), 1.0, lambda answer: None if answer > 0 else "Positive!", unique=False).judge
        assert judge(17.0).is_correct
        assert judge(-1.0).message == "Positive!"


class TestDeclaration:
    def test_names(self):
        with pytest.raises(ValueError, match="a checker is named check_<quantity>, got 'verify'"):

            @checker(Number(), reference=1.0)
            def verify(answer):
                """Check."""

        with pytest.raises(ValueError, match="there is a checker 'check_gaussian_second_moment' already"):

            @checker(Number(), reference=1.0)
            def check_gaussian_second_moment(answer):
                """Check."""

        with pytest.raises(ValueError, match="each mistake needs a name of its own"):

            @checker(Number(), reference=1.0, mistakes=[Mistake("a", 1.0, "A."), Mistake("a", 2.0, "B.")])
            def check_something(answer):
                """Check."""

    def test_a_checker_reads_like_a_function(self):
        assert check_gaussian_second_moment.__name__ == "check_gaussian_second_moment"
        assert check_gaussian_second_moment.__doc__.startswith("Check ``answer(std)``")
        assert check_gaussian_second_moment().status == "not_attempted"
        assert repr(check_gaussian_second_moment.hint()) == "Hint. (1 of 2) What is the variance of z?"
        assert check_gaussian_second_moment.hint(7).message.startswith("(2 of 2)")
