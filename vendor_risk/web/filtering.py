"""The filters above a list as the URL has them; what it does not know is told, not guessed."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectChoice

from vendor_risk.workflow.vendors import clean

SIZES = (25, 50, 100)
_LONGEST = 200  # characters of a text that is looked for
_TOLD = 40  # characters of what is not known

Wanted = TypeVar("Wanted")
Choices = Mapping[str, Mapping[str, str]]  # for each filter the values of the URL and their words


@dataclass(slots=True)
class Asked(Generic[Wanted]):
    """What a URL asks of a list, in the words of the query and in those of a reader."""

    wanted: Wanted
    sort: str = ""
    per: int = SIZES[0]
    chips: list[tuple[str, str]] = field(default_factory=list)  # words, name in the URL
    ignored: list[str] = field(default_factory=list)

    def ignore(self, name: str, value: str) -> None:
        """It is told that this part of the URL says nothing."""
        self.ignored.append(f"{name} = “{clean(value)[:_TOLD]}”")


def text(args: MultiDict[str, str], asked: Asked[Any]) -> str:
    """The text that is looked for, or nothing."""
    said = clean(args.get("q", ""))[:_LONGEST]
    if said:
        asked.chips.append((f"“{said}”", "q"))
    return said


def chosen(
    args: MultiDict[str, str],
    choices: Choices,
    asked: Asked[Any],
    tell: Callable[[str, str], str] = lambda _name, words: words,
) -> Iterator[tuple[str, str]]:
    """Each filter that is in use with its value; `tell` makes the chip of its name and words."""
    for name, known in choices.items():
        value = args.get(name, "").strip()
        if not value:
            continue
        if value not in known:
            asked.ignore(name, value)
            continue
        asked.chips.append((tell(name, known[value]), name))
        yield name, value


def arrange(
    args: MultiDict[str, str], asked: Asked[Any], sorts: Collection[str] = (), usual: str = ""
) -> None:
    """How many lines a page has, and their order; `sorts` holds each way there is."""
    asked.per = next((size for size in SIZES if args.get("per") == str(size)), SIZES[0])
    sort = args.get("sort", "").strip()
    asked.sort = sort if sort in sorts else usual
    if sort and sort not in sorts:
        asked.ignore("sort", sort)


def fill(
    form: Form,
    choices: Choices,
    labels: Mapping[str, str],
    anything: Mapping[str, str],
    search: str,
) -> None:
    """The form has its words; `anything` says what no choice means where that is not "Any"."""
    form["q"].label.text = search
    for name, known in choices.items():
        form[name].label.text = _(labels[name])
        form[name].choices = [
            SelectChoice("", _(anything[name]) if name in anything else _("Any")),
            *(SelectChoice(value, words) for value, words in known.items()),
        ]


def in_use(args: MultiDict[str, str], asked: Asked[Any]) -> MultiDict[str, str]:
    """The arguments that a form shows again."""
    return MultiDict((name, args[name]) for _words, name in asked.chips if name in args)
