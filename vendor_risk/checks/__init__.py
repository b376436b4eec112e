"""Judges observations: every external check and what each one says.

Importing the package declares all checks; `catalogue` lists them.
"""

from vendor_risk.checks import (
    dns,
    mail,
    mail_bimi,
    mail_dkim,
    mail_dmarc,
    mail_dmarc_reports,
    mail_mtasts,
    mail_spf,
    mail_spf_terms,
    mail_transport,
    tls,
    tls_cert,
    tls_keys,
    tls_session,
    web,
    web_banner,
    web_cookies,
    web_csp,
    web_headers,
)

__all__ = [
    "dns",
    "mail",
    "mail_bimi",
    "mail_dkim",
    "mail_dmarc",
    "mail_dmarc_reports",
    "mail_mtasts",
    "mail_spf",
    "mail_spf_terms",
    "mail_transport",
    "tls",
    "tls_cert",
    "tls_keys",
    "tls_session",
    "web",
    "web_banner",
    "web_cookies",
    "web_csp",
    "web_headers",
]
