"""What a host in good order serves."""

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
PAGE = "<!doctype html><html lang=en><head><title>Shop</title></head><body>Welcome</body></html>"
META_CSP = PAGE.replace(
    "<title>", "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\"><title>"
)
