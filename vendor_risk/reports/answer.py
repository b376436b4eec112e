"""Page 1 of a vendor with a score: what is asked, worded so that no two figures disagree."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import NullTranslations

from vendor_risk.evidence import N_
from vendor_risk.reports.rating import Rated, Step
from vendor_risk.reports.report import Subject
from vendor_risk.reports.score_words import exact, mark_of
from vendor_risk.reports.standing import Answer, Choice, Condition, Decided, Standing
from vendor_risk.scoring.external import Posture
from vendor_risk.scoring.model import Band, Grade

NAME = 60  # the title has the whole name
BANDS = {
    Band.LOW: N_("low"),
    Band.MEDIUM: N_("medium"),
    Band.HIGH: N_("high"),
    Band.CRITICAL: N_("critical"),
}
APPROVALS = ("approve", "approve with conditions")
PROPOSED, IN_FORCE, DRAFT = "proposed", "in force", "draft"
_GOOD, _POOR = (Grade.A, Grade.B), (Grade.D, Grade.F)
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that the sentences may rest on."""

    standing: Standing
    subject: Subject
    posture: Posture
    looked: bool
    as_of: datetime.date
    rated: Rated
    waiting: Decided | None
    in_force: Decided | None
    conditions: tuple[Condition, ...]
    whose: str
    words: NullTranslations

    @property
    def fine(self) -> bool:
        """Whether nothing speaks against a plain approval."""
        return not (self.rated.residual is None or self.rated.above or self.rated.knockouts)

    @property
    def cured(self) -> bool:
        """Whether closing what weighs most would bring the risk within our appetite."""
        then = self.rated.mended
        return (
            then is not None
            and then.residual is not None
            and then.residual <= 100 * self.rated.appetite
            and not then.knockouts
        )

    @property
    def values(self) -> dict[str, object]:
        """What the sentences may name."""
        name = self.subject.name
        rated = self.rated
        return {
            "name": name if len(name) <= NAME else name[: NAME - 1].rstrip() + "…",
            "n": sum(not one.met for one in self.conditions),
            "known": rated.coverage // 100,
            "needed": rated.coverage_needed // 100,
            "tier": rated.tier,
            "grade": rated.grade or "",
            "inherent": rated.inherent,
            "appetite": rated.appetite,
            "low": rated.low // 100,
            "final": rated.final // 100,
            "risk": risk_of(rated.residual, rated.best, rated.worst, rated.band, self.words),
        }

    def gettext(self, text: str) -> str:
        """A sentence with its figures."""
        return self.words.gettext(text) % self.values

    def ngettext(self, one: str, many: str) -> str:
        """A sentence that counts the open conditions."""
        return self.words.ngettext(one, many, int(str(self.values["n"]))) % self.values


def answer(
    standing: Standing,
    subject: Subject,
    posture: Posture,
    *,
    looked: bool,
    as_of: datetime.date,
    words: NullTranslations,
) -> Answer | None:
    """What page 1 asks; None while nothing that we buy has a score."""
    rated = standing.worst
    if rated is None:
        return None
    waiting = standing.of(rated.engagement, waiting=True)
    in_force = standing.of(rated.engagement, waiting=False)
    conditions, whose = _conditions(rated, waiting, in_force, words)
    case = _Case(
        standing=standing,
        subject=subject,
        posture=posture,
        looked=looked,
        as_of=as_of,
        rated=rated,
        waiting=waiting,
        in_force=in_force,
        conditions=conditions,
        whose=whose,
        words=words,
    )
    return Answer(
        question=_question(case),
        bridges=tuple(_bridges(case)),
        conditions=conditions,
        conditions_from=whose if conditions else "",
        choices=_choices(case),
        unseen=tuple(_unseen(case)),
        warning=_warning(case),
    )


def risk_of(
    residual: int | None, best: int, worst: int, band: Band, words: NullTranslations
) -> str:
    """A residual risk in words: a number with its band, or the range while little is known."""
    if residual is None:
        return words.gettext("between %(best)s and %(worst)s") % {
            "best": best // 100,
            "worst": worst // 100,
        }
    return f"{residual // 100} ({words.gettext(BANDS[band])})"


def _conditions(
    rated: Rated, waiting: Decided | None, in_force: Decided | None, words: NullTranslations
) -> tuple[tuple[Condition, ...], str]:
    """Those that somebody proposed, those in force, else a draft from what weighs most."""
    if waiting is not None:
        return waiting.conditions, PROPOSED
    if in_force is not None and in_force.conditions:
        return in_force.conditions, IN_FORCE
    ended = in_force is not None and in_force.kind in ("reject", "offboard")
    if ended or rated.residual is None or not (rated.above or rated.knockouts):
        return (), ""
    drafted = [
        Condition(_closing(one, words), one.owner, one.due) for one in rated.steps if one.first
    ]
    covered = {id for one in rated.steps for id in one.lifts if id not in one.demands}
    drafted += [
        Condition(one.lift) for one in rated.knockouts if one.lift and one.id not in covered
    ]
    return tuple(drafted), DRAFT


def _closing(step: Step, words: NullTranslations) -> str:
    if not step.more:
        return words.gettext("Close “%(title)s”") % {"title": step.first}
    text = words.ngettext(
        "Close “%(title)s” and %(n)d more finding",
        "Close “%(title)s” and %(n)d more findings",
        step.more,
    )
    return text % {"title": step.first, "n": step.more}


def _question(case: _Case) -> str:
    if case.waiting is not None:
        return _on_proposal(case, case.waiting)
    if case.in_force is not None:
        return _on_decision(case, case.in_force)
    if case.rated.residual is None:
        return case.gettext(
            "Decide on %(name)s only when more is known: %(known)s %% of what counts, and a "
            "grade needs %(needed)s %%."
        )
    if case.fine:
        if case.subject.in_use:
            return case.gettext("Keep %(name)s: its residual risk is within our appetite.")
        return case.gettext("Approve %(name)s: its residual risk is within our appetite.")
    if not case.cured or not case.conditions:
        return case.gettext(
            "Choose for %(name)s between an exit and conditions that go beyond closing findings."
        )
    if case.subject.in_use:
        return case.ngettext(
            "Keep %(name)s only with %(n)d condition.", "Keep %(name)s only with %(n)d conditions."
        )
    return case.ngettext(
        "Approve %(name)s only with %(n)d condition.",
        "Approve %(name)s only with %(n)d conditions.",
    )


def _on_proposal(case: _Case, waiting: Decided) -> str:
    if waiting.kind == "approve with conditions":
        return case.ngettext(
            "Decide on the proposal to approve %(name)s with %(n)d condition.",
            "Decide on the proposal to approve %(name)s with %(n)d conditions.",
        )
    proposals = {
        "approve": N_("Decide on the proposal to approve %(name)s."),
        "reject": N_("Decide on the proposal to reject %(name)s."),
        "offboard": N_("Decide on the proposal to part with %(name)s."),
    }
    return case.gettext(proposals[waiting.kind])


def _on_decision(case: _Case, in_force: Decided) -> str:
    if in_force.kind == "reject":
        return case.gettext("Leave %(name)s rejected, or have it assessed again.")
    if in_force.kind == "offboard":
        return case.gettext("Finish the exit of %(name)s.")
    still = any(not one.met for one in in_force.conditions)
    if case.rated.residual is None:
        return case.gettext(
            "Decide whether to keep %(name)s, though too little is known of it for a grade."
        )
    if case.rated.above and still:
        return case.ngettext(
            "Decide whether to keep %(name)s: its residual risk is above our appetite, and "
            "%(n)d condition is still open.",
            "Decide whether to keep %(name)s: its residual risk is above our appetite, and "
            "%(n)d conditions are still open.",
        )
    if case.rated.above:
        return case.gettext(
            "Decide whether to keep %(name)s: its residual risk is above our appetite."
        )
    if still:
        return case.ngettext(
            "Keep %(name)s and its %(n)d open condition.",
            "Keep %(name)s and its %(n)d open conditions.",
        )
    if case.rated.knockouts:
        return case.gettext("Decide whether to keep %(name)s while a knock-out is in force.")
    return case.gettext("Keep %(name)s: its residual risk is within our appetite.")


def _bridges(case: _Case) -> Iterator[str]:
    """Sentences that hold grade, risk and question together."""
    rated = case.rated
    if len(case.standing.rated) + len(case.standing.unrated) > 1:
        values = {
            "engagement": rated.engagement,
            "n": len(case.standing.rated) + len(case.standing.unrated),
        }
        yield (
            case.words.gettext(
                "This page speaks of “%(engagement)s”, the worst of the %(n)s things we buy."
            )
            % values
        )
    yield _against_appetite(case)
    if rated.knockouts:
        first = rated.knockouts[0]
        text = case.words.gettext(
            "%(id)s is in force (%(fact)s): assurance cannot pass %(cap)s while it stands."
        )
        yield text % {"id": first.id, "fact": first.fact.rstrip("."), "cap": first.cap}
    yield from _grade_and_risk(case)
    if case.waiting is None and case.in_force is None:
        yield case.words.gettext(
            "Nobody has proposed a decision yet: this wording follows from the score and our "
            "appetite."
        )


def _warning(case: _Case) -> str:
    """That an approval would rest, or rests, on next to nothing; empty where enough is known."""
    if case.rated.residual is not None:
        return ""
    told = case.gettext(
        "Only %(known)s %% of what counts is known of it, and a grade needs %(needed)s %%: whoever "
        "approves it approves without knowing the rest."
    )
    in_force = case.in_force
    if in_force is None or in_force.kind not in APPROVALS or in_force.residual is not None:
        return told
    then = case.words.gettext("It was approved with %(n)s %% known.")
    return f"{told} {then % {'n': (in_force.known or 0) // 100}}"


def _against_appetite(case: _Case) -> str:
    if case.rated.residual is None:
        return case.gettext(
            "Residual risk is %(risk)s; it counts as its worst end until more is known."
        )
    if case.rated.above:
        if case.rated.residual // 100 == case.rated.appetite:  # 45.3 is above 45
            values = {**case.values, "risk": exact(case.rated.residual, mark_of(case.gettext))}
            return (
                case.words.gettext(
                    "Residual risk is %(risk)s, above our appetite of %(appetite)s for tier "
                    "%(tier)s."
                )
                % values
            )
        return case.gettext(
            "Residual risk is %(risk)s, above our appetite of %(appetite)s for tier %(tier)s."
        )
    if case.rated.knockouts:
        return case.gettext(
            "Residual risk is %(risk)s and the vendor is knocked out, which our appetite of "
            "%(appetite)s for tier %(tier)s does not cover."
        )
    return case.gettext(
        "Residual risk is %(risk)s, within our appetite of %(appetite)s for tier %(tier)s."
    )


def _grade_and_risk(case: _Case) -> Iterator[str]:
    """Why a good grade and a high risk, or the other way round, are both true."""
    rated = case.rated
    if rated.residual is None:
        return
    if rated.unverified:
        yield case.gettext(
            "Grade %(grade)s rests on the vendor's own word: only %(low)s of its %(final)s points "
            "are proven."
        )
    elif rated.grade in _GOOD and rated.above:
        yield case.gettext(
            "Grade %(grade)s says that much is under control; with an inherent risk of "
            "%(inherent)s, what is left is still above it."
        )
    elif rated.grade in _POOR and not (rated.above or rated.knockouts):
        yield case.gettext(
            "Grade %(grade)s says how little is shown, not how much there is to lose: inherent "
            "risk is %(inherent)s."
        )


def _choices(case: _Case) -> tuple[Choice, ...]:
    rated, words = case.rated, case.words
    closed = ""
    if rated.residual is None:
        closed = words.gettext("Too little is known")
    elif rated.knockouts:
        closed = words.gettext("Not open while %(id)s is in force") % {"id": rated.knockouts[0].id}
    keep = case.subject.in_use or case.in_force is not None
    return (
        Choice(
            words.gettext("Keep as it is") if keep else words.gettext("Approve"),
            str(case.values["risk"]),
            closed,
        ),
        Choice(words.gettext("With conditions"), _then(case), ""),
        Choice(
            words.gettext("Exit"),
            words.gettext("%(risk)s until access is cut and data is back; then none from it")
            % case.values,
            "",
        ),
    )


def _then(case: _Case) -> str:
    then, words = case.rated.mended, case.words
    if case.rated.residual is None:
        return words.gettext("%(risk)s until more is known") % case.values
    if then is None:
        return words.gettext("%(risk)s until more is proven: no open finding holds it down") % (
            case.values
        )
    left = (
        words.gettext("up to %(worst)s") % {"worst": then.worst // 100}
        if then.residual is None
        else f"{then.residual // 100} ({words.gettext(BANDS[then.band])})"
    )
    if case.whose == DRAFT:
        text = words.gettext("%(left)s once they are met; until then as it is")
    else:
        text = words.gettext("%(left)s once what weighs most is mended; until then as it is")
    return text % {"left": left}


def _unseen(case: _Case) -> Iterator[str]:
    """What the figures of page 1 do not rest on, the heaviest first."""
    words, lines = case.words, case.rated.lines
    blank = [line for line in lines if not line.answered]
    if blank:
        named = "; ".join(line.name for line in blank[:_NAMED])
        text = words.ngettext(
            "Nothing is known of %(n)d of %(all)d controls: %(named)s",
            "Nothing is known of %(n)d of %(all)d controls: %(named)s",
            len(blank),
        )
        told = text % {"n": len(blank), "all": len(lines), "named": named}
        yield told + (" …" if len(blank) > _NAMED else ".")
    claimed = sum(line.claimed for line in lines)
    if claimed:
        text = words.ngettext(
            "%(n)d of %(all)d controls rests on the vendor's word alone.",
            "%(n)d of %(all)d controls rest on the vendor's word alone.",
            claimed,
        )
        yield text % {"n": claimed, "all": len(lines)}
    if case.standing.unrated:
        text = words.ngettext(
            "No score yet, because nobody has said what it touches: %(named)s",
            "No score yet, because nobody has said what they touch: %(named)s",
            len(case.standing.unrated),
        )
        named = ", ".join(case.standing.unrated[:_NAMED])
        yield text % {"named": named} + (" …" if len(case.standing.unrated) > _NAMED else ".")
    if not case.looked:
        yield words.gettext("Nobody has looked at it from outside.")
    elif case.posture.unknown:
        n = len(case.posture.unknown)
        text = words.ngettext(
            "%(n)d check from outside could not be judged.",
            "%(n)d checks from outside could not be judged.",
            n,
        )
        yield text % {"n": n}
    yield from _old_papers(case)


def _old_papers(case: _Case) -> Iterator[str]:
    words, papers = case.words, case.standing.papers
    over = sum(one.until is not None and one.until < case.as_of for one in papers)
    unread = sum(one.read_on is None for one in papers)
    if over:
        text = words.ngettext("%(n)d document has expired.", "%(n)d documents have expired.", over)
        yield text % {"n": over}
    if unread:
        text = words.ngettext(
            "%(n)d document has not been read by anybody.",
            "%(n)d documents have not been read by anybody.",
            unread,
        )
        yield text % {"n": unread}
    if not papers:
        yield words.gettext("It has given us no document.")
