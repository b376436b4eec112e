"""Judges observations: every external check and what each one says.

Importing the package declares all checks; `catalogue` lists them.
"""

from vendor_risk.checks import (
    dns,
    mail,
    tls,
    tls_cert,
    tls_keys,
    tls_session,
    web,
    web_banner,
    web_changes,
    web_cookies,
    web_cors,
    web_csp,
    web_facts,
    web_forms,
    web_headers,
    web_https,
    web_libraries,
    web_scripts,
    web_securitytxt,
)

__all__ = [
    "dns",
    "mail",
    "tls",
    "tls_cert",
    "tls_keys",
    "tls_session",
    "web",
    "web_banner",
    "web_changes",
    "web_cookies",
    "web_cors",
    "web_csp",
    "web_facts",
    "web_forms",
    "web_headers",
    "web_https",
    "web_libraries",
    "web_scripts",
    "web_securitytxt",
]
