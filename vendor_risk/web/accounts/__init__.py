"""Accounts: one's own settings, the list of people, the outbox."""

from flask import Blueprint

from vendor_risk.doors import guard, signed_in

area = Blueprint("accounts", __name__)
guard(area, signed_in)

OWN_AFFAIRS = frozenset({"accounts.own"})
"""Where an auditor may post too: it changes nothing but their own settings."""

from vendor_risk.web.accounts import views  # noqa: E402, F401  (the views need the blueprint)
