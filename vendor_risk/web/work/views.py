"""My work and my team's, by week; the calendar, deputies, and handing over."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from flask import Response, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.evidence import N_
from vendor_risk.reports.acts import Look
from vendor_risk.store.models.people import User
from vendor_risk.store.models.work import Deputy
from vendor_risk.store.queries import vendors as listed
from vendor_risk.store.queries.vendors import VendorFilter
from vendor_risk.web import bulk as bulk_acts
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.forms import choices
from vendor_risk.web.work import HANDS_OVER, TEAM, area, calendar, ics
from vendor_risk.web.work.forms import DeputyForm, HandOverForm
from vendor_risk.workflow import calendar_feeds, deputies, duties, reassignment
from vendor_risk.workflow.duties import Duty, DutyKind, Load
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]

LOOKS = {
    DutyKind.DECISION: Look(N_("Decide"), "medium", "shield-check"),
    DutyKind.MENTION: Look(N_("Called by a note"), "low", "pencil"),
    DutyKind.CONDITION: Look(N_("Condition"), "high", "clock"),
    DutyKind.FINDING: Look(N_("Finding"), "medium", "search"),
    DutyKind.REVIEW: Look(N_("Review"), "low", "refresh"),
    DutyKind.ACCESS: Look(N_("Access review"), "medium", "key"),
    DutyKind.CONTRACT: Look(N_("Notice date"), "medium", "file-text"),
    DutyKind.RESPONSE: Look(N_("Answers to review"), "medium", "inbox"),
    DutyKind.ANSWER: Look(N_("The vendor answered"), "high", "inbox"),
    DutyKind.DUTY: Look(N_("Duty of ours"), "medium", "file-text"),
}
_IN_CALENDAR = 500  # of each kind; a calendar with more shows nothing
# Pages of one duty; the first that there is.
_PAGES = {
    DutyKind.DECISION: ("vendors.decision",),
    DutyKind.CONDITION: ("vendors.decision", "vendors.own_conditions"),
    DutyKind.REVIEW: ("vendors.decision",),
    DutyKind.MENTION: ("vendors.notes",),
    DutyKind.ACCESS: ("vendors.access", "vendors.show"),
    DutyKind.CONTRACT: ("vendors.documents", "vendors.show"),
    DutyKind.FINDING: ("vendors.show",),
    DutyKind.RESPONSE: ("vendors.show",),
    DutyKind.ANSWER: ("vendors.show",),
    DutyKind.DUTY: ("vendors.documents", "vendors.show"),
}
# The list in which all work of a kind stands, and how its filters name one owner, or none.
_LISTS: Mapping[DutyKind, tuple[str, str, str]] = {
    DutyKind.CONDITION: ("decisions.index", "", ""),
    DutyKind.FINDING: ("findings.index", "owner", "nobody"),
    DutyKind.ANSWER: ("findings.index", "", ""),
    DutyKind.REVIEW: ("vendors.index", "owner", "none"),
    DutyKind.ACCESS: ("access.index", "", ""),
    DutyKind.CONTRACT: ("vendors.index", "owner", "none"),
    DutyKind.DECISION: ("decisions.index", "", ""),
    DutyKind.MENTION: ("", "", ""),
    DutyKind.RESPONSE: ("responses.index", "", ""),
    DutyKind.DUTY: ("vendors.index", "owner", "none"),
}


@area.get("")
def index() -> str:
    """What waits for me, and for whom I stand in for; with `person`, what waits for another."""
    return _page(DeputyForm(formdata=None))


@area.get("/team")
@door(TEAM)
def team() -> str:
    """Who has how much, and how much of it is late."""
    today = now().date()
    found = duties.loads(session, today)
    nobodys = found.pop(None, {})
    people = session.exec(select(User).where(col(User.id).in_(found))).all()
    rows = [(person, _sum(found[person.id])) for person in people]
    rows.sort(key=lambda row: (row[0].active, -row[1].late, -row[1].total, row[0].email))
    return render_template(
        "work/team.html",
        rows=rows,
        nobodys=[
            (LOOKS[kind], nobodys[kind], _list(kind, None)) for kind in _LISTS if kind in nobodys
        ],
        ownerless=listed.count(session, VendorFilter(without_owner=True)),
        tabs=_tabs("work.team"),
    )


@area.post("/calendar")
def new_calendar() -> str:
    """A new secret address, shown this once."""
    token = calendar_feeds.begin(session, _me(), now=now())
    session.commit()
    path = url_for("calendar.feed", token=token)
    return _page(DeputyForm(formdata=None), address=current_app.config["ADDRESS"] + path)


@area.post("/calendar/revoke")
def revoke_calendar() -> AnyResponse:
    """The address opens nothing any more."""
    if calendar_feeds.revoke(session, _me(), now=now()):
        session.commit()
        notice(_("The address of your calendar opens nothing any more."))
    return redirect(url_for("work.index"))


@calendar.get("/<token>.ics")
def feed(token: str) -> Response:
    """The calendar that the secret opens; vendors and kinds of work, no detail of a finding."""
    person = calendar_feeds.person_of(session, token[:200]) or abort(404)
    base = current_app.config["ADDRESS"]
    events = [
        (
            f"{one.kind}-{one.id}",
            one.due,
            f"{_(LOOKS[one.kind].word)}: {one.vendor}",
            base + _url(one),
        )
        for one in duties.duties(session, [person], now().date(), most=_IN_CALENDAR)
        if one.due is not None
    ]
    name = _("Vendor Risk: %(name)s", name=person.name or person.email)
    answer = Response(ics.calendar_of(name, events, now()), content_type=ics.TYPE)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@area.post("/deputies")
def name_deputy() -> Page:
    """Somebody stands in for me."""
    form = DeputyForm()
    _offer(form)
    if not form.validate():
        return _page(form), 422
    chosen = form.deputy_id.data
    try:
        deputies.name_deputy(
            session,
            _me(),
            session.get(User, uuid.UUID(chosen)) if chosen else None,
            from_on=form.from_on.data,
            until_on=form.until_on.data,
            now=now(),
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(form), 422
    session.commit()
    notice(_("Your deputy sees your work on those days."))
    return redirect(url_for("work.index"))


@area.post("/deputies/<uuid:deputy_id>/end")
def end_deputy(deputy_id: uuid.UUID) -> AnyResponse:
    """Somebody stands in for me no longer."""
    row = session.get(Deputy, deputy_id)
    if row is None or row.person_id != current_user.id:
        abort(404)
    if deputies.end(session, row, now=now(), actor=current_user.id):
        session.commit()
        notice(_("That is over."))
    return redirect(url_for("work.index"))


@area.get("/hand-over/<uuid:person_id>")
@door(HANDS_OVER)
def hand_over(person_id: uuid.UUID) -> str:
    """What would go to another."""
    return _hand_over_page(_person(person_id), HandOverForm(formdata=None))


@area.post("/hand-over/<uuid:person_id>")
@door(HANDS_OVER)
def take_over(person_id: uuid.UUID) -> Page:
    """Another answers for all of it; one click takes that back."""
    person, form = _person(person_id), HandOverForm()
    form.to.choices = _others(person.id)
    if not form.validate():
        return _hand_over_page(person, form), 422
    to = session.get(User, uuid.UUID(form.to.data)) if form.to.data else None
    try:
        moved = reassignment.reassign(session, person, to, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _hand_over_page(_person(person_id), form), 422
    session.commit()
    count = sum(moved.values())
    notice(
        ngettext("%(num)d thing was handed over.", "%(num)d things were handed over.", count),
        undo=url_for("work.give_back", person_id=person.id, at=now().isoformat()),
    )
    return redirect(url_for("work.hand_over", person_id=person.id))


@area.post("/hand-over/<uuid:person_id>/undo")
@door(HANDS_OVER)
def give_back(person_id: uuid.UUID) -> AnyResponse:
    """What moved at one moment is the person's again."""
    moment = bulk_acts.moment()
    person = _person(person_id)
    back = reassignment.undo(session, person, moment, now=now(), actor=current_user.id)
    session.commit()
    notice(ngettext("%(num)d thing is theirs again.", "%(num)d things are theirs again.", back))
    return redirect(url_for("work.hand_over", person_id=person.id))


def _page(form: DeputyForm, address: str = "") -> str:
    today = now().date()
    _offer(form)
    asked = request.args.get("person", type=uuid.UUID)
    other = session.get(User, asked) if asked and may("work.team", "GET") else None
    away = deputies.stood_in_for(session, current_user.id, today) if other is None else ()
    people = [other or _me(), *away]
    found = duties.duties(session, people, today)
    count, more = _beyond(duties.loads(session, today, people), found)
    return render_template(
        "work/index.html",
        other=other,
        away={person.id: person.name or person.email for person in away},
        weeks=duties.by_week(found, today),
        count=count,
        more=more,
        looks=LOOKS,
        url_of=_url,
        today=today,
        feed=calendar_feeds.standing(session, current_user.id),
        address=address,
        named=[
            (row, listed.name_of(session, row.deputy_id))
            for row in deputies.named_by(session, current_user.id, today)
        ],
        form=form,
        tabs=_tabs("work.index"),
    )


def _beyond(
    loads: Mapping[uuid.UUID | None, Mapping[DutyKind, Load]], shown: Sequence[Duty]
) -> tuple[int, list[tuple[Look, int, str]]]:
    """How much waits in all, and of each kind with more than a page shows: how many, and where."""
    here = Counter(one.kind for one in shown)
    every: Counter[DutyKind] = Counter()
    for kinds in loads.values():
        for kind, load in kinds.items():
            every[kind] += load.total
    person = next((id for id in loads if id is not None), None) if len(loads) == 1 else None
    more = [
        (LOOKS[kind], count - here[kind], _list(kind, person))
        for kind, count in every.items()
        if count > here[kind]
    ]
    return every.total(), more


def _list(kind: DutyKind, person_id: uuid.UUID | None) -> str:
    """The address of the list of all such work, of this person or of nobody; empty without one."""
    endpoint, name, nobody = _LISTS[kind]
    if endpoint not in current_app.view_functions or not may(endpoint, "GET"):
        return ""
    said: dict[str, Any] = {name: person_id or nobody} if name else {}
    if kind is DutyKind.ACCESS:
        said["review"] = "overdue"
    if kind is DutyKind.ANSWER:
        said["state"] = "answered"
    if kind is DutyKind.REVIEW:
        said["sort"] = "review"
    return url_for(endpoint, **said)


def _sum(kinds: Mapping[DutyKind, Load]) -> Load:
    return reduce(add, kinds.values(), Load())


def _url(duty: Duty) -> str:
    there = current_app.view_functions
    if duty.kind is DutyKind.RESPONSE and may("responses.show", "GET"):
        return url_for("responses.show", response_id=duty.id)
    if duty.kind in (DutyKind.ANSWER, DutyKind.FINDING) and may("findings.show", "GET"):
        return url_for("findings.show", finding_id=duty.id)
    open_ones = (one for one in _PAGES[duty.kind] if one in there and may(one, "GET"))
    endpoint = next(open_ones, "vendors.show")
    said: dict[str, Any] = {"vendor_id": duty.vendor_id}
    if duty.engagement_id is not None:
        said["engagement"] = duty.engagement_id
    return url_for(endpoint, **said)


def _tabs(current: str) -> list[dict[str, Any]]:
    shown = [("work.index", _("Mine")), ("work.team", _("By person"))]
    return [
        {"label": words, "url": url_for(endpoint), "current": endpoint == current, "count": 0}
        for endpoint, words in shown
        if may(endpoint, "GET")
    ]


def _hand_over_page(person: User, form: HandOverForm) -> str:
    form.to.choices = _others(person.id)
    return render_template(
        "work/hand_over.html",
        user=person,
        form=form,
        counts=reassignment.counts(session, person.id),
    )


def _offer(form: DeputyForm) -> None:
    form.deputy_id.choices = _others(current_user.id)


def _others(person_id: uuid.UUID) -> Any:
    rows = [(str(id), name) for id, name in listed.people(session) if id != person_id]
    return choices([("", _("Choose")), *rows])


def _person(person_id: uuid.UUID) -> User:
    return session.get(User, person_id) or abort(404)


def _me() -> User:
    found: User = current_user._get_current_object()
    return found
