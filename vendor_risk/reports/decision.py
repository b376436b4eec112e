"""The decision that page 1 asks for, in one sentence that never claims more than is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations

from vendor_risk.evidence import Severity
from vendor_risk.reports.blocks import first_sentences
from vendor_risk.reports.report import (
    CheckText,
    Decision,
    Engagement,
    Fault,
    Kind,
    Proof,
    Subject,
)
from vendor_risk.reports.standing import Standing
from vendor_risk.scoring.external import Posture
from vendor_risk.scoring.model import Grade

EFFECT_LIMIT = 160  # two lines of page 1
_GOOD = (Grade.A, Grade.B)


@dataclass(frozen=True, slots=True)
class Known:
    """All that a decision may rest on; `faults` are ordered, the most severe first."""

    kind: Kind
    subject: Subject
    engagements: Sequence[Engagement]
    looked: bool
    posture: Posture
    faults: tuple[Fault, ...]
    proofs: tuple[Proof, ...]
    texts: Mapping[str, CheckText]
    standing: Standing | None = None

    def values(self, count: int) -> dict[str, object]:
        """What the sentences may name."""
        posture = self.posture
        return {
            "name": self.subject.name,
            "n": count,
            "score": posture.score,
            "grade": posture.grade,
        }

    def count(self, severity: Severity) -> int:
        """How many findings of one severity there are."""
        return sum(fault.severity is severity for fault in self.faults)


def decide(known: Known, words: NullTranslations) -> Decision:
    """What to decide now, the facts it rests on, and the options to tick."""
    told = known.standing.answer if known.standing else None
    if told is not None:
        reasons = (*told.bridges, *_in_use(known, words))
        return Decision(told.question, reasons, tuple(one.name for one in told.choices))
    question = _vendor(known, words) if known.kind is Kind.VENDOR else _domain(known, words)
    reasons = (
        *_worst(known),
        *_in_use(known, words),
        *_blind(known, words),
        *_untriaged(known, words),
    )
    return Decision(question, reasons, _options(known, words))


def assurance(known: Known, words: NullTranslations) -> str:
    """Why there is no assurance score yet; empty where there is one."""
    if known.standing is not None:
        if known.standing.rated:
            return ""
        return words.gettext("Nobody has answered the five questions about what we buy.")
    if known.kind is Kind.VENDOR:
        return words.gettext("No answer or document has been reviewed.")
    return words.gettext("A look from outside cannot tell.")


def _vendor(known: Known, words: NullTranslations) -> str:
    critical, high = known.count(Severity.CRITICAL), known.count(Severity.HIGH)
    values = known.values(critical or high)
    if critical:
        text = words.ngettext(
            "Decide whether to go on assessing %(name)s before its critical finding is mended.",
            "Decide whether to go on assessing %(name)s before its %(n)d critical findings "
            "are mended.",
            critical,
        )
    elif high:
        text = words.ngettext(
            "Decide whether to go on assessing %(name)s before its high finding is mended.",
            "Decide whether to go on assessing %(name)s before its %(n)d high findings are mended.",
            high,
        )
    elif not known.looked:
        text = words.gettext(
            "Decide whether to go on assessing %(name)s, though nobody has looked at it "
            "from outside yet."
        )
    elif known.posture.score is None:
        text = words.gettext(
            "Decide whether to go on assessing %(name)s, or to wait for a scan that sees more."
        )
    elif known.posture.grade in _GOOD:
        text = words.gettext(
            "Nothing critical or high was seen of %(name)s from outside; decide whether to go "
            "on assessing it."
        )
    else:
        text = words.gettext(
            "Decide whether to go on assessing %(name)s with an external posture of "
            "%(score)s, grade %(grade)s."
        )
    return text % values


def _domain(known: Known, words: NullTranslations) -> str:
    critical, high = known.count(Severity.CRITICAL), known.count(Severity.HIGH)
    values = known.values(critical or high)
    if critical:
        text = words.ngettext(
            "Decide whether to rely on %(name)s before its critical finding is mended.",
            "Decide whether to rely on %(name)s before its %(n)d critical findings are mended.",
            critical,
        )
    elif high:
        text = words.ngettext(
            "Decide whether to rely on %(name)s before its high finding is mended.",
            "Decide whether to rely on %(name)s before its %(n)d high findings are mended.",
            high,
        )
    elif known.posture.score is None:
        text = words.gettext(
            "Have %(name)s looked at again before you decide: too little of it could be seen."
        )
    elif known.posture.grade in _GOOD:
        text = words.gettext(
            "Nothing critical or high was seen of %(name)s from outside; decide what its owner "
            "still has to show."
        )
    else:
        text = words.gettext(
            "Decide whether to rely on %(name)s with an external posture of %(score)s, grade "
            "%(grade)s."
        )
    return text % values


def _worst(known: Known) -> Sequence[str]:
    """The gravest finding with its effect, where it presses."""
    if not known.faults or known.faults[0].severity.rank < Severity.HIGH.rank:
        return ()
    worst = known.faults[0]
    effect = first_sentences(known.texts[worst.check].rationale, EFFECT_LIMIT)
    return (f"{worst.host}: {worst.what}. {effect}".strip(),)


def _blind(known: Known, words: NullTranslations) -> Sequence[str]:
    """What this report cannot carry, said before anybody leans on it."""
    if known.kind is Kind.DOMAIN:
        return (
            words.gettext(
                "This is one look from outside. It shows nothing of what happens inside."
            ),
        )
    return (
        words.gettext(
            "Nothing is known yet of what happens inside, so this report supports no approval."
        ),
    )


def _in_use(known: Known, words: NullTranslations) -> Sequence[str]:
    """What "stop" means for a vendor that already works for us."""
    if not known.subject.in_use:
        return ()
    if known.standing is not None and known.standing.rated:
        return (words.gettext("We use this vendor already, so an exit means to replace it."),)
    return (
        words.gettext("We use this vendor already: “Stop” ends that, not only the assessment."),
    )


def _untriaged(known: Known, words: NullTranslations) -> Sequence[str]:
    if known.kind is Kind.DOMAIN or any(one.tier is not None for one in known.engagements):
        return ()
    return (words.gettext("Nobody has said yet what we buy from this vendor, so it has no tier."),)


def _options(known: Known, words: NullTranslations) -> tuple[str, ...]:
    if known.kind is Kind.DOMAIN:
        return ()
    go_on = words.gettext("Go on with the assessment")
    pressing = known.count(Severity.CRITICAL) + known.count(Severity.HIGH)
    middle = words.gettext("Go on once the findings are mended")
    again = words.gettext("Look again first")
    stop = words.gettext("Stop")
    return (go_on, middle if pressing else again, stop)
