"""Conditions as data: whether one holds for what was answered and for our own facts."""

from collections.abc import Callable, Iterator, Mapping
from operator import ge, gt, le, lt

from vendor_risk.questionnaires.form import Condition, Value

_ORDERS: Mapping[str, Callable[[int | str, int | str], bool]] = {
    "gt": gt,
    "ge": ge,
    "lt": lt,
    "le": le,
}


def holds(
    condition: Condition | None, answers: Mapping[str, Value], facts: Mapping[str, int]
) -> bool:
    """Whether it holds; no condition always does.

    A comparison with a blank, or with a fact that nobody knows, never holds, whatever its operator;
    `not` holds where none of its parts does. A question with several choices is compared by each
    of them: `eq` and `in` hold when one is chosen, `ne` when it is not.
    """
    if condition is None:
        return True
    if condition.all:
        return all(holds(part, answers, facts) for part in condition.all)
    if condition.any:
        return any(holds(part, answers, facts) for part in condition.any)
    if condition.not_:
        return not any(holds(part, answers, facts) for part in condition.not_)
    told: Value | None = None
    if condition.q is not None:
        told = answers.get(condition.q)
    elif condition.fact is not None:
        told = facts.get(condition.fact)
    return told is not None and _compare(condition.op, told, condition.value)


def comparisons(condition: Condition | None) -> Iterator[Condition]:
    """Every comparison inside a condition, at any depth."""
    if condition is None:
        return
    parts = (*condition.all, *condition.any, *condition.not_)
    if not parts:
        yield condition
    for part in parts:
        yield from comparisons(part)


def _compare(op: str | None, told: Value, wanted: Value | None) -> bool:
    if op == "answered":
        return True
    chosen = told if isinstance(told, tuple) else (told,)
    if op == "in":
        return isinstance(wanted, tuple) and any(each in wanted for each in chosen)
    if op == "eq":
        return wanted in chosen
    if op == "ne":
        return wanted not in chosen
    if isinstance(told, tuple) or isinstance(wanted, tuple) or type(told) is not type(wanted):
        return False
    order = _ORDERS.get(op or "")
    return order is not None and wanted is not None and order(told, wanted)
