"""How often one may fail to sign in before the door stays shut for a while."""

import hashlib
import ipaddress
import time
from contextlib import suppress
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from flask import session as cookie
from flask_limiter import Limiter, RequestLimit
from flask_login import current_user

from vendor_risk.web.session import now, session
from vendor_risk.workflow import people, sign_ins

# OWASP ASVS 5.0, 6.3.1: throttle guessing without letting a stranger lock a person out. So the
# tight limits count the account as tried from one address, and the wide ones (NIST SP 800-63B:
# at most 100 failures) the account from everywhere.
_PER_ACCOUNT_HERE = "10 per 15 minutes"
_PER_ACCOUNT = "100 per hour"
_PER_ADDRESS = "50 per 15 minutes"
# Six digits and three valid steps: ten guesses in a quarter of an hour hit once in 33,000 quarters.
_PER_CODE = "10 per 15 minutes"
# A token has 256 bits: what is limited is the noise, and the files that one address sends.
_ANSWERS = "60 per 15 minutes"
# Autosave sends each answer once or twice; twenty people may share a link's day, nobody a thousand.
_SAVES = "1200 per 15 minutes"
# The button is pressed on each machine; in tier 1 each press is a mail, with five tries each.
_CODES = "10 per hour"
_MAILS_HERE = "5 per hour"
_MAILS = "20 per hour"


def install(app: Flask) -> None:
    """Failed sign-ins, wrong codes and mails on demand are counted per account and address."""
    limiter = Limiter(
        _address,
        app=app,
        storage_uri="memory://",
        headers_enabled=False,
        key_prefix="vendor-risk",
        on_breach=lambda limit: _note(limiter, limit),
    )
    for endpoint in ("security.login", "security.verify", "security.change_password"):
        _limit(app, limiter, endpoint, _PER_ACCOUNT_HERE, _account_here, failures_only=True)
        _limit(app, limiter, endpoint, _PER_ACCOUNT, _account, failures_only=True)
        _limit(app, limiter, endpoint, _PER_ADDRESS, _address, failures_only=True)
    for endpoint in ("security.two_factor_token_validation", "security.mf_recovery"):
        _limit(app, limiter, endpoint, _PER_CODE, _half_signed_in, failures_only=True)
        _limit(app, limiter, endpoint, _PER_ADDRESS, _address, failures_only=True)
    for amount, key in ((_MAILS_HERE, _account_here), (_MAILS, _account), (_PER_ADDRESS, _address)):
        _limit(app, limiter, "security.forgot_password", amount, key, failures_only=False)
    app.extensions["limits"] = limiter


def limit_links(app: Flask, opens: str, answers: str) -> None:
    """Wrong links are counted by address, and so are the answers that one sends.

    `opens` and `answers` are the endpoints behind a secret address.
    """
    limiter: Limiter = app.extensions["limits"]
    for endpoint, amount, failures in ((opens, _PER_ADDRESS, True), (answers, _ANSWERS, False)):
        limited = limiter.limit(
            amount,
            key_func=_address,
            scope=f"{endpoint}/_address",
            deduct_when=_unknown if failures else None,
        )
        app.view_functions[endpoint] = cast(Any, limited(app.view_functions[endpoint]))


def limit_questionnaires(app: Flask) -> None:
    """Wrong links and codes are counted by address, mails and saves by the link."""
    limiter: Limiter = app.extensions["limits"]
    here = [name for name in app.view_functions if name.startswith("questionnaire.")]
    rules: list[tuple[str, str, object, object]] = [
        (endpoint, _PER_ADDRESS, _address, _unknown) for endpoint in here
    ]
    rules += [
        ("questionnaire.check_code", _PER_ADDRESS, _address, _refused),
        ("questionnaire.enter", _CODES, _token, None),
        ("questionnaire.new_link", _MAILS_HERE, _token, None),
        ("questionnaire.new_link", _MAILS, _address, None),
        ("questionnaire.people", _MAILS, _token, None),
        ("questionnaire.messages", _ANSWERS, _address, None),
        ("questionnaire.answer_finding", _ANSWERS, _address, None),
        ("questionnaire.keep", _SAVES, _token, None),
        ("questionnaire.save", _SAVES, _token, None),
        ("questionnaire.compare_workbook", _ANSWERS, _token, None),
        ("questionnaire.save_workbook", _ANSWERS, _token, None),
        ("responses.compare_workbook", _ANSWERS, _person, None),
        ("responses.save_workbook", _ANSWERS, _person, None),
    ]
    for endpoint, amount, key, when in rules:
        limited = limiter.limit(
            amount,
            key_func=key,  # type: ignore[arg-type]
            methods=["POST"] if when is None else None,
            scope=f"{endpoint if when is None else 'questionnaire'}/{getattr(key, '__name__', '')}",
            deduct_when=when,  # type: ignore[arg-type]
        )
        app.view_functions[endpoint] = cast(Any, limited(app.view_functions[endpoint]))


def _limit(
    app: Flask, limiter: Limiter, endpoint: str, amount: str, key: object, *, failures_only: bool
) -> None:
    limited = limiter.limit(
        amount,
        key_func=key,  # type: ignore[arg-type]
        methods=["POST"],
        scope=f"{endpoint}/{getattr(key, '__name__', '')}",
        deduct_when=_failed if failures_only else None,
    )
    app.view_functions[endpoint] = cast(Any, limited(app.view_functions[endpoint]))


def _failed(response: Response) -> bool:
    # Flask-Security shows the form again with 200 when it did not let somebody in.
    return response.status_code == 200


def _unknown(response: Response) -> bool:
    return response.status_code == 404


def _refused(response: Response) -> bool:
    return response.status_code == 422


def _token() -> str:
    """The link that a request came over."""
    token = str((request.view_args or {}).get("token", ""))
    return hashlib.sha256(token.encode()).hexdigest()


def _person() -> str:
    """Who is signed in."""
    return str(current_user.get_id() or _address())


def _address() -> str:
    """Where the request comes from; of IPv6 the network that one customer gets."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _account() -> str:
    """The account that is tried, whether it exists or not."""
    if current_user and current_user.is_authenticated:
        return str(current_user.id)
    return hashlib.sha256(_typed_email().encode()).hexdigest()


def _account_here() -> str:
    """The account as it is tried from this address."""
    return f"{_account()} {_address()}"


def _typed_email() -> str:
    """The address as Flask-Security will look it up: other ways to write it are no new account."""
    typed = request.form.get("email", "")
    with suppress(ValueError):
        typed = current_app.extensions["security"].mail_util.normalize(typed)
    return people.normal_email(typed)


def _half_signed_in() -> str:
    """The account whose password was right already."""
    return str(cookie.get("tf_user_id", "")) or _account()


def _note(limiter: Limiter, limit: RequestLimit) -> None:
    # One entry for each lock, not one for each knock at it: a flood must not fill the log.
    g.opens_again_at = limit.reset_at
    if (request.endpoint or "").startswith(
        ("portal.", "questionnaire.")
    ):  # no account is tried there
        return
    wait = max(1, limit.reset_at - int(time.time()))
    if limiter.storage.incr(f"noted/{limit.key}", wait) > 1:
        return
    user = people.find_user(session, _typed_email())
    sign_ins.note_locked(session, user, place=request.endpoint or "", now=now())
    session.commit()
