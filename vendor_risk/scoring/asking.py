"""What a questionnaire may name of the risk model, and what a score reads of its answers."""

from collections.abc import Iterable

from vendor_risk.questionnaires.evaluate import Fault as AnswerFault
from vendor_risk.questionnaires.form import Known
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.knockouts import Fault
from vendor_risk.scoring.model import Model, load
from vendor_risk.scoring.scales import FACTORS, FLOORS


def known(model: Model | None = None) -> Known:
    """The controls, knock-outs and intake facts of a model, to hold a questionnaire against."""
    model = model or load()
    facts = frozenset({*(factor.key for factor in FACTORS), *FLOORS})
    return Known(frozenset(model.controls), frozenset(model.knockouts), facts)


def levels(facts: Facts) -> dict[str, int]:
    """The facts as conditions read them: the levels of the factors, and 1 or 0 for each floor."""
    told = {factor.key: facts.level(factor.key) for factor in FACTORS}
    return told | {floor: int(floor in facts.floors) for floor in FLOORS}


def as_faults(faults: Iterable[AnswerFault]) -> tuple[Fault, ...]:
    """What answers found, as the predicates of knock-outs read it."""
    return tuple(
        Fault(fault.finding.id, due=fault.due, knockout=fault.knockout or "") for fault in faults
    )
