"""What a host in good order serves, and what others do."""

from datetime import UTC, datetime, timedelta

HEALTHY = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Set-Cookie": "__Host-session=k3v9x2; Path=/; Secure; HttpOnly; SameSite=Lax",
}
PAGE = (
    "<!doctype html><html lang=en><head><title>Shop</title></head><body>Welcome"
    "<form action=/log-in method=post><input type=password name=secret></form></body></html>"
)


def page(body: str) -> str:
    """A page that holds this."""
    return PAGE.replace("Welcome", body)


FRONT = page("<a href=/checkout>Check-out</a>")
CHECKOUT = page(
    "<script src=https://www.good.test/library.js></script>"
    "<script src=http://www.good.test/track.js></script>"
    "<form action=https://magecarts.test/collect method=post>"
    "<input name=card_number autocomplete=cc-number></form>"
)
DEAD_SCRIPT = page("<script src=https://cdn.nothing.test/gone.js></script>")
MIXED = page("<script src=http://shop.test/track.js></script>")
OPEN_FORM = page("").replace("action=/log-in", "action=http://openform.shop.test/log-in")
OLD_LIBRARY = page("<script src=/js/jquery-1.6.2.min.js></script>")
_SIGNED = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

{}-----BEGIN PGP SIGNATURE-----

iQIzBAEBCgAdFiEEnot+a+real+signature
=abcd
-----END PGP SIGNATURE-----
"""


def security_text(days: int = 180, *, twice: bool = False, signed: bool = False) -> str:
    """A security.txt that ends in some days."""
    end = datetime.now(UTC) + timedelta(days=days)
    ends = f"Expires: {end:%Y-%m-%dT%H:%M:%SZ}\n" * (2 if twice else 1)
    text = f"Contact: mailto:security@shop.test\n{ends}"
    return _SIGNED.format(text) if signed else text


META_CSP = PAGE.replace(
    "<title>", "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\"><title>"
)
