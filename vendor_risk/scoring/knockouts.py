"""Knock-outs: facts so bad that they cap the score, each a predicate over what is known."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vendor_risk.evidence import N_, HostClass
from vendor_risk.scoring.model import Tier

OVERDUE_DAYS = 90  # how long past its validity a response may be before KO-08


@dataclass(frozen=True, slots=True)
class Fault:
    """An open finding with what knock-outs ask of it.

    `knockout` is named by the answer or the reviewer it comes from, empty where none is;
    `host_class` is None where the finding is about no host. `bad_certificate` is an expired,
    self-signed or wrong-name one, `plain_form` a form that sends what is typed without encryption.
    """

    id: str
    check: str = ""
    host_class: HostClass | None = None
    due: datetime.date | None = None
    knockout: str = ""
    bad_certificate: bool = False
    plain_form: bool = False
    silent_since: datetime.date | None = None  # nobody answered by that day, nobody admitted it


@dataclass(frozen=True, slots=True)
class Entry:
    """One account or connection of the vendor in our systems, as the access register has it.

    `second_factor` is None while nobody knows: that is no fault.
    """

    id: str
    name: str
    remote: bool
    second_factor: bool | None
    reaches_card_data: bool
    reaches_production: bool


@dataclass(frozen=True, slots=True)
class PageScriptSeen:
    """A script of the vendor on a page of ours that takes cards."""

    id: str
    address: str
    listed: bool  # with a purpose, and authorised
    held: bool  # to a hash, or somebody said how changes are noticed


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that knock-outs are judged by, of one engagement on one day."""

    as_of: datetime.date
    tier: Tier
    faults: Sequence[Fault] = ()
    entries: Sequence[Entry] = ()
    scripts: Sequence[PageScriptSeen] = ()
    response_valid_until: datetime.date | None = None  # of the response we asked for


@dataclass(frozen=True, slots=True)
class Standing:
    """A knock-out in force: the fact in words, where it was seen, and how to lift it.

    `silent_since` is set where it rests on unanswered questions alone: the first such day.
    """

    id: str
    fact: str
    lift: str
    findings: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    silent_since: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One knock-out in words, and the predicate that finds what it rests on."""

    id: str
    fact: str
    lift: str
    holds: Callable[[Circumstances], "Standing | None"]


RULES: dict[str, Rule] = {}
WORST_FACT = "KO-10"  # any finding that still caps as critical: the score function sees it itself
_DOORS = frozenset({HostClass.LOGIN, HostClass.PAYMENT})
_EXPOSED = _DOORS | {HostClass.SERVICE}
_Predicate = Callable[[Circumstances], "Standing | None"]


def in_force(known: Circumstances) -> tuple[Standing, ...]:
    """Every knock-out that stands, ordered by id; KO-10 is the score function's own."""
    found = (RULES[id].holds(known) for id in sorted(RULES))
    return tuple(standing for standing in found if standing is not None)


def _knockout(id: str, fact: str, lift: str) -> Callable[[_Predicate], _Predicate]:
    def declare(holds: _Predicate) -> _Predicate:
        RULES[id] = Rule(id, fact, lift, holds)
        return holds

    return declare


def _standing(
    id: str,
    *,
    faults: Iterable[Fault] = (),
    entries: Iterable[Entry] = (),
    scripts: Iterable[PageScriptSeen] = (),
    holds: bool = False,
) -> Standing | None:
    """The knock-out resting on these, or None where there is nothing it rests on."""
    rule, faults = RULES[id], tuple(faults)
    on = tuple(sorted(fault.id for fault in faults))
    by = tuple(sorted(entry.id for entry in entries))
    seen = tuple(sorted(script.id for script in scripts))
    if not (on or by or seen or holds):
        return None
    days = [fault.silent_since for fault in faults]
    silent = [day for day in days if day is not None]
    alone = len(silent) == len(days) and not (by or seen or holds)
    since = min(silent) if silent and alone else None
    return Standing(id, rule.fact, rule.lift, on, by, seen, since)


def _named(known: Circumstances, id: str) -> list[Fault]:
    return [fault for fault in known.faults if fault.knockout == id]


@_knockout(
    "KO-01",
    N_(
        "A host for log-in or payment has an expired, self-signed or wrong certificate, or a form"
        " that sends what is typed without encryption."
    ),
    N_("Put a valid certificate on the host, and let a new scan see it."),
)
def _bad_door(known: Circumstances) -> Standing | None:
    at_doors = [
        fault
        for fault in known.faults
        if fault.host_class in _DOORS and (fault.bad_certificate or fault.plain_form)
    ]
    return _standing("KO-01", faults=[*at_doors, *_named(known, "KO-01")])


@_knockout(
    "KO-02",
    N_("There is no second factor on remote access to our network or data."),
    N_("Demand a second factor on every remote log-in, and show that it is on."),
)
def _single_factor(known: Circumstances) -> Standing | None:
    entries = [entry for entry in known.entries if entry.remote and entry.second_factor is False]
    return _standing("KO-02", faults=_named(known, "KO-02"), entries=entries)


@_knockout(
    "KO-03",
    N_("Card codes, or card numbers without encryption, are stored (logs too)."),
    N_("Delete them, stop storing them, and let somebody verify it."),
)
def _stored_cards(known: Circumstances) -> Standing | None:
    return _standing("KO-03", faults=_named(known, "KO-03"))


@_knockout(
    "KO-04",
    N_(
        "It runs script on our payment page without inventory, or without integrity or change"
        " control."
    ),
    N_("Authorise each script with its purpose, and hold it to a hash or watch it for changes."),
)
def _loose_script(known: Circumstances) -> Standing | None:
    loose = [script for script in known.scripts if not (script.listed and script.held)]
    return _standing("KO-04", faults=_named(known, "KO-04"), scripts=loose)


@_knockout(
    "KO-05",
    N_("A breach of our data was not told to us, or is not mended after its due date."),
    N_("Get the facts, and verify the remedy."),
)
def _silent_breach(known: Circumstances) -> Standing | None:
    return _standing("KO-05", faults=_named(known, "KO-05"))


@_knockout(
    "KO-06",
    N_("A fault that attackers are known to use is open past its due date on an exposed host."),
    N_("Install the fixed version, and let a new scan see it."),
)
def _exploited(known: Circumstances) -> Standing | None:
    late = [
        fault
        for fault in known.faults
        if fault.check == "intel.kev"
        and fault.host_class in _EXPOSED
        and fault.due is not None
        and fault.due < known.as_of
    ]
    return _standing("KO-06", faults=[*late, *_named(known, "KO-06")])


@_knockout(
    "KO-07",
    N_("It has not promised to tell us of a breach within 72 hours, or to process data by law."),
    N_("Get the promise into the contract; a reviewer may accept 'without undue delay' instead."),
)
def _no_promise(known: Circumstances) -> Standing | None:
    return _standing("KO-07", faults=_named(known, "KO-07"))


@_knockout(
    "KO-08",
    N_("The answers we asked for ran out more than 90 days ago."),
    N_("Get a new response, and review it."),
)
def _stale(known: Circumstances) -> Standing | None:
    until = known.response_valid_until
    late = until is not None and (known.as_of - until).days > OVERDUE_DAYS
    return _standing("KO-08", holds=late and known.tier <= Tier.T2)


@_knockout(
    "KO-09",
    N_(
        "An account or connection of it in our systems reaches card data or production without a"
        " second factor."
    ),
    N_("Put a second factor on the account, or cut what it reaches."),
)
def _open_account(known: Circumstances) -> Standing | None:
    entries = [
        entry
        for entry in known.entries
        if entry.second_factor is False and (entry.reaches_card_data or entry.reaches_production)
    ]
    return _standing("KO-09", faults=_named(known, "KO-09"), entries=entries)


SILENCE = N_("No answer since %(day)s, so the worst is assumed, which nobody admitted: %(fact)s")
"""How a knock-out is told that rests on unanswered questions alone."""


KNOCKOUTS: dict[str, str] = {id: rule.fact for id, rule in sorted(RULES.items())} | {
    WORST_FACT: N_("Something critical is open."),
}
