"""What a report holds of one score: every number and every line, in words, frozen."""

import datetime
from dataclasses import dataclass

from vendor_risk.evidence import Severity, Source
from vendor_risk.scoring.model import Band, Grade


@dataclass(frozen=True, slots=True)
class Held:
    """The finding that holds a line down; `at` is how much of the control it allows, in 1/10000."""

    title: str
    severity: Severity
    at: int
    lowers: bool
    parent: str = ""  # the parent company whose finding it is


@dataclass(frozen=True, slots=True)
class Line:
    """What one control adds, in 1/100 of a point; `most` is None where only the sum was kept."""

    control: str
    name: str
    points: int
    most: int | None
    seen_by: str
    on: datetime.date | None
    until: datetime.date | None
    worth: tuple[str, ...]
    held: Held | None
    answered: bool
    claimed: bool  # it rests on the vendor's word alone
    parent: str = ""  # the parent company that the evidence is about; empty for the vendor itself


@dataclass(frozen=True, slots=True)
class KnockOut:
    """A knock-out in force; `takes` is 0, or the points that it lowers the score by."""

    id: str
    cap: int
    fact: str
    lift: str
    rests: tuple[str, ...]
    takes: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one part leaves of the residual risk, in 1/100 of a point."""

    control: str
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Step:
    """What raises the score most; `first` of its findings, `due` the earliest day agreed for them.

    `lifts` are the knock-outs that go once these findings are closed, `demands` those for which
    something else has to be done too.
    """

    title: str
    notes: str
    first: str
    more: int
    gains: int
    then: int
    grade: Grade | None
    lifts: tuple[str, ...]
    demands: tuple[str, ...]
    due: datetime.date | None
    owner: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing proof, and by how much it would narrow the range."""

    control: str
    name: str
    source: Source
    narrows: int


@dataclass(frozen=True, slots=True)
class Mended:
    """What the score would be once all steps are taken and no knock-out stands."""

    final: int
    grade: Grade | None
    residual: int | None
    worst: int
    band: Band
    knockouts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One kept score of the past: its cause, and what moved with it; `event` numbers a jump."""

    day: datetime.date
    final: int
    residual: int | None
    cause: str
    what: str
    change: int | None
    event: int | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A control that does not count for this engagement, and why."""

    control: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Origin:
    """How many controls rest on one kind of evidence, and of which days."""

    source: Source
    controls: int
    oldest: datetime.date
    newest: datetime.date


@dataclass(frozen=True, slots=True)
class Rated:
    """The score of one engagement. Scores and risks are in 1/100 of a point, coverage in 1/10000.

    The points of `lines` and what the knock-outs take sum to `final`; the points of `parts` sum to
    `residual`, which is None while too little is known. `grade` is the one shown on every page.
    """

    engagement: str
    tier: int
    tier_by_hand: bool
    inherent: int
    final: int
    low: int
    high: int
    coverage: int
    coverage_needed: int
    grade: Grade | None
    unverified: bool
    residual: int | None
    best: int
    worst: int
    band: Band
    appetite: int
    lines: tuple[Line, ...]
    knockouts: tuple[KnockOut, ...]
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]
    contradicted: bool
    steps: tuple[Step, ...]
    gaps: tuple[Gap, ...]
    mended: Mended | None
    course: tuple[Moment, ...]  # the oldest first
    origins: tuple[Origin, ...]
    as_of: datetime.date
    kept_at: datetime.datetime
    model: str
    model_sha256: str
    snapshot_sha256: str

    @property
    def risk(self) -> int:
        """The residual risk, or the worst end of its range while too little is known."""
        return self.worst if self.residual is None else self.residual

    @property
    def above(self) -> bool:
        """Whether the residual risk, where it is known, is above our appetite."""
        return self.residual is not None and self.residual > 100 * self.appetite
