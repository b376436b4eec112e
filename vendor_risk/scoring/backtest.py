"""The model on four known breaches, as they could have been known before: a sanity check."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.evidence import N_, Claim, Finding, Severity, Source
from vendor_risk.questionnaires.evaluate import Answer, Evaluation, evaluate
from vendor_risk.questionnaires.template import Template
from vendor_risk.scoring.asking import as_faults, levels
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts, inherent
from vendor_risk.scoring.knockouts import Circumstances, in_force
from vendor_risk.scoring.model import Model, load
from vendor_risk.scoring.score import Score, score
from vendor_risk.scoring.snapshot import Snapshot

WARNING = N_(
    "Four breaches, scored with hindsight by a model whose authors knew how they ended. This is a"
    " sanity check, not a validation: it proves nothing about the next vendor."
)

MET = 100
# What the two contractors would have answered to a question that they could say yes to.
_YES, _VALID = "met", datetime.timedelta(days=365)

# What is public about the four: investigations of the US Senate (2014) and of the ICO (2020), the
# statements of eBay (2014) and the order of the SEC on Yahoo (2018). The levels are our reading.
FAZIO = Facts(data_sensitivity=0, data_volume=0, access=3, criticality=2, payment=1)
SWISSPORT = Facts(data_sensitivity=2, data_volume=1, access=3, criticality=2, payment=1)
BRITISH_AIRWAYS = Facts(4, 4, 4, 4, 4, frozenset({"card-data", "payment-page-script"}))
EBAY = Facts(data_sensitivity=3, data_volume=4, access=2, criticality=3, payment=3)
YAHOO = Facts(data_sensitivity=3, data_volume=4, access=2, criticality=3, payment=0)


@dataclass(frozen=True, slots=True)
class Case:
    """One vendor on the day before: what it would have answered, and what else was known.

    Every control in scope is answered "met" by the vendor's word. With `said` the answers go
    through a questionnaire, all "met" but for those named there with their note; controls in scope
    that it does not ask for (those that come with our data) are claimed as in the other cases.
    """

    title: str
    as_of: datetime.date
    facts: Facts
    lesson: str
    said: Mapping[str, tuple[str, str]] | None = None
    findings: tuple[Finding, ...] = ()
    knockouts: tuple[str, ...] = ()

    def snapshot(self, questionnaire: Template, model: Model) -> Snapshot:
        """What the score is computed from."""
        out = tuple(each.control for each in out_of_scope(self.facts, model))
        told = self.answered(questionnaire, out)
        asked = told.controls if told else frozenset()
        claimed = tuple(
            Claim(control, MET, Source.SELF, self.as_of)
            for control in sorted(model.controls.keys() - asked - set(out))
        )
        standing = in_force(
            Circumstances(
                self.as_of,
                inherent(self.facts, model).tier,
                faults=as_faults(told.faults if told else ()),
            )
        )
        return Snapshot(
            as_of=self.as_of,
            facts=self.facts,
            claims=claimed + (told.claims if told else ()),
            findings=self.findings + (told.findings if told else ()),
            knockouts=self.knockouts + tuple(each.id for each in standing),
            out_of_scope=out,
        )

    def answered(self, questionnaire: Template, out: tuple[str, ...]) -> Evaluation | None:
        """What the answers to the questionnaire say; None for a case that was not asked."""
        if self.said is None:
            return None
        answers = {
            question.id: Answer(value, self.as_of, self.as_of + _VALID, note)
            for _section, question in questionnaire.asked()
            for value, note in (self.said.get(question.id, (_YES, "")),)
        }
        return evaluate(
            (questionnaire,), levels(self.facts), answers, as_of=self.as_of, out_of_scope=out
        )


CASES: tuple[Case, ...] = (
    Case(
        N_("Fazio (Target, 2013) answers met to everything"),
        datetime.date(2013, 9, 1),
        FAZIO,
        N_("Never better than an unverified C: nobody has read a proof"),
        said={},
    ),
    Case(
        N_("... and names a free scanner, started by hand, as its protection"),
        datetime.date(2013, 9, 1),
        FAZIO,
        N_("A weak answer costs a few points, and a reviewer would have seen it"),
        said={"HV-03": ("partly", "A free scanner, started by hand")},
    ),
    Case(
        N_("... and has no second factor on the portal of Target"),
        datetime.date(2013, 9, 1),
        FAZIO,
        N_("One question, asked and answered, makes the risk high"),
        said={"AC-01": ("unmet", "")},
    ),
    Case(
        N_("Swissport (British Airways, 2018): a remote gateway with a password alone"),
        datetime.date(2018, 6, 1),
        SWISSPORT,
        N_("The same question catches the second case"),
        said={"AC-01": ("unmet", "")},
    ),
    Case(
        N_("The payment page of British Airways, with a look-alike certificate seen"),
        datetime.date(2018, 8, 20),
        BRITISH_AIRWAYS,
        N_("Critical by what it can do; the look-alike is a fact about strangers"),
    ),
    Case(
        N_("British Airways as the regulator found it"),
        datetime.date(2018, 8, 20),
        BRITISH_AIRWAYS,
        N_("Three knock-outs; the lowest cap counts"),
        knockouts=("KO-02", "KO-03", "KO-04"),
    ),
    Case(
        N_("eBay (2014): its domain without a registry lock"),
        datetime.date(2014, 2, 15),
        EBAY,
        N_("High by what it holds. The theft itself is NOT predicted"),
        findings=(Finding("registry-lock", "DN-01", Severity.LOW),),
    ),
    Case(
        N_("Yahoo (2013), a year after it lost passwords in plain text"),
        datetime.date(2013, 8, 1),
        YAHOO,
        N_("A weak sign: the earlier breach holds one control down"),
        findings=(Finding("breach-2012", "DP-03", Severity.MEDIUM),),
    ),
    Case(
        N_("Yahoo once it was known that it did not tell"),
        datetime.date(2016, 9, 22),
        YAHOO,
        N_("A breach that was kept from us is a knock-out"),
        findings=(Finding("breach-2014", "DP-03", Severity.MEDIUM),),
        knockouts=("KO-05",),
    ),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """One case with the score that the model gives it."""

    title: str
    score: Score
    lesson: str


def run(contractor_access: Template, model: Model | None = None) -> tuple[Tried, ...]:
    """Every case scored, in the order of the table; the caller reads the questionnaire's file."""
    model = model or load()
    return tuple(
        Tried(case.title, score(case.snapshot(contractor_access, model), model), case.lesson)
        for case in CASES
    )
