"""The questions of a response on paper: to be read, and asked around, before anybody answers."""

import datetime
from dataclasses import dataclass

TEMPLATE = "reports/questions.html"


@dataclass(frozen=True, slots=True)
class Question:
    """One question in the reader's language; `after` where an earlier answer calls for it."""

    number: str
    id: str
    text: str
    why: str
    answers: tuple[str, ...]
    several: bool  # more than one of the answers may be true
    evidence: tuple[str, ...]
    columns: tuple[str, ...]  # of a table to be filled
    after: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Questions under one heading."""

    number: int
    title: str
    questions: tuple[Question, ...]
    fitting: bool = False  # asked only where it fits what is bought


@dataclass(frozen=True, slots=True)
class Paper:
    """All questions of one response, or of a preview; the same paper gives the same bytes.

    A preview has no day to answer by. Its number names the questionnaires, its vendor may be empty.
    """

    organisation: str
    vendor: str
    number: str
    due_on: datetime.date | None
    as_of: datetime.datetime
    minutes: int
    sections: tuple[Section, ...]
    sample: bool = False
    language: str = "en"

    @property
    def count(self) -> int:
        """How many questions there are."""
        return sum(len(section.questions) for section in self.sections)
