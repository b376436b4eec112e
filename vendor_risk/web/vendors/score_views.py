"""Why a score is what it is: its lines, its history, what would change it, and its file."""

import json
import uuid
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from vendor_risk.doors import door, may
from vendor_risk.reports.score_charts import range_scale
from vendor_risk.scoring.advice import cheapest_proofs
from vendor_risk.scoring.controls import NAMES, out_of_scope
from vendor_risk.scoring.model import Grade, Model
from vendor_risk.scoring.score import score, shown_grade
from vendor_risk.scoring.snapshot import CONTRADICTED, parse
from vendor_risk.scoring.what_if import Deeds, after
from vendor_risk.store.models.evidence import NotApplicable
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.access import READS
from vendor_risk.web.frame import notice, signed
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors import WRITES, area, links
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.web.vendors.score_advice import repairs_of
from vendor_risk.web.vendors.score_forms import ContradictionForm, CredibleForm, NotApplicableForm
from vendor_risk.web.vendors.score_history import drawing_of, past_of
from vendor_risk.web.vendors.score_lines import knocked, residual_parts, tell, title_of
from vendor_risk.workflow import credibility, not_applicable, scores
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.inherited import Inherited, thawed
from vendor_risk.workflow.model_in_use import by_hash, in_use
from vendor_risk.workflow.notes import notes_of
from vendor_risk.workflow.score_evidence import Evidence, evidence_of
from vendor_risk.workflow.scores import Judged
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
_PATH = "/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/score"
_OFFERED = 60  # findings that can be ticked, the gravest; a page of more is no choice


@area.get("/vendors/<uuid:vendor_id>/score")
@door(READS)
def worst_score(vendor_id: uuid.UUID) -> AnyResponse:
    """The score of the engagement that stands worst, or what is bought where none is scored."""
    vendor = vendor_of(vendor_id)
    engagement_id = vendor.worst_engagement_id
    if engagement_id is None or session.get(Engagement, engagement_id) is None:
        standing = [one for one in engagements_of(session, vendor.id) if one.ended_at is None]
        if not standing:
            return redirect(url_for(".engagements", vendor_id=vendor.id))
        engagement_id = standing[0].id
    return redirect(url_for(".score_page", vendor_id=vendor.id, engagement_id=engagement_id))


@area.get(_PATH)
@door(READS)
def score_page(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> str:
    """The score of one engagement with every line it is made of, and what would change it."""
    vendor, engagement = _of(vendor_id, engagement_id)
    return _page(vendor, engagement, _forms(vendor))


@area.get(f"{_PATH}/<uuid:score_id>")
@door(READS)
def old_score(vendor_id: uuid.UUID, engagement_id: uuid.UUID, score_id: uuid.UUID) -> str:
    """The same page for a score of old, from its frozen snapshot and by the model of its day."""
    vendor, engagement = _of(vendor_id, engagement_id)
    row = _kept(engagement, score_id)
    file_url = url_for(
        ".old_score_file", vendor_id=vendor.id, engagement_id=engagement.id, score_id=row.id
    )
    thawed = _thawed(row)
    if thawed is None:
        return _frozen(vendor, engagement, row, file_url)
    judged, model = thawed
    return render_template(
        "vendors/score.html",
        **head_of(vendor),
        **_told(vendor, engagement, judged, model, old=True),
        engagement=engagement,
        old=row,
        same=json.loads(row.result) == judged.score.to_json(),
        grade=judged.score.grade,
        file_url=file_url,
    )


def _frozen(vendor: Vendor, engagement: Engagement, row: StoredScore, file_url: str) -> str:
    """A score of old whose model is gone, told from what was kept and from nothing else."""
    snapshot, result = json.loads(row.snapshot), json.loads(row.result)
    return render_template(
        "vendors/score_frozen.html",
        **head_of(vendor),
        engagement=engagement,
        old=row,
        snapshot=snapshot,
        result=result,
        known=[
            (key, value if isinstance(value, str | int) else json.dumps(value, sort_keys=True))
            for key, value in sorted(snapshot.items())
        ]
        + ([("inherited", row.inherited)] if row.inherited else []),
        names=NAMES,
        file_url=file_url,
    )


@area.get(f"{_PATH}.json")
@door(READS)
def score_file(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Response:
    """The snapshot of today and what it comes to; `vendor-risk score` gives the same."""
    _vendor, engagement = _of(vendor_id, engagement_id)
    judged = scores.judge(session, engagement, now=now())
    if judged is None:
        abort(404)
    return _file(engagement, judged.snapshot.to_json(), judged.score.to_json(), judged.inherited)


@area.get(f"{_PATH}/<uuid:score_id>.json")
@door(READS)
def old_score_file(vendor_id: uuid.UUID, engagement_id: uuid.UUID, score_id: uuid.UUID) -> Response:
    """A score of old as it was kept."""
    _vendor, engagement = _of(vendor_id, engagement_id)
    row = _kept(engagement, score_id)
    return _file(
        engagement, json.loads(row.snapshot), json.loads(row.result), thawed(row.inherited)
    )


@area.post(f"{_PATH}/not-applicable")
@door(WRITES)
def accept_not_applicable(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """A control counts no longer for this engagement, for the reason given."""
    vendor, engagement = _of(vendor_id, engagement_id)
    form = NotApplicableForm(prefix="na-")
    control = form.control.data or ""
    try:
        row = not_applicable.accept(
            session, engagement, control, reason=form.reason.data or "", now=now(), actor=actor()
        )
    except VendorRefused as error:
        return _refused(vendor_id, engagement_id, form, error)
    session.commit()
    notice(
        _("%(control)s counts no longer.", control=control),
        undo=url_for(
            ".take_back_not_applicable",
            vendor_id=vendor.id,
            engagement_id=engagement.id,
            row_id=row.id,
        ),
    )
    return _back(vendor, engagement)


@area.post(f"{_PATH}/not-applicable/<uuid:row_id>/end")
@door(WRITES)
def take_back_not_applicable(
    vendor_id: uuid.UUID, engagement_id: uuid.UUID, row_id: uuid.UUID
) -> AnyResponse:
    """The control counts again."""
    vendor, engagement = _of(vendor_id, engagement_id)
    row = session.get(NotApplicable, row_id)
    if row is None or row.engagement_id != engagement.id:
        abort(404)
    if not_applicable.take_back(session, row, now=now(), actor=actor()):
        session.commit()
        notice(_("%(control)s counts again.", control=row.control))
    return _back(vendor, engagement)


@area.post(f"{_PATH}/contradicted")
@door(WRITES)
def contradicted(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """What the vendor merely says counts less from now on; a finding keeps both exhibits."""
    vendor, engagement = _of(vendor_id, engagement_id)
    form = ContradictionForm(prefix="contra-")
    try:
        credibility.mark(
            session,
            vendor,
            control=form.control.data or "",
            said=form.said.data or "",
            seen=form.seen.data or "",
            revision=_number(form.revision.data),
            now=now(),
            actor=actor(),
        )
    except Stale:
        return _stale(vendor_id, engagement_id, form)
    except VendorRefused as error:
        return _refused(vendor_id, engagement_id, form, error)
    session.commit()
    notice(_("What the vendor merely says counts less until somebody clears it."))
    return _back(vendor, engagement)


@area.post(f"{_PATH}/credible")
@door(WRITES)
def credible(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """The vendor's word counts as before."""
    vendor, engagement = _of(vendor_id, engagement_id)
    form = CredibleForm(prefix="clear-")
    try:
        done = credibility.clear_contradiction(
            session,
            vendor,
            why=form.why.data or "",
            revision=_number(form.revision.data),
            now=now(),
            actor=actor(),
        )
    except Stale:
        return _stale(vendor_id, engagement_id, form)
    except VendorRefused as error:
        return _refused(vendor_id, engagement_id, form, error)
    if done:
        session.commit()
        notice(
            _("What the vendor says counts as before. The finding is closed where findings are.")
        )
    return _back(vendor, engagement)


Forms = dict[str, Any]


def _forms(vendor: Vendor, typed: Any = None) -> Forms:
    """The three forms of the page, one of them with what was typed."""
    given = {"revision": str(vendor.revision)}
    fresh = (
        NotApplicableForm(formdata=None, prefix="na-"),
        ContradictionForm(formdata=None, prefix="contra-", data=given),
        CredibleForm(formdata=None, prefix="clear-", data=given),
    )
    names = ("na_form", "contra_form", "clear_form")
    return {
        name: typed if isinstance(typed, type(form)) else form
        for name, form in zip(names, fresh, strict=True)
    }


def _refused(
    vendor_id: uuid.UUID, engagement_id: uuid.UUID, form: Any, error: VendorRefused
) -> tuple[str, int]:
    session.rollback()
    form.refuse(error)
    vendor, engagement = _of(vendor_id, engagement_id)
    return _page(vendor, engagement, _forms(vendor, form), wrong=form), 422


def _stale(vendor_id: uuid.UUID, engagement_id: uuid.UUID, form: Any) -> tuple[str, int]:
    session.rollback()
    vendor, engagement = _of(vendor_id, engagement_id)
    form.revision.data = str(vendor.revision)
    form.form_errors.append(
        _("A colleague changed this vendor meanwhile. Look at it as it is now, and send it again.")
    )
    return _page(vendor, engagement, _forms(vendor, form), wrong=form), 409


def _back(vendor: Vendor, engagement: Engagement) -> AnyResponse:
    return redirect(url_for(".score_page", vendor_id=vendor.id, engagement_id=engagement.id))


def _of(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> tuple[Vendor, Engagement]:
    vendor = vendor_of(vendor_id)
    return vendor, belonging(Engagement, engagement_id, vendor)


def _kept(engagement: Engagement, score_id: uuid.UUID) -> StoredScore:
    row = session.get(StoredScore, score_id)
    if row is None or row.engagement_id != engagement.id:
        abort(404)
    return row


def _thawed(row: StoredScore) -> tuple[Judged, Model] | None:
    """A kept score computed once more from what was known then; None where its model is gone."""
    model = by_hash(session, row.model_sha256)
    if model is None:
        return None
    snapshot = parse(row.snapshot)
    return Judged(snapshot, score(snapshot, model), (), thawed(row.inherited)), model


def _file(
    engagement: Engagement, snapshot: Any, result: Any, inherited: Inherited | None
) -> Response:
    whole = {"engagement": str(engagement.id), "snapshot": snapshot, "result": result}
    if inherited is not None:
        whole["inherited"] = json.loads(inherited.to_json())
    return Response(
        json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="score.json"'},
    )


def _page(vendor: Vendor, engagement: Engagement, forms: Forms, *, wrong: object = None) -> str:
    head = head_of(vendor)
    others = [one for one in head["bought"] if one.ended_at is None and one.id != engagement.id]
    model = in_use(session)
    judged = scores.judge(session, engagement, now=now(), model=model)
    if judged is None:
        return render_template(
            "vendors/score.html", **head, engagement=engagement, told=None, others=others
        )
    known = _told(vendor, engagement, judged, model, old=False)
    past = past_of(scores.history(session, engagement.id))
    was = Grade(engagement.grade) if engagement.grade else None
    offered = [
        SelectChoice(line.control, f"{line.control} {line.name}")
        for line in sorted(known["lines"], key=lambda one: one.control)
    ]
    forms["na_form"].control.choices = offered
    forms["contra_form"].control.choices = [
        SelectChoice(id, f"{id} {_(NAMES[id])}") for id in sorted(model.controls) if id in NAMES
    ]
    return render_template(
        "vendors/score.html",
        **head,
        **known,
        **forms,
        engagement=engagement,
        others=others,
        notes=len(notes_of(session, vendor.id, engagement.id)),
        old=None,
        wrong=wrong,
        grade=shown_grade(was, judged.score, model),
        past=past,
        drawing=drawing_of(past, model, judged.snapshot.as_of),
        accepted=[
            (row, listed.name_of(session, row.by_id))
            for row in not_applicable.standing(session, engagement.id)
        ],
        what_if=_what_if(judged, model, known["evidence"], was),
        ask_url=links.to("findings.index", vendor=vendor.id),
        works=may(WRITES),
        file_url=url_for(".score_file", vendor_id=vendor.id, engagement_id=engagement.id),
    )


def _told(
    vendor: Vendor, engagement: Engagement, judged: Judged, model: Model, *, old: bool
) -> dict[str, Any]:
    """What the template reads of a score, of today or of old."""
    told, snapshot = judged.score, judged.snapshot
    known = evidence_of(session, vendor, engagement.id, snapshot, judged.inherited)
    lines = tell(told, snapshot, known, model)
    sure = told.assurance
    label = _(
        "Assurance %(final)s of 100, known to lie between %(low)s and %(high)s",
        final=sure.final // 100,
        low=sure.low // 100,
        high=sure.high // 100,
    )
    ends = (sure.low, sure.final, sure.high)
    left_out = {one.control: one for one in out_of_scope(snapshot.facts, model)}
    return {
        "told": told,
        "evidence": known,
        "sure": sure,
        "snapshot": snapshot,
        "model": model,
        "lines": lines,
        "knocks": knocked(
            session,
            told,
            snapshot,
            None if old else judged.standing,
            known=known,
            vendor=vendor,
            model=model,
        ),
        "scale_wide": range_scale(label, model.grades, *ends),
        "scale_narrow": range_scale(label, model.grades, *ends, width=330),
        "missing": [line for line in lines if not line.answered],
        "left_out": [
            (id, _(NAMES.get(id, id)), left_out[id].reasons if id in left_out else ())
            for id in snapshot.out_of_scope
        ],
        "na_ids": [(id, _(NAMES.get(id, id))) for id in snapshot.not_applicable],
        "parts": residual_parts(told),
        "proofs": cheapest_proofs(snapshot, model),
        "repairs": repairs_of(judged, model, known),
        "names": NAMES,
        "signed": signed,
        "contradicted_then": snapshot.credibility == CONTRADICTED,
    }


def _what_if(judged: Judged, model: Model, known: Evidence, was: Grade | None) -> dict[str, Any]:
    """The choices of the form and, where something is ticked, what the score would be."""
    snapshot = judged.snapshot
    ids = {one.id for one in snapshot.findings}
    scope = {line.control for line in judged.score.assurance.lines}
    deeds = Deeds(
        frozenset(ids & set(request.args.getlist("close"))),
        frozenset(scope & set(request.args.getlist("prove"))),
        frozenset(set(judged.score.assurance.knockouts) & set(request.args.getlist("lift"))),
    )
    then = None
    if deeds:
        then = score(after(snapshot, deeds, judged.rests_on, model), model)
    return {
        "deeds": deeds,
        "findings": [
            (one, _where(known.findings.get(one.id)))
            for one in sorted(snapshot.findings, key=lambda one: (-one.severity.rank, one.control))
        ][:_OFFERED],
        "then": then,
        "grade": shown_grade(was, then, model) if then else None,
    }


def _where(row: StoredFinding | None) -> str:
    if row is None:
        return ""
    return title_of(row) + (f" ({row.asset})" if row.asset else "")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
