"""ACME validation methods that a CAA record may name.

Source: IANA registry "ACME Validation Methods" (RFC 8555 section 9.7.8) and the drafts of the ACME
working group that authorities already offer; state of 2026-11-22.
"""

VALIDATION_METHODS = frozenset(
    {
        "http-01",  # RFC 8555
        "dns-01",  # RFC 8555
        "tls-sni-01",  # reserved by RFC 8555
        "tls-sni-02",  # reserved by RFC 8555
        "tls-alpn-01",  # RFC 8737
        "email-reply-00",  # RFC 8823
        "tkauth-01",  # RFC 9447
        "onion-csr-01",  # RFC 9799
        "bp-nodeid-00",  # RFC 9891
        "dns-account-01",  # draft-ietf-acme-dns-account-label
        "dns-persist-01",  # draft-ietf-acme-dns-persist
    }
)
