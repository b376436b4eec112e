"""Judges observations: every external check and what each one says.

Importing the package declares all checks; `catalogue` lists them.
"""

from vendor_risk.checks import (
    dns,
    mail,
    mail_starttls,
    tls,
    tls_addresses,
    tls_cert,
    tls_dane,
    tls_features,
    tls_keys,
    tls_session,
    tls_staple,
    tls_suites,
    tls_versions,
    web,
    web_banner,
    web_cookies,
    web_csp,
    web_headers,
)

__all__ = [
    "dns",
    "mail",
    "mail_starttls",
    "tls",
    "tls_addresses",
    "tls_cert",
    "tls_dane",
    "tls_features",
    "tls_keys",
    "tls_session",
    "tls_staple",
    "tls_suites",
    "tls_versions",
    "web",
    "web_banner",
    "web_cookies",
    "web_csp",
    "web_headers",
]
