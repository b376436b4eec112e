"""What a report holds of a vendor beside what scans saw: scores, findings, decisions, papers."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.evidence import Severity
from vendor_risk.reports.rating import Rated
from vendor_risk.scoring.model import Band


@dataclass(frozen=True, slots=True)
class Open:
    """One finding that stands; `severity` is the one that counts, `check` empty for no check's.

    `state` is its word in the life of findings, marked for translation.
    """

    severity: Severity
    control: str
    title: str
    effect: str
    fix: str
    check: str
    asset: str
    kind: str
    engagement: str
    owner: str
    due: datetime.date | None
    state: str
    opened: datetime.date
    accepted_until: datetime.date | None
    accepted_by: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What an approval rests on; `due` and `owner` are empty in a draft."""

    text: str
    owner: str = ""
    due: datetime.date | None = None
    met: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that waits or is in force, with the figures that it rested on."""

    engagement: str
    kind: str
    waiting: bool
    rationale: str
    proposed_by: str
    decided_by: str
    on: datetime.date
    review_on: datetime.date | None
    conditions: tuple[Condition, ...]
    final: int | None
    grade: str | None
    residual: int | None
    band: str | None
    known: int | None  # the coverage then, in 1/10000
    moved: tuple[str, ...] = ()  # what is another than then


@dataclass(frozen=True, slots=True)
class Agreed:
    """One contract that runs."""

    title: str
    ends_on: datetime.date | None
    notice_on: datetime.date | None
    renews: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the vendor; `read_on` is None while nobody has read it."""

    kind: str
    title: str
    dated: datetime.date
    until: datetime.date | None
    in_scope: bool | None
    read_on: datetime.date | None
    read_by: str


@dataclass(frozen=True, slots=True)
class Ways:
    """How many ways into our systems the access register has of the vendor."""

    open: int
    remote: int
    no_second_factor: int
    unknown_second_factor: int
    card_data: int
    production: int
    oldest_review: datetime.date | None
    never_reviewed: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for an engagement in our company, with the view that they put on record."""

    engagement: str
    name: str
    view: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to decide: the risk that stays, and why it is not open where it is not."""

    name: str
    risk: str
    closed: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What page 1 asks and says of the engagement that stands worst.

    `conditions_from` says whose they are: proposed, in force, or drafted from the score.
    """

    question: str
    bridges: tuple[str, ...]
    conditions: tuple[Condition, ...]
    conditions_from: str
    choices: tuple[Choice, ...]
    unseen: tuple[str, ...]
    warning: str = ""  # that too little is known to approve it with open eyes


@dataclass(frozen=True, slots=True)
class Standing:
    """All of it; `rated` stands worst first, `unrated` names engagements without a score."""

    rated: tuple[Rated, ...]
    unrated: tuple[str, ...]
    findings: tuple[Open, ...]
    decided: tuple[Decided, ...]
    contracts: tuple[Agreed, ...]
    papers: tuple[Paper, ...]
    ways: Ways
    owners: tuple[Owner, ...]
    bands: Mapping[Band, int]
    control_share: int  # of the inherent risk, in 1/10000, that controls can take away
    answer: Answer | None = None

    @property
    def worst(self) -> Rated | None:
        """The score that page 1 speaks of."""
        return self.rated[0] if self.rated else None

    @property
    def accepted(self) -> tuple[Open, ...]:
        """Findings whose risk was accepted, the acceptance that ends first at the head."""
        found = [one for one in self.findings if one.accepted_until is not None]
        return tuple(sorted(found, key=lambda one: one.accepted_until or datetime.date.max))

    def of(self, engagement: str, *, waiting: bool) -> Decided | None:
        """The decision on an engagement that waits, or the one in force."""
        found = (
            one for one in self.decided if one.engagement == engagement and one.waiting is waiting
        )
        return next(found, None)
