"""Statements judged one by one: which mistake a wrong table is told of."""

import pytest

from lossland.exercises import Checker, TruthTable

TABLE = TruthTable({"tanh is odd": "yes", "ReLU is odd": "no", "sine is odd": "yes"}, ("yes", "no"))
CHECKER = Checker(
    "check_it",
    TABLE.kind,
    TABLE.reference,
    lambda answer: None,
    mistakes=(
        TABLE.everywhere("yes", "all_odd", "Not every activation is odd."),
        TABLE.at("sine is odd", "sine", "sin(-x) = -sin(x)."),
        TABLE.at("ReLU is odd", "relu", "ReLU vanishes on one side only."),
    ),
)


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({}, None),
        ({"ReLU is odd": "yes"}, "all_odd"),
        ({"sine is odd": "no"}, "sine"),
        ({"sine is odd": "no", "ReLU is odd": "yes"}, "sine"),  # the first that is listed
        ({"tanh is odd": "no", "ReLU is odd": "yes"}, "relu"),
    ],
)
def test_the_first_wrong_statement_that_is_listed_is_told(changes, mistake):
    verdict = CHECKER.judge({**TABLE.reference, **changes})
    assert (verdict.mistake, verdict.is_correct) == (mistake, not changes)


def test_a_wrong_statement_without_a_message_is_still_wrong():
    verdict = CHECKER.judge({**TABLE.reference, "tanh is odd": "no"})
    assert verdict.status == "incorrect"
    assert "tanh is odd" in verdict.message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({"a": True}, (True, 1)), "judgments: expected two different"),
        (({"a": "perhaps"}, ("yes", "no")), "right: expected one of .* for 'a', got 'perhaps'"),
    ],
)
def test_tables_that_are_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        TruthTable(*arguments)


def test_names_that_are_not_there():
    with pytest.raises(ValueError, match=r"statement: expected one of .* got 'GELU is odd'"):
        TABLE.at("GELU is odd", "gelu", "...")
    with pytest.raises(ValueError, match="judgment: expected one of"):
        TABLE.everywhere("perhaps", "unsure", "...")
