"""Webhooks: the addresses of other systems, their secrets once, and what was sent to each."""

import uuid

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, StringField

from vendor_risk.doors import door, only
from vendor_risk.store.models.alerts import Webhook, WebhookDelivery
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.moves.words import told
from vendor_risk.web.session import now, session
from vendor_risk.web.settings import WRITES, area
from vendor_risk.web.vendors.forms import VendorsForm
from vendor_risk.workflow import webhooks as steps
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
PER = 50
READS = only("admin")


class WebhookForm(VendorsForm):
    """An address that is to be told."""

    name = StringField(_("Name"))
    url = StringField(_("Address"))
    digests = BooleanField(_("Also what comes with the digest"))


@area.get("/webhooks")
@door(READS)
def webhooks() -> str:
    """The addresses that are told, and the form of a new one."""
    return _page(WebhookForm(formdata=None))


@area.post("/webhooks")
@door(WRITES)
def add_webhook() -> Page:
    """The address is told from now on; its secret is on the answer and nowhere else."""
    form = WebhookForm()
    try:
        row = steps.add(
            session,
            name=form.name.data or "",
            url=form.url.data or "",
            loud=not form.digests.data,
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(form), 422
    secret = row.secret
    session.commit()
    return _page(WebhookForm(formdata=None), secret=secret)


@area.get("/webhooks/<uuid:webhook_id>")
@door(READS)
def webhook(webhook_id: uuid.UUID) -> str:
    """What was sent to one address."""
    row = session.get(Webhook, webhook_id) or abort(404)
    page = page_number()
    lines = steps.log_of(session, row, first=(page - 1) * PER, most=PER + 1)
    return render_template(
        "settings/webhook.html",
        hook=row,
        lines=lines[:PER],
        more=len(lines) > PER,
        page=page,
        told=told,
    )


@area.post("/webhooks/<uuid:webhook_id>/end")
@door(WRITES)
def end_webhook(webhook_id: uuid.UUID) -> AnyResponse:
    """The address is told nothing any more."""
    row = session.get(Webhook, webhook_id) or abort(404)
    if steps.end(session, row, now=now(), actor=current_user.id):
        session.commit()
        words = _("%(name)s is told nothing any more.", name=row.name)
        notice(words, undo=url_for("settings.resume_webhook", webhook_id=row.id))
    return redirect(url_for("settings.webhooks"))


@area.post("/webhooks/<uuid:webhook_id>/resume")
@door(WRITES)
def resume_webhook(webhook_id: uuid.UUID) -> AnyResponse:
    """The address is told again."""
    row = session.get(Webhook, webhook_id) or abort(404)
    if steps.resume(session, row, now=now(), actor=current_user.id):
        session.commit()
        notice(_("%(name)s is told again of what moves from now on.", name=row.name))
    return redirect(url_for("settings.webhooks"))


@area.post("/webhooks/deliveries/<uuid:delivery_id>/again")
@door(WRITES)
def deliver_again(delivery_id: uuid.UUID) -> AnyResponse:
    """What failed is sent once more."""
    row = session.get(WebhookDelivery, delivery_id) or abort(404)
    if steps.again(session, row, now=now(), actor=current_user.id):
        session.commit()
        notice(_("It is sent once more."))
    return redirect(url_for("settings.webhook", webhook_id=row.webhook_id))


def _page(form: WebhookForm, *, secret: str = "") -> str:
    rows = session.exec(
        select(Webhook).order_by(col(Webhook.ended_at).is_not(None), Webhook.name)
    ).all()
    return render_template("settings/webhooks.html", form=form, rows=rows, secret=secret)
