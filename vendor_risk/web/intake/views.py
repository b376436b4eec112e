"""The pages of requests: the list, one page after the other, the check, and what came of it."""

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import format_time
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only, roles_here
from vendor_risk.scoring.scales import BY_KEY, FLOORS
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.intake import area
from vendor_risk.web.intake.forms import examples
from vendor_risk.web.intake.pages import CHECK, PAGES, Way, belongs, typed_of
from vendor_risk.web.intake.summary import compared, groups, offers
from vendor_risk.web.session import enqueue, now, session
from vendor_risk.workflow import drafts, scans
from vendor_risk.workflow.drafts import FIRST, AlreadySent, Overtaken, Typed
from vendor_risk.workflow.intake import result_of, submit
from vendor_risk.workflow.intake_facts import STATEMENTS
from vendor_risk.workflow.intervals import review_interval, scan_interval
from vendor_risk.workflow.model_in_use import by_version, in_use
from vendor_risk.workflow.vendors import VendorRefused

PER_PAGE = 25
# Who works on every request reads every request; the others have their own.
_READ_ALL = frozenset({"analyst", "admin", "auditor"})
_MAY_REQUEST = only("requester", "analyst", "approver", "admin")


@area.get("")
def index() -> str:
    """One's own requests, or everybody's for those who work on them."""
    every = _reads_all() and request.args.get("whose") != "mine"
    state = next((one for one in IntakeState if one == request.args.get("state")), None)
    page = page_number()
    whose = None if every else current_user.id
    counts = drafts.counts(session, requester_id=whose)
    total = counts[state] if state else sum(counts.values())
    rows = drafts.requests(
        session, requester_id=whose, state=state, first=(page - 1) * PER_PAGE, most=PER_PAGE
    )
    return render_template(
        "intake/index.html",
        rows=rows,
        counts=counts,
        total=total,
        state=state,
        every=every,
        may_see_all=_reads_all(),
        me=current_user.id,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        per_page=PER_PAGE,
    )


@area.get("/new")
@door(_MAY_REQUEST)
def new() -> AnyResponse:
    """On to the first page of a request, which is kept as soon as something is typed."""
    about = request.args.get("vendor", type=uuid.UUID)
    return redirect(url_for(".page", intake_id=uuid.uuid4(), page=FIRST, vendor=about))


@area.get("/<uuid:intake_id>/resume")
def resume(intake_id: uuid.UUID) -> AnyResponse:
    """On to the first page that is not answered yet."""
    intake = _found(intake_id, writing=False) or abort(404)
    way = Way(session, intake, now().date())
    return redirect(way.url(way.first_open or CHECK))


@area.get("/<uuid:intake_id>/<page>")
def page(intake_id: uuid.UUID, page: str) -> str | AnyResponse:
    """One page of a request, with what was typed there before."""
    if page not in PAGES:
        abort(404)
    intake = _found(intake_id, writing=False) or _blank(intake_id, page)
    if not _mine(intake) or intake.state != IntakeState.DRAFT:
        return redirect(url_for(".check", intake_id=intake_id))
    way = Way(session, intake, now().date())
    if not way.reachable(page):
        return redirect(way.url(way.first_open or CHECK))
    return _shown(way, page, way.form(page))


@area.post("/<uuid:intake_id>/<page>")
def save(intake_id: uuid.UUID, page: str) -> str | AnyResponse | tuple[str, int]:
    """What was typed is kept, right or wrong; then on, back, or off to the list."""
    intake, typed = _posted(intake_id, page)
    go = request.form.get("go", "next")
    typed = _rows_changed(page, typed, go)
    try:
        _keep(intake, page, typed)
    except (AlreadySent, Overtaken):
        session.rollback()
        return _conflict(_mine_or_404(intake_id), page, typed), 409
    way = Way(session, intake, now().date())
    if page == FIRST and not way.checked(page).errors:
        _look_for_duplicates(way)
        way = Way(session, intake, now().date())
    session.commit()
    if intake.state == IntakeState.WITHDRAWN:
        notice(_("This request is withdrawn. What you typed is kept."), kind="info")
        return redirect(url_for(".index"))
    return _onward(way, page, go)


def _onward(way: Way, page: str, go: str) -> str | AnyResponse | tuple[str, int]:
    """Where the button leads that was pressed."""
    if go == "leave":
        notice(_("Saved. You can go on with it at any time."))
        return redirect(url_for(".index"))
    change = request.form.get("change") == "1"
    if go == "back":
        before = CHECK if change else way.before(page) if page in way.keys else None
        return redirect(way.url(before) if before else url_for(".index"))
    if go != "next":
        section = "domains" if go.endswith("domains") else "contacts"
        return redirect(way.url(page, _anchor=section, change=1 if change else None))
    if page in way.keys and way.checked(page).errors:
        return _shown(way, page, way.checked(page)), 422
    return redirect(way.url(way.after(page, straight_back=change)))


@area.post("/<uuid:intake_id>/<page>/keep")
def keep(intake_id: uuid.UUID, page: str) -> str:
    """While somebody types, what is there is kept; answers the line that says so."""
    intake, typed = _posted(intake_id, page)
    seen = request.form.get("seen", 0, type=int) or 0
    try:
        _keep(intake, page, typed, noted=False)
    except AlreadySent:
        session.rollback()
        return _kept_line(seen, _("Not saved: this request was sent already."))
    except Overtaken:
        session.rollback()
        words = _("Not saved: this page was changed elsewhere. Continue to compare.")
        return _kept_line(seen, words)
    session.commit()
    words = _("Saved %(time)s", time=format_time(now(), "HH:mm"))
    return _kept_line(intake.revision, words)


@area.get("/<uuid:intake_id>")
def check(intake_id: uuid.UUID) -> str | AnyResponse:
    """All answers on one page: to send them, or only to read."""
    intake = _found(intake_id, writing=False) or abort(404)
    if intake.state == IntakeState.SUBMITTED and _mine(intake) and "answers" not in request.args:
        return redirect(url_for(".result", intake_id=intake_id))
    return _check_page(intake)


@area.post("/<uuid:intake_id>/send")
def send(intake_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """The request becomes a vendor with an engagement, once."""
    intake = _mine_or_404(intake_id)
    result = redirect(url_for(".result", intake_id=intake_id))
    if intake.state == IntakeState.SUBMITTED:
        return result
    if intake.state != IntakeState.DRAFT:
        return redirect(url_for(".check", intake_id=intake_id))
    way = Way(session, intake, now().date())
    if way.first_open is None:
        _look_for_duplicates(way)  # somebody may have entered it since
        way = Way(session, intake, now().date())
    if way.first_open is not None:
        session.commit()
        return _check_page(intake), 422
    if request.form.get("seen", 0, type=int) != intake.revision:
        words = _("The answers changed since this page was opened. Look at them again.")
        return _check_page(intake, problem=words), 409
    try:
        submit(session, intake, way.submission(), now=now(), by=current_user.id, enqueue=enqueue)
    except VendorRefused as error:
        session.rollback()
        return _check_page(_mine_or_404(intake_id), problem=error.said(_)), 422
    session.commit()
    return result


@area.get("/<uuid:intake_id>/result")
def result(intake_id: uuid.UUID) -> str | AnyResponse:
    """The tier with its reasons, and what happens next."""
    intake = _found(intake_id, writing=False) or abort(404)
    told = result_of(intake)
    if told is None:
        return redirect(url_for(".check", intake_id=intake_id))
    model = by_version(session, told.inherent.model) or in_use(session)
    return render_template(
        "intake/result.html",
        intake=intake,
        told=told,
        vendor=session.get(Vendor, intake.vendor_id) if intake.vendor_id else None,
        engagement=session.get(Engagement, intake.engagement_id) if intake.engagement_id else None,
        hosts=scans.hosts_of(session, uuid.UUID(told.scan_id)) if told.scan_id else [],
        factors=BY_KEY,
        floors=FLOORS,
        cuts={tier.value: numbers.from_ for tier, numbers in model.tiers.items()},
        review_months=review_interval(session, told.inherent.tier),
        scan_days=scan_interval(session, told.inherent.tier),
        mine=_mine(intake),
        may_withdraw=_mine(intake) and drafts.may_withdraw(intake),
    )


@area.post("/<uuid:intake_id>/withdraw")
def withdraw(intake_id: uuid.UUID) -> AnyResponse:
    """The request waits no more; the next page can take that back."""
    intake = _mine_or_404(intake_id)
    if drafts.withdraw(session, intake, actor=current_user.id, now=now()):
        session.commit()
        name = intake.title or _("without a name")
        notice(
            _("The request %(name)s is withdrawn.", name=name),
            undo=url_for(".take_up", intake_id=intake_id),
        )
    else:
        notice(_("This request cannot be withdrawn any more."), kind="warning")
    return redirect(url_for(".index"))


@area.post("/<uuid:intake_id>/take-up")
def take_up(intake_id: uuid.UUID) -> AnyResponse:
    """A withdrawn request goes on where it was."""
    intake = _mine_or_404(intake_id)
    if drafts.take_up(session, intake, actor=current_user.id, now=now()):
        session.commit()
        notice(_("The request is back, with everything you typed."))
    return redirect(url_for(".index"))


def _reads_all() -> bool:
    return bool((roles_here() or frozenset()) & _READ_ALL)


def _mine(intake: Intake) -> bool:
    return bool(intake.requester_id == current_user.id)


def _found(intake_id: uuid.UUID, *, writing: bool) -> Intake | None:
    """The request, when this person may read it; None when there is none, 404 for another's."""
    intake = drafts.find(session, intake_id, writing=writing)
    if intake is not None and not _mine(intake) and not _reads_all():
        abort(404)
    return intake


def _mine_or_404(intake_id: uuid.UUID) -> Intake:
    """The person's own request, held for writing."""
    intake = drafts.find(session, intake_id)
    if intake is None or not _mine(intake):
        abort(404)
    return intake


def _blank(intake_id: uuid.UUID, page: str) -> Intake:
    """A request that begins, which only its first page can; 404 for any other."""
    if page != FIRST or not _MAY_REQUEST.admits(roles_here(), "GET"):
        abort(404)
    asked = request.args.get("vendor", type=uuid.UUID)
    about = session.get(Vendor, asked) if asked else None
    if about is not None and (about.merged_into_id or about.archived_at):
        about = None
    return drafts.blank(session, intake_id, requester_id=current_user.id, now=now(), about=about)


def _posted(intake_id: uuid.UUID, page: str) -> tuple[Intake, Typed]:
    """The person's own request, held for writing, and what a page of it sent."""
    if page not in PAGES:
        abort(404)
    intake = drafts.find(session, intake_id)
    if intake is None:
        intake = drafts.begin(session, _blank(intake_id, page), now=now())
    if intake is None or not _mine(intake):
        abort(404)
    return intake, typed_of(page, request.form)


def _keep(intake: Intake, page: str, typed: Typed, *, noted: bool = True) -> None:
    seen = request.form.get("seen", 0, type=int) or 0
    tab = request.form.get("tab", "")[:32]
    drafts.save(session, intake, page, typed, seen=seen, tab=tab, now=now(), noted=noted)


def _rows_changed(page: str, typed: Typed, go: str) -> Typed:
    """What was typed with a row more or less, when one of those buttons was pressed."""
    verb, _sign, row = go.partition("-")
    if verb == "remove":
        return {name: values for name, values in typed.items() if not name.startswith(row + "-")}
    field = {"contacts": "name", "domains": "domain"}.get(row)
    if verb != "add" or field is None:
        return typed
    used = [int(parts[1]) for name in typed if (parts := name.split("-"))[0] == row]
    fresh = f"{row}-{max(used, default=-1) + 1}-{field}"
    return typed | ({fresh: [""]} if belongs(page, fresh) else {})


def _look_for_duplicates(way: Way) -> None:
    """The request offers the vendors that may be the one that is meant."""
    ids = [one.vendor_id for one in way.alike()]
    about = way.intake.vendor_id
    if about is not None and about not in ids:
        ids.append(about)  # the request began with this vendor
    drafts.offer(way.intake, ids)


def _shown(way: Way, page: str, form: Any) -> str:
    return render_template(
        "intake/page.html",
        way=way,
        page=page,
        kind=PAGES[page],
        form=form,
        seen=way.intake.revision,
        tab=request.form.get("tab", "")[:32] or uuid.uuid4().hex,
        change=request.values.get("change") == "1",
        about=request.args.get("vendor"),
        examples=examples,
        statements=STATEMENTS,
        offers=offers(way) if page == "match" else {},
    )


def _check_page(intake: Intake, *, problem: str = "") -> str:
    way = Way(session, intake, now().date())
    return render_template(
        "intake/check.html",
        way=way,
        intake=intake,
        groups=groups(way),
        seen=intake.revision,
        problem=problem,
        editable=_mine(intake) and intake.state == IntakeState.DRAFT,
        mine=_mine(intake),
        requester=session.get(User, intake.requester_id) if intake.requester_id else None,
    )


def _conflict(intake: Intake, page: str, typed: Typed) -> str:
    """The page that shows both versions; what was typed travels on in its form."""
    way = Way(session, intake, now().date())
    kept = drafts.typed(intake, page) or {}
    return render_template(
        "intake/conflict.html",
        way=way,
        intake=intake,
        page=page,
        kind=PAGES[page],
        rows=compared(way, page, kept, typed),
        typed=typed,
        seen=intake.revision,
        tab=uuid.uuid4().hex,
        sent=intake.submitted_at is not None,
    )


def _kept_line(seen: int, words: str) -> str:
    return render_template("intake/_kept.html", seen=seen, words=words)
