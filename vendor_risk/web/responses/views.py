"""The queue of responses, with its filters in the URL."""

from dataclasses import dataclass, field

from flask import render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from vendor_risk.doors import may
from vendor_risk.store.queries import responses as listed
from vendor_risk.store.queries.responses import GROUPS, ResponseFilter
from vendor_risk.web.frame import page_number
from vendor_risk.web.responses import area, words
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses import undelivered
from vendor_risk.workflow.responses.review import review_due
from vendor_risk.workflow.vendors import clean

_PER = 25


@dataclass(slots=True)
class Asked:
    """What a URL asks of the queue, in the words of the query and in those of a reader."""

    wanted: ResponseFilter
    state: str = ""
    mine: bool = False
    overdue: bool = False
    unread: bool = False
    chips: list[tuple[str, str]] = field(default_factory=list)  # words, name in the URL
    ignored: list[str] = field(default_factory=list)


@area.get("")
def index() -> str:
    """What waits for review first, whoever is to do it."""
    asked = _read()
    total = listed.count(session, asked.wanted)
    pages = max(1, -(-total // _PER))
    page = min(page_number(), pages)
    return render_template(
        "responses/index.html",
        lines=listed.page(session, asked.wanted, first=(page - 1) * _PER, most=_PER),
        asked=asked,
        total=total,
        to_review=listed.count(session, ResponseFilter()) if asked.wanted.or_unread else total,
        page=page,
        pages=pages,
        per=_PER,
        states=words.STATES,
        groups=words.GROUPS,
        review_due=review_due,
        today=now().date(),
        lost=undelivered.lost(session, most=5) if may("responses.came_back") else [],
        lost_count=undelivered.count(session),
        rounds=may("responses.look_at_round"),
        any_at_all=bool(total) or listed.any_at_all(session),
    )


def _read() -> Asked:
    """What the arguments of the URL say; whatever cannot be is left out and told."""
    asked = Asked(ResponseFilter())
    states: tuple[str, ...] = GROUPS["with us"]
    state = request.args.get("state", "").strip()
    known = {**{key: _(word) for key, word in words.GROUPS.items()}}
    known |= {str(key): _(look.word) for key, look in words.STATES.items()}
    if state in known:
        asked.state = state
        asked.chips.append((f"{_('State')}: {known[state]}", "state"))
        states = () if state == "all" else GROUPS.get(state, (state,))
    elif state:
        asked.ignored.append(f"state = “{clean(state)[:40]}”")
    flags = (("mine", _("Mine")), ("overdue", _("Overdue")), ("unread", _("Unread messages")))
    for name, word in flags:
        value = request.args.get(name, "").strip()
        if value == "yes":
            asked.chips.append((word, name))
        elif value:
            asked.ignored.append(f"{name} = “{clean(value)[:40]}”")
    used = [name for _words, name in asked.chips]
    asked.mine, asked.overdue = "mine" in used, "overdue" in used
    asked.unread = "unread" in used
    if (asked.overdue or asked.unread) and not asked.state:
        states = ()
    asked.wanted = ResponseFilter(
        states,
        reviewer_id=current_user.id if asked.mine else None,
        overdue_on=now().date() if asked.overdue else None,
        or_unread=not asked.state,
        unread=asked.unread,
    )
    return asked
