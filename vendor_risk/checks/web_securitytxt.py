"""The check of the file that tells finders of a flaw whom to write to."""

import shlex
from collections.abc import Iterator
from datetime import timedelta

from vendor_risk.checks.arrival import CUTS, entrance
from vendor_risk.checks.base import Request, check
from vendor_risk.checks.exhibit import not_seen, shown
from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.pages import Chain, Url, address, blocked, follow, troubled
from vendor_risk.checks.securitytxt import SecurityText, date, parse
from vendor_risk.evidence import N_, Evidence, Outcome, Severity, failed, passed, unknown

_PATH = "/.well-known/security.txt"
_YEAR = timedelta(days=366)  # RFC 9116 section 2.5.5 recommends less than a year
_UNVERIFIED = "The file is signed; the signature was not verified."
_ADDRESSES = ("https:", "mailto:", "tel:")  # section 2.5.3; http is ruled out there
_HTML = ("<!doctype html", "<html", "<head", "<body", "<?xml", "<!--", "<script")
_FIELDS = frozenset(  # section 2.5 and the registry of section 6.2
    {
        "acknowledgments",
        "canonical",
        "contact",
        "csaf",
        "encryption",
        "expires",
        "hiring",
        "policy",
        "preferred-languages",
    }
)
_UTF_8 = ("utf-8", "utf8")  # the second is a label that every browser takes for the first


def security_text(http: Http, observations: Observations) -> Iterator[Request]:
    """The place of the file (RFC 9116 section 3), where the host answers over https at all."""
    way = follow(http, entrance(http, observations.domain))
    if way.hops and blocked(way.hops[0]) is None:
        yield Request(_url(observations))


def _url(observations: Observations) -> str:
    return f"https://{plain(observations.domain)}{_PATH}"


@check(
    id="web.securitytxt",
    control="IR-01",
    severity=Severity.LOW,
    requirement=N_("A security.txt in force tells finders of a flaw whom to write to"),
    rationale=N_(
        "Somebody who finds customer records open on the web tries for an hour to reach the vendor."
        " Without an address that is read, the next stop is a newspaper or a buyer."
    ),
    remediation=N_(
        "Put this file at /.well-known/security.txt, have somebody read the address, and renew the"
        " date every year:\n"
        "\n"
        "    Contact: mailto:security@shop.example.com\n"
        "    Expires: 2027-06-30T00:00:00Z\n"
        "    Canonical: https://shop.example.com/.well-known/security.txt\n"
        "\n"
        "nginx:\n"
        "\n"
        "    location = /.well-known/security.txt {\n"
        '        default_type "text/plain; charset=utf-8";\n'
        "        alias /var/www/security.txt;\n"
        "    }\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Alias /.well-known/security.txt /var/www/security.txt\n"
        "    <Files security.txt>\n"
        '        ForceType "text/plain; charset=utf-8"\n'
        "    </Files>\n"
        "\n"
        "Cloudflare (Security Center, security.txt): fill in contact and end."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9116#section-2.5",
        "https://www.rfc-editor.org/rfc/rfc9116#section-3",
    ),
    gets=security_text,
)
def securitytxt(http: Http, observations: Observations) -> Outcome:
    """A site that answers every address with a page or a sentence of its own has no such file."""
    start = address(_url(observations))
    if start is None:
        shows = Evidence("no host name", f"curl {shlex.quote(shown(_url(observations)))}")
        return unknown("The name of the host is no web address.", shows)
    way = follow(http, start)
    page = way.last
    if page is None:
        return _no_answer(way, follow(http, entrance(http, observations.domain)))
    evidence = _shows(_first(page), start)
    wall = troubled(page)
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", evidence)
    if page.truncated and page.status == 200:
        told = CUTS[page.cut].replace("page", "file")
        return unknown(f"{told[0].upper()}{told[1:]}.", evidence)
    text = parse(page.body)
    if page.status != 200 or _is_page(page, text) or not _tells(text):
        return failed(evidence, "The host has no security.txt.", severity=Severity.LOW.one_lower)
    evidence = _shows(_said(text, page), start)
    at = way.urls[-1]
    faults = list(_faults(text, page, at, observations))
    if faults:
        return failed(evidence, faults[0])
    flaws = list(_flaws(text, at, start, observations))
    if flaws:
        return failed(evidence, flaws[0], severity=Severity.LOW.one_lower)
    return passed(evidence, _UNVERIFIED if text.signed else "")


def _no_answer(way: Chain, front: Chain) -> Outcome:
    """Why the file was not seen; where the host itself did not answer nobody asked for it."""
    wall = troubled(way.hops[-1]) if way.hops else None
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", _shows(str(way), way.start))
    if way.failure is not None:
        return unknown(not_seen(way.failure.reason, "file"), _shows(way.failure.reason, way.start))
    if way.hops:
        return unknown("The redirects did not lead to a file.", _shows(str(way), way.start))
    if front.failure is not None and not front.hops:
        return unknown(not_seen(front.failure.reason), _shows(front.failure.reason, front.start))
    front_wall = blocked(front.hops[0]) if front.hops else None
    if front_wall is not None:
        return unknown(f"The visit was blocked: {front_wall}.", _shows(str(front), front.start))
    reason = f"This look did not ask for {shown(str(way.start), 200)}."
    return unknown(reason, _shows("not asked", way.start))


def _kind(page: Response) -> str:
    return next(iter(page.header("content-type")), "")[:200].strip().lower()


def _tells(text: SecurityText) -> bool:
    """Whether the text has anything of a security.txt; "Not found" and {} have not."""
    return text.signed or any(name in _FIELDS for name, _ in text.fields)


def _is_page(page: Response, text: SecurityText) -> bool:
    """Whether this is a page for visitors, as sites serve it for addresses that are not there."""
    start = page.body[:512].lstrip("\ufeff \t\r\n").lower()
    html = _kind(page).partition(";")[0].strip() in ("text/html", "application/xhtml+xml")
    return start.startswith(_HTML) or (html and not text.values("contact"))


def _faults(
    text: SecurityText, page: Response, at: Url, observations: Observations
) -> Iterator[str]:
    """What keeps the file from counting."""
    if at.scheme != "https":
        yield "The file is served without encryption, so anybody on the way can change it."
    kind, _, parameters = _kind(page).partition(";")
    if kind.strip() != "text/plain":
        told = shown(kind.strip(), 60) or "no type"
        yield f"The file is served as {told} and not as text/plain."
    elif "charset" in parameters and not any(label in parameters for label in _UTF_8):
        yield f"The file is not served as UTF-8 but with {shown(parameters.strip(), 60)}."
    if not text.values("contact"):
        yield "The file names no Contact."
    ends = text.values("expires")
    if not ends:
        yield "The file does not say when it expires."
    elif len(ends) > 1:
        yield "The file says more than once when it expires."
    else:
        until = date(ends[0])
        if until is None:
            yield "The file does not say when it expires in a form that can be read (RFC 3339)."
        elif until <= observations.observed_at:
            yield f"The file expired on {until:%Y-%m-%d}."


def _flaws(text: SecurityText, at: Url, start: Url, observations: Observations) -> Iterator[str]:
    """What should be better."""
    until = date(text.values("expires")[0])
    if until is not None and until - observations.observed_at > _YEAR:
        yield f"The file runs until {until:%Y-%m-%d}: more than a year is as good as no end."
    for contact in text.values("contact"):
        if not contact.lower().startswith(_ADDRESSES):
            told = shown(contact, 60)
            yield f"The Contact {told} is no address of the form mailto:, tel: or https:."
    canonical = [address(each) for each in text.values("canonical")]
    if canonical and not {at, start} & set(canonical):
        yield "The file says by Canonical that it belongs elsewhere, so readers shall not trust it."
    if len(text.values("preferred-languages")) > 1:
        yield "The file names Preferred-Languages more than once."


def _said(text: SecurityText, page: Response) -> str:
    fields = "; ".join(
        f"{name}: {value}"
        for name, value in text.fields
        if name in ("contact", "expires", "canonical")
    )
    return f"{_kind(page) or 'no type'}; {fields or 'no fields'}"


def _first(page: Response) -> str:
    return f"HTTP {page.status}, {_kind(page) or 'no type'}"


def _shows(value: str, url: Url) -> Evidence:
    return Evidence(shown(value), f"curl -gksSi -L --max-redirs 10 {shlex.quote(shown(str(url)))}")
