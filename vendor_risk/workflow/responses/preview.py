"""What would be asked, before anything is sent: of an engagement, or by one questionnaire alone."""

from dataclasses import dataclass

from vendor_risk.questionnaires.conditions import comparisons
from vendor_risk.questionnaires.merged import Asked, merge
from vendor_risk.questionnaires.template import Template
from vendor_risk.workflow.responses import round_trip
from vendor_risk.workflow.responses.sending import Plan, minutes_of


@dataclass(frozen=True, slots=True)
class Preview:
    """Questions that nobody was sent; `first` are asked whatever is answered, `tier` 0 is open."""

    addresses: tuple[str, ...]
    asked: tuple[Asked, ...]
    first: frozenset[str]
    minutes: int
    tier: int
    vendor: str = ""


def of_plan(plan: Plan, vendor: str) -> Preview:
    """What the engagement would be asked, and what an answer may open."""
    first = frozenset(each.question.id for each in plan.questions)
    asked = round_trip.askable_of(merge(plan.templates), first, plan.out_of_scope, plan.facts)
    return Preview(
        tuple(one.address for one in plan.templates),
        tuple(each for each in asked if each.question.type != "info"),
        first,
        plan.minutes,
        plan.tier,
        vendor,
    )


def of_template(template: Template) -> Preview:
    """All that one questionnaire asks, for whom none of it is left out."""
    asked = tuple(each for each in merge((template,)) if each.question.type != "info")
    first = [each for each in asked if not any(one.q for one in comparisons(each.question.when))]
    return Preview(
        (template.address,),
        asked,
        frozenset(each.question.id for each in first),
        minutes_of(first),
        0,
    )
