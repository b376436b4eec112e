"""The pages of triage: the queue, one vendor after the other, many at once, and the way back."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import may
from vendor_risk.evidence import N_
from vendor_risk.scoring.model import Tier
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries.scripts import seen_of
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.session import now, session
from vendor_risk.web.triage import area
from vendor_risk.web.triage.forms import ManyForm, TriageForm
from vendor_risk.workflow import triage
from vendor_risk.workflow.domains import domains_of
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.triage import QUESTIONS, Act
from vendor_risk.workflow.triage_queue import (
    LONGEST,
    MATTERS,
    NAME,
    ORDERS,
    PER_PAGE,
    next_after,
    queue,
    waiting,
)
from vendor_risk.workflow.vendors import clean, tags_of

# A tier this strict cannot rest on three quick answers.
_NEEDS_INTAKE = (Tier.T1, Tier.T2)
_NAME = 200
_ORDERS = {
    MATTERS: N_("What suggests a high tier first"),
    LONGEST: N_("What waits longest first"),
    NAME: N_("Name"),
}


@area.get("")
def index() -> str:
    """The vendors that wait, to begin with the first or to choose many."""
    return _queue_page(ManyForm(formdata=None))


@area.get("/next")
def onward() -> AnyResponse:
    """On to the first vendor that waits, or to the one behind `?after=`."""
    after = request.args.get("after", type=uuid.UUID)
    vendor = next_after(session, session.get(Vendor, after) if after else None, _order())
    return redirect(_at(vendor))


@area.get("/<uuid:vendor_id>")
def one(vendor_id: uuid.UUID) -> str | AnyResponse:
    """The three questions about one vendor; about one that waits no more, the next."""
    vendor = session.get(Vendor, vendor_id) or abort(404)
    if not _waits(vendor):
        notice(_("%(name)s waits no more.", name=vendor.name), kind="info")
        return redirect(url_for(".onward", after=vendor_id, sort=_asked()))
    return _vendor_page(vendor, TriageForm(formdata=None))


@area.post("/<uuid:vendor_id>")
def answer(vendor_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """The vendor has quick facts and a tier; on to the next."""
    vendor = session.get(Vendor, vendor_id) or abort(404)
    form = TriageForm()
    if not form.validate_on_submit():
        return _vendor_page(vendor, form), 422
    behind = _behind(vendor)  # before the answers move it
    act = triage.answer(session, [vendor_id], form.answers, now=now(), actor=current_user.id)
    session.commit()
    if not act.done:
        notice(_("%(name)s waits no more: nothing was changed.", name=vendor.name), kind="info")
    return _to(behind, act)


@area.post("/<uuid:vendor_id>/archive")
def archive(vendor_id: uuid.UUID) -> AnyResponse:
    """We no longer use this vendor; on to the next."""
    vendor = session.get(Vendor, vendor_id) or abort(404)
    behind = _behind(vendor)
    act = triage.no_longer_used(session, [vendor_id], now=now(), actor=current_user.id)
    session.commit()
    if act.done:
        words = _("%(name)s is archived: we no longer use it.", name=vendor.name)
        notice(words, undo=url_for(".undo", act_id=act.id))
    return redirect(_at(behind))


@area.post("/many")
def many() -> AnyResponse | tuple[str, int]:
    """The chosen vendors get the same answers, or are archived."""
    form = ManyForm()
    if not form.validate_on_submit():
        return _queue_page(form), 422
    ids = form.vendor_ids
    back = redirect(url_for(".index", q=request.args.get("q") or None, sort=_asked()))
    if form.archives:
        act = triage.no_longer_used(session, ids, now=now(), actor=current_user.id)
        words = ngettext(
            "%(num)d vendor is archived.", "%(num)d vendors are archived.", len(act.done)
        )
    else:
        act = triage.answer(session, ids, form.answers, now=now(), actor=current_user.id)
        words = ngettext(
            "%(num)d vendor is triaged.", "%(num)d vendors are triaged.", len(act.done)
        )
    session.commit()
    notice(f"{words} {_skipped(act)}".strip(), undo=url_for(".undo", act_id=act.id))
    if act.done and not form.archives:
        strict = sum(vendor.tier in _NEEDS_INTAKE for vendor in act.done)
        if strict:
            notice(_strict_words(strict), kind="warning")
    return back


@area.post("/undo/<uuid:act_id>")
def undo(act_id: uuid.UUID) -> AnyResponse:
    """What one act did is taken back, where nobody has changed it since."""
    act = triage.undo(session, act_id, now=now(), actor=current_user.id) or abort(404)
    session.commit()
    words = ngettext("%(num)d vendor waits again.", "%(num)d vendors wait again.", len(act.done))
    kind = "success" if act.done else "info"
    notice(f"{words} {_skipped(act)}".strip(), kind=kind)
    if len(act.done) == 1:
        return redirect(url_for(".one", vendor_id=act.done[0].id))
    return redirect(url_for(".index"))


def _to(behind: Vendor | None, act: Act) -> AnyResponse:
    """The next vendor, with a word about the last one."""
    told: dict[str, Any] = {"last": act.done[0].id, "act": act.id} if act.done else {}
    return redirect(_at(behind, **told))


def _at(vendor: Vendor | None, **told: Any) -> str:
    """The address of this vendor's questions, or of the queue, in the order that was asked for."""
    told["sort"] = _asked()
    return url_for(".one", vendor_id=vendor.id, **told) if vendor else url_for(".index", **told)


def _order() -> str:
    asked = request.args.get("sort", "")
    return asked if asked in ORDERS else MATTERS


def _asked() -> str | None:
    """The order as an address names it; the usual one is not named."""
    order = _order()
    return None if order == MATTERS else order


def _behind(vendor: Vendor) -> Vendor | None:
    """Who is next; None when nobody else waits."""
    behind = next_after(session, vendor, _order())
    return None if behind is None or behind.id == vendor.id else behind


def _waits(vendor: Vendor) -> bool:
    return (
        vendor.in_use
        and not vendor.ours
        and vendor.triaged_at is None
        and vendor.archived_at is None
        and vendor.merged_into_id is None
    )


def _skipped(act: Act) -> str:
    if not act.skipped:
        return ""
    return str(
        ngettext(
            "%(num)d was skipped, because it was changed meanwhile.",
            "%(num)d were skipped, because they were changed meanwhile.",
            act.skipped,
        )
    )


def _strict_words(count: int) -> str:
    return str(
        ngettext(
            "%(num)d of them is tier 1 or 2 and needs the full intake; its profile leads there.",
            "%(num)d of them are tier 1 or 2 and need the full intake; their profiles lead there.",
            count,
        )
    )


def _last() -> dict[str, Any]:
    """The vendor that was triaged just before, for the line that says so and takes it back."""
    last = request.args.get("last", type=uuid.UUID)
    vendor = session.get(Vendor, last) if last else None
    if vendor is None or vendor.triaged_at is None:
        return {}
    return {
        "last": vendor,
        "needs_intake": vendor.tier in _NEEDS_INTAKE,
        "act": request.args.get("act", type=uuid.UUID),
    }


def _vendor_page(vendor: Vendor, form: TriageForm) -> str:
    return render_template(
        "triage/one.html",
        vendor=vendor,
        form=form,
        questions=QUESTIONS,
        factors=FACTORS,
        count=waiting(session),
        domains=domains_of(session, vendor.id),
        tags=tags_of(session, vendor.id),
        engagements=_standing(vendor),
        owner=name_of(session, vendor.owner_id),
        seen=seen_of(session, [vendor.id]).get(vendor.id),
        asked=_asked(),
        writes=may("triage.answer"),
        **_last(),
    )


def _standing(vendor: Vendor) -> Sequence[Any]:
    return [row for row in engagements_of(session, vendor.id) if row.ended_at is None]


def _queue_page(form: ManyForm) -> str:
    name = clean(request.args.get("q", ""))[:_NAME]
    page = page_number()
    total = waiting(session, name=name)
    rows = queue(session, order=_order(), name=name, first=(page - 1) * PER_PAGE)
    return render_template(
        "triage/index.html",
        form=form,
        questions=QUESTIONS,
        factors=FACTORS,
        rows=rows,
        seen=seen_of(session, [row.id for row in rows]),
        chosen=set(form.chosen.data or ()),
        count=waiting(session) if name else total,
        total=total,
        name=name,
        order=_order(),
        orders=_ORDERS,
        asked=_asked(),
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        per_page=PER_PAGE,
        writes=may("triage.answer"),
        **_last(),
    )
