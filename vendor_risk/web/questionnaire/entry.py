"""Into a response: the button that opens it, the code of tier 1, and a fresh link by mail."""

import re
from collections.abc import Callable
from functools import wraps

from flask import current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.store.models.responses import WITH_VENDOR, ResponseState
from vendor_risk.web import language
from vendor_risk.web.questionnaire import area, letters
from vendor_risk.web.questionnaire.lines import counted, of_link
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses import answers, links
from vendor_risk.workflow.responses.links import Entry

Page = str | AnyResponse | tuple[str, int]
# Each address carries the token, so that one browser with two questionnaires never mixes them up;
# the cookie says that the button (for tier 1: the code) was pressed for this very link, here.
_ENTERED = "questionnaires"
_MOST_ENTERED = 20
# Where the form that a browser had open too long was sent, below the address of its link.
_ONWARD = "onward"
_PLACE = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", re.ASCII)
_LONGEST_PLACE = 200
_NOT_CARRIED = ("csrf_token", "code", _ONWARD)
_WORDS = ("a:", "n:", "m:")  # fields that people write in


def entered(view: Callable[..., Page]) -> Callable[..., Page]:
    """The view gets the open link of a browser that came in; others are led to the button."""

    @wraps(view)
    def inner(token: str, **named: object) -> Page:
        at = links.found(session, token, now=now())
        if at is None:
            return gone(token)
        with force_locale(language.of_response(at.response.language)):
            if not _is_in(at):
                return _to_door(token, at)
            return view(token, at, **named)

    return inner


@area.get("/<token>")
def door(token: str) -> Page:
    """Who asks for what, and a button; nothing is written by looking."""
    at = links.found(session, token, now=now())
    if at is None:
        return gone(token)
    if _is_in(at):
        return redirect(url_for(".overview", token=token))
    with force_locale(language.of_response(at.response.language)):
        return _door(token, at)


@area.post("/<token>")
def enter(token: str) -> Page:
    """The button was pressed: the questions, or for tier 1 the code on its way."""
    at = links.found(session, token, now=now())
    if at is None:
        return gone(token)
    with force_locale(language.of_response(at.response.language)):
        if links.needs_code(at) and not _is_in(at):
            digits = links.new_code(session, at, now=now())
            letters.code(at.response, at.link, digits)
            session.commit()
            return _code(token, at)
        links.enter(session, at, now=now())
        session.commit()
        _let_in(at)
        return _onward(token)


@area.post("/<token>/code")
def check_code(token: str) -> Page:
    """The digits of the mail open it."""
    at = links.found(session, token, now=now())
    if at is None:
        return gone(token)
    with force_locale(language.of_response(at.response.language)):
        right = links.check_code(session, at, request.form.get("code", "")[:20], now=now())
        if not right:
            session.commit()  # each try counts
            return _code(token, at, _("That is not the code, or it is too old.")), 422
        links.enter(session, at, now=now())
        session.commit()
        _let_in(at)
        return _onward(token)


@area.errorhandler(CSRFError)
def stale(_error: CSRFError) -> Page:
    """The form was open longer than its cookie lives: the button, with all that was typed."""
    token = str((request.view_args or {}).get("token", ""))
    at = links.found(session, token, now=now())
    if at is None:
        return gone(token)[0], 400
    with force_locale(language.of_response(at.response.language)):
        return _door_again(token, at)


@area.post("/<token>/new-link")
def new_link(token: str) -> Page:
    """A fresh link goes to the address that this one was for; who asks is told the same always."""
    made = links.renew(session, token, now=now())
    if made is not None:
        link, fresh = made
        at = links.entry(session, link)
        assert at is not None
        if at.response.state == ResponseState.ACCEPTED:
            letters.result(at.response, link, fresh)
        else:
            asked = of_link(at, answers.sheet(session, at.response, today=now().date()))
            letters.ask(at.response, link, fresh, asked)
        session.commit()
    return render_template("questionnaire/renewed.html")


def gone(token: str) -> tuple[str, int]:
    """One answer for a link that is unknown, over or revoked: it tells nothing."""
    typed = [
        text
        for name, text in request.form.items(multi=True)
        if name[:2] in _WORDS and len(text.split()) > 1
    ]
    return render_template("questionnaire/gone.html", token=token, typed=typed), 404


def _door(token: str, at: Entry) -> str:
    asked = of_link(at, answers.sheet(session, at.response, today=now().date()))
    return render_template(
        "questionnaire/door.html",
        token=token,
        at=at,
        today=now().date(),
        open=at.response.state in WITH_VENDOR,
        accepted=at.response.state == ResponseState.ACCEPTED,
        code=links.needs_code(at),
        **_carried(token),
        **counted(asked),
    )


def _door_again(token: str, at: Entry) -> Page:
    """The button for a form that came too late. For one answer saved alone nothing but the status:
    the page says that it is not saved, and its own button brings all that was typed."""
    if request.headers.get("HX-Request"):
        return AnyResponse(status=401)
    return _door(token, at), 400


def _carried(token: str) -> dict[str, object]:
    """What the form of the door carries on: where a late form was sent, and what it said."""
    if request.method != "POST":
        return {"onward": "", "carried": [], "files": False}
    begin = url_for(".door", token=token) + "/"
    to = request.form.get(_ONWARD) or (
        request.path.removeprefix(begin) if request.path.startswith(begin) else ""
    )
    if not _is_place(to):
        return {"onward": "", "carried": [], "files": False}
    fields = [
        (name, text) for name, text in request.form.items(multi=True) if name not in _NOT_CARRIED
    ]
    files = any(sent.filename for sent in request.files.values())
    return {"onward": to, "carried": fields, "files": files}


def _onward(token: str) -> AnyResponse:
    """To the overview, or with the very form on to where it was sent before the button."""
    to = request.form.get(_ONWARD, "")
    if not _is_place(to):
        return redirect(url_for(".overview", token=token))
    return redirect(f"{url_for('.door', token=token)}/{to}", code=307)


def _is_place(to: str) -> bool:
    """Whether it lies below the link, and is neither the door again nor its code."""
    usual = len(to) <= _LONGEST_PLACE and _PLACE.fullmatch(to) and ".." not in to.split("/")
    return bool(usual) and to not in ("code", "new-link")


def _code(token: str, at: Entry, wrong: str = "") -> str:
    name, _at, place = at.link.email.partition("@")
    return render_template(
        "questionnaire/code.html",
        token=token,
        at=at,
        wrong=wrong,
        **_carried(token),
        masked=f"{name[:1]}…@{place}",
        mail_leaves=current_app.config["MAIL_LEAVES"],
    )


def _to_door(token: str, at: Entry) -> Page:
    if request.method == "POST":
        return _door_again(token, at)
    return redirect(url_for(".door", token=token))


def _is_in(at: Entry) -> bool:
    return at.link.id.hex in cookie.get(_ENTERED, [])


def _let_in(at: Entry) -> None:
    there = [one for one in cookie.get(_ENTERED, []) if one != at.link.id.hex]
    cookie[_ENTERED] = [*there, at.link.id.hex][-_MOST_ENTERED:]
    cookie.permanent = True  # each page renews it: whoever answers all day is not shut out
