"""The second factor: a code works once, and recovery codes are kept as fingerprints."""

import base64
from typing import Any

import qrcode
from flask import session as cookie
from flask_security import MfRecoveryCodesUtil, SQLAlchemySessionUserDatastore, Totp
from qrcode.image.svg import SvgPathFillImage

from vendor_risk.store.encryption import blind_index, blind_indexes
from vendor_risk.store.models.people import User
from vendor_risk.web.session import now, session
from vendor_risk.workflow import sign_ins

_CODE = "user_account.mf_recovery_codes"


class People(SQLAlchemySessionUserDatastore):
    """Accounts as Flask-Security wants to read and write them, in the session of the page."""

    def tf_set(
        self,
        user: Any,
        primary_method: str,
        totp_secret: str | None = None,
        phone: str | None = None,
    ) -> None:
        """The person uses this authenticator from now on."""
        if totp_secret:
            # While it was set up, the secret travelled in the cookie, wrapped for that. At rest
            # the column seals it, and must not depend on a session secret that may be renewed.
            totp_secret = unwrapped(totp_secret)
        if (user.tf_primary_method, user.tf_totp_secret) == (primary_method, totp_secret):
            return
        user.tf_primary_method = primary_method
        user.tf_totp_secret = totp_secret or user.tf_totp_secret
        session.add(user)
        sign_ins.note(session, user, "person.second_factor_set", now=now())
        if not user.mf_recovery_codes:
            cookie["codes_due"] = True

    def tf_reset(self, user: Any) -> None:
        """The person has no authenticator any more."""
        user.tf_primary_method = user.tf_totp_secret = user.totp_counter = None
        session.add(user)
        sign_ins.note(session, user, "person.second_factor_removed", now=now())


def unwrapped(totp_secret: str) -> str:
    """A TOTP secret as plain JSON, ready to be sealed by its column."""
    from flask_security.proxies import _security

    factory = _security.totp_factory._totp
    return str(factory.from_source(totp_secret).to_json(encrypt=False))


class OneTimeTotp(Totp):
    """Codes of an authenticator, none of which works twice."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The square to scan, black on white also on a dark page."""
        made = qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathFillImage)
        return f"data:image/svg+xml;base64,{base64.b64encode(made.to_string()).decode()}"

    def get_last_counter(self, user: Any) -> int | None:
        """The step of the last code that this person used."""
        counter: int | None = user.totp_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """This code and all before it are spent."""
        user.totp_counter = tmatch.counter
        session.add(user)


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes: shown once when made, then only their keyed fingerprints remain."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Fresh codes for this person; the old ones are void."""
        codes = super().create_recovery_codes(user)
        sign_ins.note(session, _actual(user), "person.recovery_codes_made", now=now())
        return codes

    def get_recovery_codes(self, user: Any) -> list[str]:
        """Nothing: a fingerprint cannot be shown."""
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Whether this is one of the person's unused codes."""
        return self._place(user, code) is not None

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """The code is spent."""
        place = self._place(user, code)
        if place is None or user.mf_recovery_codes is None:
            return False
        user.mf_recovery_codes.pop(place)
        session.add(user)
        left = str(len(user.mf_recovery_codes))
        sign_ins.note(session, user, "person.recovery_code_used", now=now(), left=left)
        return True

    def _place(self, user: Any, code: str) -> int | None:
        wanted = set(blind_indexes(_CODE, _typed(code)))
        kept = user.mf_recovery_codes or []
        return next((place for place, mark in enumerate(kept) if mark in wanted), None)

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [blind_index(_CODE, _typed(code)) for code in codes]


def _typed(code: str) -> str:
    return "".join(code.lower().split()).replace("-", "")


def _actual(user: Any) -> User:
    """The person behind Flask-Login's proxy."""
    found: User = getattr(user, "_get_current_object", lambda: user)()
    return found
