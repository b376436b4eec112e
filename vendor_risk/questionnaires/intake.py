"""What the intake questionnaire tells of an engagement: the levels of its factors, its floors."""

from collections.abc import Mapping

from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.template import Template

_LEVEL = "level-"
_FLOOR = frozenset({"touched", "unsure"})  # a floor that nobody can rule out counts
_SEPARATED, _SHOWN = "separated", "shown"
# By the risk model a log-in counts as level 2 only where somebody can show its walls.
_WALLED, _ANY_LOG_IN = 2, 3


def told(template: Template, answers: Mapping[str, Value]) -> tuple[dict[str, int], frozenset[str]]:
    """The levels by factor, and the floors that are touched; doubt is read the careful way.

    LookupError names the questions about facts that have no answer.
    """
    levels: dict[str, int] = {}
    floors = set()
    missing = []
    for _section, question in template.asked():
        ids = {option.id for option in question.options}
        is_level = any(id.startswith(_LEVEL) for id in ids)
        if not is_level and not ids >= _FLOOR:
            continue
        answer = answers.get(question.id)
        if answer not in ids:
            missing.append(question.id)
        elif is_level:
            levels[question.id] = int(str(answer).removeprefix(_LEVEL))
        elif answer in _FLOOR:
            floors.add(question.id)
    if missing:
        raise LookupError(f"not answered: {', '.join(missing)}")
    if levels.get("access") == _WALLED and answers.get(_SEPARATED) != _SHOWN:
        levels["access"] = _ANY_LOG_IN
    return levels, frozenset(floors)
