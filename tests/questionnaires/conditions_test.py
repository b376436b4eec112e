"""Conditions over answers and facts."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from vendor_risk.questionnaires.conditions import comparisons, holds
from vendor_risk.questionnaires.form import Condition

CONDITION = TypeAdapter(Condition)
ANSWERS = {"A": "met", "N": 7, "D": "2026-02-01", "M": ("totp", "sms")}
FACTS = {"access": 3, "payment": 0}
YES, NO = {"q": "A", "op": "eq", "value": "met"}, {"q": "A", "op": "eq", "value": "unmet"}


def held(told: dict[str, Any]) -> bool:
    return holds(CONDITION.validate_python(told, strict=False), ANSWERS, FACTS)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (YES, True),
        (NO, False),
        ({"q": "A", "op": "ne", "value": "unmet"}, True),
        ({"q": "A", "op": "ne", "value": "met"}, False),
        ({"q": "A", "op": "in", "value": ("met", "partly")}, True),
        ({"q": "A", "op": "in", "value": ("partly",)}, False),
        ({"q": "A", "op": "answered"}, True),
        ({"q": "N", "op": "gt", "value": 7}, False),
        ({"q": "N", "op": "ge", "value": 7}, True),
        ({"q": "N", "op": "lt", "value": 8}, True),
        ({"q": "N", "op": "le", "value": 6}, False),
        ({"q": "N", "op": "gt", "value": "6"}, False),
        ({"q": "D", "op": "lt", "value": "2026-10-01"}, True),
        ({"q": "M", "op": "eq", "value": "sms"}, True),
        ({"q": "M", "op": "ne", "value": "sms"}, False),
        ({"q": "M", "op": "in", "value": ("push", "totp")}, True),
        ({"q": "M", "op": "gt", "value": "a"}, False),
        ({"fact": "access", "op": "ge", "value": 2}, True),
        ({"fact": "access", "op": "eq", "value": 2}, False),
        ({"fact": "payment", "op": "answered"}, True),
        ({"all": (YES, NO)}, False),
        ({"all": (YES, YES)}, True),
        ({"any": (YES, NO)}, True),
        ({"any": (NO, NO)}, False),
        ({"not": (NO, NO)}, True),
        ({"not": (YES, NO)}, False),
        ({"all": (YES, {"any": (NO, {"not": (NO,)})})}, True),
    ],
)
def test_a_condition(told: dict[str, Any], expected: bool) -> None:
    """Each operator and each way to join them."""
    assert held(told) is expected


@pytest.mark.parametrize("op", ["eq", "ne", "in", "gt", "ge", "lt", "le", "answered"])
@pytest.mark.parametrize("what", ["q", "fact"])
def test_a_blank_meets_nothing(what: str, op: str) -> None:
    """Neither "is" nor "is not" is known of what nobody said."""
    assert not held({what: "X", "op": op, "value": ("1",) if op == "in" else "1"})


def test_no_condition_always_holds() -> None:
    """What has no `when` is asked."""
    assert holds(None, {}, {})


def test_every_comparison_is_found() -> None:
    """At any depth."""
    deep = {"all": (YES, {"not": ({"fact": "access", "op": "answered"},)})}
    found = comparisons(CONDITION.validate_python(deep, strict=False))
    assert [(one.q, one.fact) for one in found] == [("A", None), (None, "access")]
