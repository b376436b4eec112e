"""The check of what scripts of other sites may read."""

import shlex

from vendor_risk.checks.again import second_answer, second_visit
from vendor_risk.checks.arrival import arrive
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import not_seen, shown
from vendor_risk.checks.observations import Http, NoResponse, Observations, Response
from vendor_risk.checks.pages import troubled
from vendor_risk.evidence import N_, Evidence, Outcome, Severity, failed, passed, unknown

_ORIGIN = "Access-Control-Allow-Origin"
_CREDENTIALS = "Access-Control-Allow-Credentials"


@check(
    id="web.cors",
    control="WB-03",
    severity=Severity.HIGH,
    requirement=N_("Scripts of other sites cannot read what a logged-in customer sees"),
    rationale=N_(
        "A host that allows every origin together with cookies hands the page of a logged-in"
        " customer, with address, orders and tokens, to any site that the customer visits next."
    ),
    remediation=N_(
        "Never copy the Origin of the request into the answer. Compare it with a list of your own"
        " sites, send the header only for those, with Vary: Origin, and never allow null.\n"
        "\n"
        "nginx:\n"
        "\n"
        '    map $http_origin $cors { default ""; "https://app.example.com" $http_origin; }\n'
        "    add_header Access-Control-Allow-Origin $cors always;\n"
        "    add_header Vary Origin always;\n"
        "\n"
        "Apache:\n"
        "\n"
        '    SetEnvIf Origin "^https://app\\.example\\.com$" CORS=$0\n'
        '    Header always set Access-Control-Allow-Origin "%{CORS}e" env=CORS\n'
        "    Header always merge Vary Origin\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Remove):\n"
        "\n"
        "    Access-Control-Allow-Origin\n"
        "    Access-Control-Allow-Credentials"
    ),
    references=(
        "https://fetch.spec.whatwg.org/#http-access-control-allow-credentials",
        "https://fetch.spec.whatwg.org/#cors-check",
    ),
    gets=second_visit,
)
def cors(http: Http, observations: Observations) -> Outcome:
    """Browsers compare byte by byte, and refuse more than one value (the CORS check of Fetch)."""
    arrival = arrive(http, observations.domain, _ORIGIN)
    if isinstance(arrival, Outcome):
        return arrival
    url = str(arrival.url)
    answer = second_answer(http, arrival)
    if answer is None:
        return unknown(
            f"This look did not ask for {shown(url, 200)} as a script of another site would.",
            _asked_by("not asked", url),
        )
    origin = answer.origin or ""
    if isinstance(answer, NoResponse):
        return unknown(not_seen(answer.reason, "page"), _asked_by(answer.reason, url, origin))
    wall = troubled(answer)
    if wall is not None:
        evidence = _asked_by(f"HTTP {answer.status}", url, origin)
        return unknown(f"The visit was blocked: {wall}.", evidence)
    return _judged(answer, origin, _asked_by(_said(answer), url, origin))


def _judged(answer: Response, origin: str, evidence: Evidence) -> Outcome:
    allowed = answer.header(_ORIGIN)
    value = allowed[0].strip("\t ") if len(allowed) == 1 else ""
    with_cookies = [each.strip("\t ") for each in answer.header(_CREDENTIALS)] == ["true"]
    if value == origin and with_cookies:
        return failed(evidence, "Any site may read the pages with the cookies of its visitor.")
    if value == "null" and with_cookies:
        return failed(
            evidence,
            "Any site may read the pages with the cookies of its visitor from a frame without an"
            " origin of its own, which is what null stands for.",
        )
    if value in ("*", origin, "null"):
        reason = "Scripts of any site may read this page, though without cookies."
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    return passed(evidence)


def _said(answer: Response) -> str:
    names = (_ORIGIN, _CREDENTIALS)
    said = [f"{name}: {', '.join(answer.header(name))}" for name in names if answer.header(name)]
    return "; ".join(said) or f"no {_ORIGIN}"


def _asked_by(value: str, url: str, origin: str = "https://stranger.example") -> Evidence:
    header = shlex.quote(f"Origin: {shown(origin, 200)}")
    return Evidence(
        shown(value), f"curl -gksS -D - -o /dev/null -H {header} {shlex.quote(shown(url))}"
    )
