"""How the answer of a bot wall is told from the page behind it.

Collected from the providers' own documentation and from answers seen in the wild; state of
2026-11-22. Cloudflare documents `cf-mitigated` ("Detect a Challenge Page response"), AWS
`x-amzn-waf-action` ("How CAPTCHA and Challenge responses look"). A mark must not occur on ordinary
pages of the provider's customers: the scripts that Cloudflare, Imperva or DataDome put into every
page are therefore no marks.
"""

# statuses that mean: this visitor does not get to see the page
STATUSES = {
    401: "the server asks for a password (HTTP 401)",
    403: "the server refused the visit (HTTP 403)",
    406: "the server refused the form of the request (HTTP 406)",
    428: "the server asks for a proof first (HTTP 428)",
    429: "the server limits how often it may be visited (HTTP 429)",
    451: "the server refuses visitors from here (HTTP 451)",
    503: "the server is not available at the moment (HTTP 503)",
}

# header, its value, whose wall it is
HEADERS = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "AWS WAF"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("sg-captcha", "challenge", "SiteGround"),
)

# text in the first kilobytes of the body, in lower case, whose wall it is
MARKS = (
    ("window._cf_chl_opt", "Cloudflare"),
    ("<title>attention required! | cloudflare</title>", "Cloudflare"),
    ("geo.captcha-delivery.com/captcha", "DataDome"),
    ("geo.captcha-delivery.com/interstitial", "DataDome"),
    ('id="px-captcha"', "HUMAN (PerimeterX)"),
    ("/_incapsula_resource?swudnsai=", "Imperva"),
    ("request unsuccessful. incapsula incident id", "Imperva"),
    ("sucuri website firewall - access denied", "Sucuri"),
    ("<title>ddos-guard</title>", "DDoS-Guard"),
    ("window.awswafcookiedomainlist", "AWS WAF"),
    ("/.within.website/x/cmd/anubis/", "Anubis"),
    ("<title>vercel security checkpoint</title>", "Vercel"),
    ("/.well-known/sgcaptcha/", "SiteGround"),
    ("the requested url was rejected. please consult with your administrator", "F5"),
    ("sec-if-cpt-container", "Akamai"),
    ("<title>pardon our interruption", "Imperva"),
    ("no required ssl certificate was sent", "the server"),
)
MARK_WINDOW = 32_768  # characters: the largest of these pages is about 20,000 long
