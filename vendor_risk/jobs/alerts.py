"""The letters that tell of what moved, and the door through which webhooks leave."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from vendor_risk.config import Settings, access
from vendor_risk.evidence import N_
from vendor_risk.feeds.access import FeedUnreachable
from vendor_risk.feeds.fetch import post
from vendor_risk.jobs.letters import Letterhead, templates
from vendor_risk.languages import ENGLISH, catalogue, offered
from vendor_risk.reports.moves import TABLE, Kind
from vendor_risk.store.engine import Database
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import alerts, outbox
from vendor_risk.workflow.alerts import ToWrite
from vendor_risk.workflow.webhooks import Parcel, Undelivered

_SUBJECT_ONE = N_("%(vendor)s: %(what)s")
_SUBJECT_MANY = N_("%(count)s things moved at our vendors")
_BUTTON = N_("Open my alerts")
_AT_ONCE = N_("this moved at our vendors, and you are to know at once:")
_COLLECTED = N_("this moved at our vendors since the last letter:")
_MORE = N_("And %(count)s more, in your alerts.")
_WHY = N_("What exactly it is stands behind the link: a mailbox is no place for it.")
_END = N_("You want no such letters? This page ends them, without signing in:")
_TIER = N_("tier %(n)s")

# How long an address may take to answer, and how long it may be silent.
_SECONDS, _SILENCE = 20, 10


def tell(database: Database, now: dt.datetime, head: Letterhead) -> int:
    """People and webhooks know of what moved, and letters wait in the outbox; how many letters."""
    told = alerts.SLICE
    while told == alerts.SLICE:
        with database.transaction() as session:
            told = alerts.tell(session, now)
    with database.transaction() as session:
        due = alerts.letters(session, now, head.zone)
        for one in due:
            language = offered(one.person.language, head.language) or ENGLISH
            said = catalogue(language).gettext
            known = _words(one, head, language)
            outbox.put(
                session,
                dedup_key=one.key,
                recipient=one.person.email,
                subject=_subject(one, said),
                text=templates(language).get_template("mail/alerts.txt").render(known),
                html=templates(language).get_template("mail/alerts.html").render(known),
                now=now,
            )
        return len(due)


def calling(settings: Settings) -> Callable[[Parcel], int]:
    """What sends a parcel to its address; Undelivered says why it was not taken."""
    how = replace(access(settings), seconds=_SECONDS, silence_seconds=_SILENCE)

    def deliver(parcel: Parcel) -> int:
        try:
            code = post(parcel.url, how, parcel.body, parcel.headers)
        except FeedUnreachable as error:
            raise Undelivered(str(error)) from error
        if not 200 <= code < 300:
            raise Undelivered(f"the address answers with status {code}", code)
        return code

    return deliver


def _subject(one: ToWrite, said: Callable[[str], str]) -> str:
    """What a letter is about; the worst of it by name, where it is one."""
    if len(one.moves) == 1 and not one.more:
        move, vendor = one.moves[0]
        return said(_SUBJECT_ONE) % {"vendor": vendor.name, "what": _kind(move, said)}
    return said(_SUBJECT_MANY) % {"count": len(one.moves) + one.more}


def _words(one: ToWrite, head: Letterhead, language: str) -> dict[str, object]:
    said = catalogue(language).gettext
    return {
        "name": one.person.name or one.person.email,
        "first": said(_AT_ONCE if one.at_once else _COLLECTED),
        "lines": [_line(move, vendor, said) for move, vendor in one.moves],
        "more": said(_MORE) % {"count": one.more} if one.more else "",
        "why": said(_WHY),
        "address": f"{head.address}/alerts",
        "button": said(_BUTTON),
        "end": said(_END),
        "end_address": f"{head.address}/alerts/off/{one.token}",
        "config": {"ORGANISATION": head.organisation},
    }


def _line(move: StoredMove, vendor: Vendor, said: Callable[[str], str]) -> str:
    """One move: the vendor, its tier and the kind, and nothing that a thief could use."""
    tier = f" ({said(_TIER) % {'n': move.tier}})" if move.tier else ""
    return f"{vendor.name}{tier}: {_kind(move, said)}"


def _kind(move: StoredMove, said: Callable[[str], str]) -> str:
    return said(TABLE[Kind(move.kind)].words)
