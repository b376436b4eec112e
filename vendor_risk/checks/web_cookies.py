"""Checks of the cookies that a visitor is given on the way to the page and with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from vendor_risk.checks import cookies, hsts
from vendor_risk.checks.arrival import arrive, entrance
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_curl, shown
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.pages import address, follow, front, troubled
from vendor_risk.checks.tls import blemish
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    Status,
    failed,
    not_applicable,
    passed,
)

_HEADER = "Set-Cookie"
_MOST = 128  # cookies of one look that are judged
_SHOWN = 5  # cookies that an exhibit names
_STANDARD = "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-22"


@dataclass(frozen=True, slots=True)
class _Set:
    """One cookie and where it was set."""

    cookie: cookies.Cookie
    url: str
    host: str
    encrypted: bool

    @property
    def dropped(self) -> bool:
        """Whether browsers refuse it, so that it is no cookie at all."""
        return not self.cookie.belongs(self.host) or (self.cookie.secure and not self.encrypted)


def _hops(http: Http, domain: str) -> Iterator[Response]:
    """Every answer on the way of a visitor who types the name, by http and by https."""
    seen: set[int] = set()
    for start in (front(domain, "http"), entrance(http, domain)):
        for hop in follow(http, start).hops:
            if id(hop) not in seen and troubled(hop) is None:
                seen.add(id(hop))
                yield hop


def _set(http: Http, observations: Observations) -> tuple[_Set, ...]:
    """The cookies that hosts of the organisation set, each once; deletions are none."""
    found: dict[tuple[str, bool, str, str], _Set] = {}
    for hop in _hops(http, observations.domain):
        url = address(hop.url)
        if url is None or not is_subdomain(url.host, organisation(observations.domain)):
            continue
        for header in hop.header(_HEADER):
            cookie = cookies.parse(header)
            if cookie is None or cookie.ended(observations.observed_at) or len(found) >= _MOST:
                continue
            key = (url.host, url.scheme == "https", cookie.name, cookie.attributes)
            found.setdefault(key, _Set(cookie, str(url), url.host, url.scheme == "https"))
    return tuple(found.values())


def _shows(some: list[_Set]) -> Evidence:
    """The cookies without their values, and how to see the first of them."""
    names = " | ".join(shown(each.cookie.shown, 120) for each in some[:_SHOWN])
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return by_curl(f"{_HEADER}: {names}{more}", some[0].url)


def _names(some: list[_Set]) -> str:
    names = list(dict.fromkeys(shown(each.cookie.name or "(no name)", 60) for each in some))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _clean(http: Http, observations: Observations, judged: list[_Set], subject: str) -> Outcome:
    """What is to be said where no cookie has a fault.

    Behind a wall there may be cookies that were not seen, so that is unknown.
    """
    arrival = arrive(http, observations.domain, _HEADER)
    if isinstance(arrival, Outcome) and arrival.status is Status.UNKNOWN:
        return arrival
    if judged:
        return passed(_shows(judged))
    where = follow(http, entrance(http, observations.domain)).start
    return not_applicable(
        f"This look was given no cookie {subject}.", by_curl(f"no such {_HEADER}", str(where))
    )


@check(
    id="web.cookie.secure",
    control="WB-03",
    severity=Severity.HIGH,
    requirement=N_("Cookies of a session travel over https only"),
    rationale=N_(
        "A browser adds a cookie without Secure to every request over http as well. One picture"
        " with an http address is enough, and whoever shares the customer's network takes over"
        " the account without knowing the password."
    ),
    remediation=N_(
        "Set Secure on every cookie. Do it in the application (PHP: session.cookie_secure = 1), or"
        " in the server before it.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    proxy_cookie_flags ~ secure;\n"
        "\n"
        "Apache:\n"
        "\n"
        '    Header always edit Set-Cookie "(?i)^((?!.*;\\s*secure).*)$" "$1; Secure"\n'
        '    Header onsuccess edit Set-Cookie "(?i)^((?!.*;\\s*secure).*)$" "$1; Secure"'
    ),
    references=(f"{_STANDARD}#section-4.1.2.5",),
)
def secure(http: Http, observations: Observations) -> Outcome:
    """Where the host is remembered as https only, the browser sends nothing over http."""
    judged = [
        each
        for each in _set(http, observations)
        if each.cookie.carries_session and not each.dropped
    ]
    open_ones = [each for each in judged if not each.cookie.secure]
    if not open_ones:
        return _clean(http, observations, judged, "that carries a session")
    guards = _guards(http, observations)
    bare = [each for each in open_ones if not _guarded(each, guards)]
    if bare:
        reason = f"Session cookies without Secure are sent over http too: {_names(bare)}."
        return failed(_shows(bare), reason)
    return failed(
        _shows(open_ones),
        f"Only HSTS keeps session cookies without Secure off http: {_names(open_ones)}.",
        severity=Severity.HIGH.one_lower,
    )


def _guards(http: Http, observations: Observations) -> dict[str, hsts.Hsts]:
    """The hosts that browsers remember as https only; none where the certificate is bad."""
    guards: dict[str, hsts.Hsts] = {}
    for hop in _hops(http, observations.domain):
        url, values = address(hop.url), hop.header(hsts.HEADER)
        if url is None or url.scheme != "https" or not values:
            continue
        header = hsts.parse(values[0])
        if not header.fault and header.max_age:
            guards.setdefault(url.host, header)
    return guards if guards and blemish(observations) is None else {}


def _guarded(each: _Set, guards: dict[str, hsts.Hsts]) -> bool:
    if not each.encrypted:
        return False  # it has been on the way in the open already
    if not each.cookie.domain:
        return each.host in guards
    guard = guards.get(each.cookie.domain)
    return guard is not None and guard.include_subdomains


@check(
    id="web.cookie.httponly",
    control="WB-03",
    severity=Severity.HIGH,
    requirement=N_("Scripts cannot read the cookies of a session"),
    rationale=N_(
        "Every script of a page reads a cookie without HttpOnly: one flaw in the shop, or one"
        " advertiser whose script was changed, sends the sessions of all visitors to a stranger."
    ),
    remediation=N_(
        "Set HttpOnly on the cookies of the session; no script needs them. Do it in the"
        " application (PHP: session.cookie_httponly = 1), or in the server before it, where"
        " `sessionid` stands for the cookie's name.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    proxy_cookie_flags sessionid httponly;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always edit Set-Cookie"
        ' "(?i)^(sessionid=(?!.*;\\s*httponly).*)$" "$1; HttpOnly"\n'
        "    Header onsuccess edit Set-Cookie"
        ' "(?i)^(sessionid=(?!.*;\\s*httponly).*)$" "$1; HttpOnly"'
    ),
    references=(f"{_STANDARD}#section-4.1.2.6",),
)
def http_only(http: Http, observations: Observations) -> Outcome:
    """Only of a session: other cookies are made for scripts."""
    judged = [
        each
        for each in _set(http, observations)
        if each.cookie.carries_session and not each.dropped
    ]
    open_ones = [each for each in judged if not each.cookie.http_only]
    if not open_ones:
        return _clean(http, observations, judged, "that carries a session")
    reason = f"Scripts can read session cookies without HttpOnly: {_names(open_ones)}."
    return failed(_shows(open_ones), reason)


@check(
    id="web.cookie.samesite",
    control="WB-03",
    severity=Severity.MEDIUM,
    requirement=N_("Cookies of a session say from which sites requests may carry them"),
    rationale=N_(
        "Without SameSite it is up to the browser whether a form on any other site is sent with the"
        " customer's session: an order or a new address is then placed in the customer's name."
    ),
    remediation=N_(
        "Set SameSite=Lax on the cookies of the session, Strict where nobody arrives from another"
        " site; SameSite=None, which needs Secure, only for what other sites embed. Do it in the"
        ' application (PHP: session.cookie_samesite = "Lax"), or in the server before it, where'
        " `sessionid` stands for the cookie's name.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    proxy_cookie_flags sessionid secure samesite=lax;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always edit Set-Cookie"
        ' "(?i)^(sessionid=(?!.*;\\s*samesite).*)$" "$1; SameSite=Lax"\n'
        "    Header onsuccess edit Set-Cookie"
        ' "(?i)^(sessionid=(?!.*;\\s*samesite).*)$" "$1; SameSite=Lax"'
    ),
    references=(f"{_STANDARD}#section-4.1.2.7",),
)
def same_site(http: Http, observations: Observations) -> Outcome:
    """A word that no browser knows is a fault of every cookie, a missing one of a session's."""
    given = [each for each in _set(http, observations) if not each.dropped]
    judged = [
        each for each in given if each.cookie.carries_session or each.cookie.same_site is not None
    ]
    for kind, words in (
        (_none_in_the_open, "Browsers drop cookies with SameSite=None but without Secure"),
        (_unknown_word, "Browsers do not know the word after SameSite"),
        (_missing, "Session cookies leave it to the browser which sites may use them"),
    ):
        wrong = [each for each in judged if kind(each.cookie)]
        if wrong:
            reason = f"{words}: {_names(wrong)}."
            return failed(_shows(wrong), reason, severity=Severity.MEDIUM.one_lower)
    return _clean(http, observations, judged, "that carries a session or SameSite")


def _none_in_the_open(cookie: cookies.Cookie) -> bool:
    return cookie.restricts == "none" and not cookie.secure


def _unknown_word(cookie: cookies.Cookie) -> bool:
    return cookie.same_site is not None and not cookie.restricts


def _missing(cookie: cookies.Cookie) -> bool:
    return cookie.same_site is None


@check(
    id="web.cookie.prefix",
    control="WB-03",
    severity=Severity.MEDIUM,
    requirement=N_("Cookies keep what the prefix of their name promises"),
    rationale=N_(
        "Browsers drop a cookie named __Host- or __Secure- that breaks the rules of its name: the"
        " customer is not logged in or the basket stays empty, and the protection that the name"
        " was chosen for is not there."
    ),
    remediation=N_(
        "A cookie named __Secure- needs Secure; one named __Host- needs Secure and Path=/ and must"
        " not have Domain. Set Path and Domain where the cookie is set, Secure there or in the"
        " server before it, where `__Host-session` stands for the cookie's name.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    proxy_cookie_flags __Host-session secure httponly samesite=lax;\n"
        "\n"
        "Apache:\n"
        "\n"
        '    Header always edit Set-Cookie "(?i)^(__Host-session=[^;]*).*$"'
        ' "$1; Path=/; Secure; HttpOnly; SameSite=Lax"'
    ),
    references=(f"{_STANDARD}#section-4.1.3",),
)
def prefix(http: Http, observations: Observations) -> Outcome:
    """Also over http, where browsers keep no such cookie."""
    judged = [each for each in _set(http, observations) if each.cookie.prefix]
    for each in judged:
        fault = cookies.fault_of_prefix(each.cookie, encrypted=each.encrypted)
        if fault:
            return failed(_shows([each]), f"Browsers drop {_names([each])}: {fault}.")
    return _clean(http, observations, judged, "whose name begins with __Host- or __Secure-")
