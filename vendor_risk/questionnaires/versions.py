"""One version of a questionnaire after another: which rows are which questions, and what differs.

Pure: the version before and the rows of a sheet, or both versions, in; what is new, gone, put
otherwise and as it was, out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from vendor_risk.questionnaires import grid
from vendor_risk.questionnaires.form import Question
from vendor_risk.questionnaires.grid import Item
from vendor_risk.questionnaires.template import Template
from vendor_risk.questionnaires.upgrade import moves, same

ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"
WORDS, CONTROL, ANSWERS = "words", "control", "answers"
# How alike two texts are, of 100 (rapidfuzz's ratio over their words): "Is there a lock?" and
# "Is there a good lock?" are 84, two questions about other things are seldom above 50.
ALIKE = 60


@dataclass(frozen=True, slots=True)
class Match:
    """A row of the sheet and the question of the version before that it is; None: a new one.

    One that is not `sure` is only proposed: somebody has to look at both texts.
    """

    item: Item
    before: Question | None
    sure: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one question; `carries` where an old answer still says what it said."""

    kind: str
    before: Question | None
    after: Question | None
    what: tuple[str, ...] = ()
    carries: bool = False

    @property
    def question(self) -> Question:
        """As it is asked now, or as it was asked last."""
        one = self.after or self.before
        assert one is not None
        return one


def matched(
    old: Template, items: Sequence[Item], chosen: Mapping[int, str] | None = None
) -> tuple[Match, ...]:
    """Each row with the question that it is, in the order of the sheet.

    `chosen` says by the row which question it is (empty: a new one), and goes before all else.
    Then comes what has the same number and the same words; the same words under another number,
    for sheets are numbered anew; the same number over words that are much alike; such words
    alone; and at last the number alone.
    """
    sheet = _Sheet(old, items)
    for item in items:
        if item.row in (chosen or {}):
            sheet.take(item, (chosen or {})[item.row], sure=True)
    sheet.by_words(numbered=True)
    sheet.by_words(numbered=False)
    sheet.by_number(alike=True)
    sheet.by_likeness()
    sheet.by_number(alike=False)
    return tuple(sheet.found.get(item.row) or Match(item, None, sure=True) for item in items)


class _Sheet:
    """The rows that found their question so far, and the questions that are left."""

    def __init__(self, old: Template, items: Sequence[Item]) -> None:
        self.items = items
        self.left = {question.id: question for _section, question in old.asked()}
        self.numbers = {id: number(old, one) for id, one in self.left.items()}
        self.found: dict[int, Match] = {}

    @property
    def open(self) -> list[Item]:
        return [item for item in self.items if item.row not in self.found]

    def take(self, item: Item, id: str, *, sure: bool) -> None:
        """The row is this question; where that is no question any more, a new one."""
        self.found[item.row] = Match(item, self.left.pop(id, None), sure)

    def by_words(self, *, numbered: bool) -> None:
        """The same words, the first row for the first question; with the same number, or any."""
        waiting: dict[tuple[str, str], list[str]] = defaultdict(list)
        for id, question in self.left.items():
            waiting[self.numbers[id] if numbered else "", _plain(question.text["en"])].append(id)
        for item in self.open:
            ids = waiting[item.id if numbered else "", _plain(item.text)]
            if ids:
                id = ids.pop(0)
                self.take(item, id, sure=numbered or not (item.id and self.numbers[id]))

    def by_number(self, *, alike: bool) -> None:
        """The same number: sure where the words are alike, and proposed where they are not."""
        ids = {self.numbers[id]: id for id in self.left}
        for item in self.open:
            id = ids.get(item.id) if item.id else None
            if id in self.left and (not alike or _alike(item.text, self.left[id]) >= ALIKE):
                self.take(item, id, sure=alike)

    def by_likeness(self) -> None:
        """The words that are most alike first; never sure."""
        ranked = sorted(
            (-alike, item.row, place, id)
            for item in self.open
            for place, (id, question) in enumerate(self.left.items())
            if (alike := _alike(item.text, question)) >= ALIKE
        )
        by_row = {item.row: item for item in self.items}
        for _score, row, _place, id in ranked:
            if row not in self.found and id in self.left:
                self.take(by_row[row], id, sure=False)


def differences(old: Template, new: Template) -> tuple[Difference, ...]:
    """What became of every question: those of the new version in their order, then what is gone."""
    renamed, _retired = moves(old.form, new.form)
    names = {new_id: old_id for old_id, new_id in renamed.items()}
    before = {question.id: question for _section, question in old.asked()}
    told = []
    for _section, after in new.asked():
        was = before.pop(names.get(after.id, after.id), None)
        if was is None:
            told.append(Difference(ADDED, None, after))
            continue
        carries = same(old.form, was, new.form, after)
        what = []
        if not _same_words(was, after):
            what.append(WORDS)
        if was.control != after.control or was.counts != after.counts:
            what.append(CONTROL)
        if not carries and not what and was.rev == after.rev:
            what.append(ANSWERS)
        kind = SAME if carries and not what else CHANGED
        told.append(Difference(kind, was, after, tuple(what), carries))
    return (*told, *(Difference(REMOVED, was, None) for was in before.values()))


def suggested(version: str, told: Iterable[Difference]) -> str:
    """The number after this one: the first part rises when questions went, else the second."""
    first, second, *_rest = key(version)
    gone = any(one.kind == REMOVED for one in told)
    return f"{first + 1}.0.0" if gone else f"{first}.{second + 1}.0"


def key(version: str) -> tuple[int, ...]:
    """What versions are ordered by: 1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in version.split("."))


def number(template: Template, question: Question) -> str:
    """What the sheet called the question that it came from; empty where it said nothing."""
    return next(iter(question.maps.get(template.form.id, ())), "")


def _same_words(was: Question, after: Question) -> bool:
    """Whether it says the same in each language that both have; one that came anew is no change."""
    both = was.text.keys() & after.text.keys()
    return all(_plain(was.text[one]) == _plain(after.text[one]) for one in both)


def _alike(text: str, question: Question) -> float:
    return fuzz.ratio(" ".join(grid.words(text)), " ".join(grid.words(question.text["en"])))


def _plain(text: str) -> str:
    """The text as people read it: where a line breaks says nothing."""
    return " ".join(text.split())
