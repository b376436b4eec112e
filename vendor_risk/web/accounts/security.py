"""Flask-Security, set up for this product: who signs in how, and for how long."""

import datetime as dt
from typing import Any

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask import session as cookie
from flask_login import current_user
from flask_security import PasswordUtil, Security
from flask_security.tf_plugin import tf_clean_session

from vendor_risk.doors import Door, public, signed_in
from vendor_risk.store.keys import Keys
from vendor_risk.store.models.people import Role, User
from vendor_risk.web.accounts import events, factors, forms, limits
from vendor_risk.web.accounts.mail import OutboxMailUtil
from vendor_risk.web.session import now, session
from vendor_risk.workflow import people, sign_ins

DOORS: dict[str, Door] = {
    "security.login": public,
    "security.forgot_password": public,
    "security.reset_password": public,
    # Second half of a sign-in: who comes without the first half is sent back to it.
    "security.two_factor_setup": public,
    "security.two_factor_token_validation": public,
    "security.two_factor_rescue": public,
    "security.tf_select": public,
    "security.mf_recovery": public,
    "security.logout": public,
    "security.two_factor_setup_validate": signed_in,
    "security.mf_recovery_codes": signed_in,
    "security.change_password": signed_in,
    "security.verify": signed_in,
}

# Between password and code: long enough to install an authenticator.
_HALF = dt.timedelta(minutes=15)

# Where a person whose second factor is due may go all the same.
_BEFORE_SECOND_FACTOR = frozenset(
    {
        "static",
        "security.logout",
        "security.login",
        "security.verify",
        "security.two_factor_setup",
        "security.two_factor_setup_validate",
        "security.two_factor_token_validation",
    }
)

OWN_AFFAIRS = frozenset(
    {
        "security.two_factor_setup_validate",
        "security.mf_recovery_codes",
        "security.change_password",
        "security.verify",
    }
)


class Passwords(PasswordUtil):
    """Passwords long enough to guess in vain (NIST SP 800-63B-4: length, no composition rules)."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: FBT001  (Flask-Security's signature)
        **context: Any,
    ) -> tuple[list[str] | None, str]:
        """What is wrong with a new password, if anything, and the password as it is kept."""
        wrong, normal = super().validate(password, is_register, **context)
        if wrong:
            return wrong, normal
        user: User | None = context.get("user")
        local = user.email.partition("@")[0] if user else ""
        if len(local) > 3 and local in normal.lower():
            return ["Choose a password that does not contain your address"], normal
        if len(set(normal)) < 5:
            return ["Choose a password with more different characters"], normal
        return None, normal


def configure(*, organisation: str, mail_from: str, keys: Keys) -> dict[str, Any]:
    """The settings of Flask-Security and of the sign-in cookie."""
    return {
        "SECURITY_DATETIME_FACTORY": lambda: dt.datetime.now(dt.UTC),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        # RFC 9106, section 4, the second recommendation: 64 MiB, three passes.
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__rounds": 3,
            "argon2__memory_cost": 64 * 1024,
            "argon2__parallelism": 4,
        },
        # No pepper: were it lost, every password would be.
        "SECURITY_PASSWORD_SINGLE_HASH": {"argon2"},
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        # Of what is a hash already, in the token of a mailed link.
        "SECURITY_HASHING_SCHEMES": ["hex_sha256"],
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_REGISTERABLE": False,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        # One step of 30 s to either side, for clocks that differ (RFC 6238, section 5.2).
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "accounts.own",
        "SECURITY_TOTP_SECRETS": {"1": keys.derived("second factor in the cookie").hex()},
        "SECURITY_TOTP_ISSUER": f"Vendor Risk ({organisation})",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 10,
        "SECURITY_RESET_PASSWORD_WITHIN": dt.timedelta(hours=2),
        "SECURITY_FRESHNESS": dt.timedelta(minutes=15),
        "SECURITY_FRESHNESS_GRACE_PERIOD": dt.timedelta(minutes=15),
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "security.login",
        "SECURITY_POST_CHANGE_VIEW": "accounts.own",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_EMAIL_SENDER": mail_from,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {
            "check_deliverability": False,
            "allow_smtputf8": False,
            "test_environment": True,  # an inner network may well use names such as .test
        },
        "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": "Set your password for Vendor Risk",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": "Your Vendor Risk password was set",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your Vendor Risk password was changed",
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "PERMANENT_SESSION_LIFETIME": sign_ins.IDLE,
        "SESSION_PROTECTION": None,  # a laptop that changes networks keeps its sign-in
    }


def install(app: Flask, *, second_factor_obligatory: bool) -> Security:
    """People can sign in, and nobody gets further than their second factor allows."""

    def due(user: User) -> bool:
        return second_factor_obligatory and people.needs_second_factor(user)

    app.config["SECOND_FACTOR_DUE"] = due
    security = Security(
        app,
        factors.People(session, User, Role),  # type: ignore[arg-type]  # a proxy does
        login_form=forms.SignInForm,
        forgot_password_form=forms.ForgotForm,
        reset_password_form=forms.ResetForm,
        change_password_form=forms.ChangeForm,
        verify_form=forms.AgainForm,
        two_factor_verify_code_form=forms.CodeForm,
        mf_recovery_form=forms.RecoveryCodeForm,
        two_factor_rescue_form=forms.RescueForm,
        two_factor_setup_form=forms.SetupForm,
        mail_util_cls=OutboxMailUtil,
        password_util_cls=Passwords,
        totp_cls=factors.OneTimeTotp,
        mf_recovery_codes_util_cls=factors.RecoveryCodes,
    )
    security.want_json(lambda _request: False)  # programs get their own, scoped tokens
    events.install(app)
    limits.install(app)
    app.before_request(_forms_only)
    app.before_request(_second_factor_first)
    return security


def _forms_only() -> None:
    """Flask-Security would also read JSON, past the limits, which count what forms hold."""
    if request.blueprint == "security" and request.is_json:
        abort(415)


def _second_factor_first() -> Response | None:
    """Who must have a second factor sets it up before anything else can be reached."""
    _end_stale_half()
    if request.endpoint is None or not (current_user and current_user.is_authenticated):
        return None
    validating = cookie.get("tf_state") == "validating_profile"
    if request.endpoint == "security.two_factor_token_validation" and not validating:
        return redirect(url_for("accounts.own"))  # type: ignore[return-value]
    if request.endpoint in _BEFORE_SECOND_FACTOR:
        return None
    if not current_user.tf_primary_method and _due(current_user):
        return redirect(url_for("security.two_factor_setup"))  # type: ignore[return-value]
    if request.method == "GET" and cookie.pop("codes_due", False):
        return redirect(url_for("security.mf_recovery_codes"))  # type: ignore[return-value]
    return None


def _end_stale_half() -> None:
    """A sign-in whose second half does not come is forgotten."""
    if "tf_user_id" not in cookie:
        cookie.pop("half_since", None)
        return
    since = cookie.setdefault("half_since", now().timestamp())
    if now().timestamp() - since > _HALF.total_seconds():
        tf_clean_session()  # type: ignore[no-untyped-call]


def _due(user: User) -> bool:
    return bool(current_app.config["SECOND_FACTOR_DUE"](user))
