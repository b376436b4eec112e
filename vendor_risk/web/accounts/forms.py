"""The forms of sign-in, of one's own settings and of the list of people."""

import zoneinfo
from typing import Any, cast

from flask_babel import lazy_gettext as _
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    Form,
    LoginForm,
    MfRecoveryForm,
    ResetPasswordForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from vendor_risk.evidence import N_
from vendor_risk.languages import OFFERED
from vendor_risk.store.models.people import User
from vendor_risk.web.session import now, session
from vendor_risk.workflow import sign_ins
from vendor_risk.workflow.people import ROLES
from vendor_risk.workflow.vendors import clean

ROLE_WORDS = {
    "requester": N_("Requester"),
    "analyst": N_("Analyst"),
    "approver": N_("Approver"),
    "auditor": N_("Auditor"),
    "admin": N_("Administrator"),
}


# What Flask-Security calls the fields of its forms, in the words of the product.
_LABELS = {
    "email": _("E-mail address"),
    "password": _("Password"),
    "new_password": _("New password"),
    "new_password_confirm": _("The new password again"),
    "password_confirm": _("The password again"),
    "code": _("Code"),
}


class _Worded(Form):
    """A form of Flask-Security with our labels."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, words in _LABELS.items():
            if name in self:
                self[name].label.text = words


class ForgotForm(_Worded, ForgotPasswordForm):
    """Where to send the link that sets a password."""


class ResetForm(_Worded, ResetPasswordForm):
    """A new password, twice."""


class ChangeForm(_Worded, ChangePasswordForm):
    """The present password and a new one, twice."""


class AgainForm(_Worded, VerifyForm):
    """The password once more, before something that decides who can sign in."""


class CodeForm(_Worded, TwoFactorVerifyCodeForm):
    """What the authenticator shows."""


class SignInForm(_Worded, LoginForm):
    """Address and password; no "remember me", a sign-in ends after a working day."""

    remember = None

    def validate(self, **arguments: Any) -> bool:
        """Whether these are an account's address and password."""
        right = bool(super().validate(**arguments))
        if not right and self.user is None and self.email.data and self.password.data:
            # Flask-Security tells of wrong passwords by a signal, of unknown accounts not at all.
            sign_ins.note_failure(session, None, kind="account", now=now())
            session.commit()
        return right


class RecoveryCodeForm(_Worded, MfRecoveryForm):
    """One of the codes that were kept for the day the authenticator is lost."""

    def validate(self, **arguments: Any) -> bool:
        """Whether this is an unused recovery code of the account."""
        right = bool(super().validate(**arguments))
        if not right and self.user is not None and self.code.data:
            sign_ins.note_failure(session, cast(User, self.user), kind="recovery code", now=now())
            session.commit()
        return right


class RescueForm(TwoFactorRescueForm):
    """The way out when the authenticator is lost: a recovery code, and no other."""

    help_setup = RadioField(choices=[])


def _cleaned(text: str | None) -> str:
    return clean(text or "")


class SetupForm(TwoFactorSetupForm):
    """Which second factor: an authenticator, which is the only one there is."""

    setup = RadioField(
        choices=[SelectChoice("authenticator", _("Authenticator"))], validate_choice=False
    )


class OwnForm(FlaskForm):  # type: ignore[misc]
    """What a person decides about their own account."""

    name = StringField(_("Name"), [DataRequired(), Length(max=120)], filters=[_cleaned])
    language = SelectField(_("Language"))
    timezone = SelectField(_("Time zone"))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        zones = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
        self.language.choices = [
            SelectChoice("", _("As my browser asks for")),
            *(SelectChoice(code, name) for code, name in OFFERED.items()),
        ]
        everybody = SelectChoice("", _("As set for everybody"))
        self.timezone.choices = [everybody, *(SelectChoice(zone) for zone in zones)]


ROLE_CHOICES = [SelectChoice(role, _(ROLE_WORDS[role])) for role in ROLES]


class RolesField(SelectMultipleField):  # type: ignore[misc]
    """Roles as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(FlaskForm):  # type: ignore[misc]
    """A person and what they may do."""

    email = StringField(_("E-mail address"), validators=[InputRequired(), Length(max=254), Email()])
    name = StringField(_("Name"), [DataRequired(), Length(max=120)], filters=[_cleaned])
    roles = RolesField(_("Roles"), choices=ROLE_CHOICES)


class RolesForm(FlaskForm):  # type: ignore[misc]
    """What a person may do from now on."""

    roles = RolesField(_("Roles"), choices=ROLE_CHOICES)
