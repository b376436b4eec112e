"""Checks of what a Content Security Policy says: its scripts, what it leaves out, its spelling."""

from collections.abc import Iterator
from dataclasses import dataclass

from vendor_risk.checks import csp, sources
from vendor_risk.checks.again import second_answer, second_visit
from vendor_risk.checks.arrival import CUTS, Arrival, arrive, no_document
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_curl, by_curl_body, shown
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.pages import troubled
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

Directives = dict[str, tuple[str, ...]]

NONCE_LEAST = 8  # characters; the standard wants 128 bits, which are 22
_MOST = 16  # policies of one page that are judged
_WORDS = 3  # faults that a reason names


@dataclass(frozen=True, slots=True)
class _Texts:
    """The policies in force as they are written, and where they stand."""

    header: tuple[str, ...]
    page: tuple[str, ...]
    evidence: Evidence

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them; a page does what every one allows."""
        return (self.header + self.page)[:_MOST]

    def directives(self) -> list[Directives]:
        """What browsers enforce of each; some words count only in the header."""
        known = csp.DIRECTIVES
        read = [
            {name: values for name, values in csp.parse(text).items() if name in known - passed}
            for texts, passed in ((self.header, frozenset[str]()), (self.page, csp.HEADER_ONLY))
            for text in texts
        ]
        return [each for each in read[:_MOST] if each]


def _in_force(http: Http, observations: Observations) -> _Texts | Outcome:
    """The policies in force, or why there are none to judge."""
    arrival = arrive(http, observations.domain, csp.HEADER)
    if isinstance(arrival, Outcome):
        return arrival
    page = arrival.page
    header = csp.texts(page.header(csp.HEADER))
    beside = no_document(page)
    if beside:
        return not_applicable(beside, arrival.shows(" , ".join(header) or f"no {csp.HEADER}"))
    written = csp.in_page(page)
    url = str(arrival.url)
    if header and written:
        seen = by_curl(f"{' , '.join(header)} , <meta>: {' , '.join(written)}", url)
        return _Texts(header, written, seen)
    if header:
        return _Texts(header, (), arrival.shows(" , ".join(header)))
    if written:
        seen = by_curl_body(
            f"<meta>: {' , '.join(written)}", url, "<meta[^>]*content-security-policy[^>]*>"
        )
        return _Texts((), written, seen)
    evidence = by_curl(f"no {csp.HEADER}", url)
    if page.truncated:
        return unknown(f"The header has no policy, and {CUTS[page.cut]}.", evidence)
    return not_applicable("No policy is in force, so there is none to judge.", evidence)


def _read(http: Http, observations: Observations) -> tuple[list[Directives], Evidence] | Outcome:
    """The directives of the policies in force that hold anything browsers enforce."""
    found = _in_force(http, observations)
    if isinstance(found, Outcome):
        return found
    policies = found.directives()
    if not policies:
        return not_applicable("No policy is in force, so there is none to judge.", found.evidence)
    return policies, found.evidence


def _nonces_again(http: Http, observations: Observations) -> frozenset[str]:
    """The nonces of the answer to the second visit; none where there was no such page."""
    arrival = arrive(http, observations.domain, csp.HEADER)
    answer = second_answer(http, arrival) if isinstance(arrival, Arrival) else None
    if not isinstance(answer, Response) or troubled(answer):
        return frozenset()
    texts = csp.texts(answer.header(csp.HEADER)) + csp.in_page(answer)
    words = (word for text in texts[:_MOST] for _, values in csp.written(text) for word in values)
    return frozenset(word for word in words if sources.NONCE.fullmatch(word))


@check(
    id="web.csp.script",
    control="WB-03",
    severity=Severity.MEDIUM,
    requirement=N_("The policy lets only scripts run that were chosen"),
    rationale=N_(
        "A policy that allows 'unsafe-inline' or every host stops no injected script: a flaw in"
        " the shop is enough to read the card form, although the header looks like protection."
    ),
    remediation=N_(
        "Move scripts from pages into files and list their hosts; scripts that must stay in the"
        " page get a nonce that is new and random (16 bytes) in every answer, with"
        " script-src 'nonce-…' 'strict-dynamic'. Take 'unsafe-inline', 'unsafe-eval', *, https:,"
        " http:, data: and blob: out.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"default-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'\""
        " always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"default-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'\"\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    Content-Security-Policy: default-src 'self'; script-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    references=(
        "https://www.w3.org/TR/CSP3/#directive-script-src",
        "https://www.w3.org/TR/CSP3/#security-nonces",
        "https://csp-evaluator.withgoogle.com/",
    ),
    gets=second_visit,
)
def script(http: Http, observations: Observations) -> Outcome:
    """A script runs only where every policy lets it, so a weakness must be in all of them."""
    found = _read(http, observations)
    if isinstance(found, Outcome):
        return found
    policies, evidence = found
    again = _nonces_again(http, observations)
    read = (_weaknesses(policy, again) for policy in policies)
    limiting = [weak for weak in read if weak is not None]
    if not limiting:
        return failed(evidence, "The policy has no script-src and no default-src: any script runs.")
    shared = [kind for kind in _KINDS if all(kind in weak for weak in limiting)]
    words = {kind: _word(kind, limiting) for kind in shared}
    grave = [_KINDS[kind].format(word) for kind, word in words.items() if kind in _GRAVE and word]
    if grave:
        return failed(evidence, _reason(grave))
    mild = [_KINDS[kind].format(word) for kind, word in words.items() if word]
    if mild:
        return failed(evidence, _reason(mild), severity=Severity.MEDIUM.one_lower)
    return passed(evidence)


_KINDS = {
    "inline": "{} runs any script that is written into the page",
    "web": "{} takes scripts from anybody's hosts",
    "data": "{} runs scripts that are written into an address",
    "blob": "{} runs scripts that the page puts together itself",
    "eval": "{} turns texts into scripts",
    "hashes": "{} runs scripts in attributes of the page",
    "bypass": "{} hands out scripts that get around the policy",
    "nonce": "{} is short enough to be guessed",
    "repeated": "{} is the same in two answers, so whoever read one knows the next",
}
_GRAVE = ("inline", "web", "data", "blob")


def _weaknesses(policy: Directives, again: frozenset[str]) -> dict[str, str] | None:
    """Kind of weakness to the word that brings it; None where nothing limits scripts.

    A kind without a word is one that a stronger one brings along: whoever takes scripts from any
    host takes them from the ones that get around the policy too.
    """
    if "sandbox" in policy and "allow-scripts" not in map(str.lower, policy["sandbox"]):
        return {}
    files, attributes, evaluated = (
        _first(policy, f"script-src-{part}", "script-src", "default-src")
        for part in ("elem", "attr", "")
    )
    if files is None and attributes is None:
        return None
    weak: dict[str, str] = {}
    for kind, word in _of_files(files, again):
        weak.setdefault(kind, word)
    if attributes is None or sources.allows_inline(attributes):
        weak.setdefault("inline", "'unsafe-inline'" if attributes else "a missing script-src")
    if attributes is not None and "'unsafe-hashes'" in map(str.lower, attributes):
        weak["hashes"] = "'unsafe-hashes'"
    if evaluated is None or "'unsafe-eval'" in map(str.lower, evaluated):
        weak["eval"] = "'unsafe-eval'" if evaluated else "a missing script-src"
    if "inline" in weak:
        weak.setdefault("nonce", "")
        weak.setdefault("repeated", "")
        weak.setdefault("hashes", "")
    if "web" in weak:
        weak.setdefault("bypass", "")
    return weak


def _first(policy: Directives, *names: str) -> tuple[str, ...] | None:
    return next((policy[name] for name in names if name in policy), None)


def _of_files(files: tuple[str, ...] | None, again: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The weaknesses of the list that <script> elements are held against."""
    if files is None:
        yield from (("web", "a missing script-src"), ("inline", "a missing script-src"))
        return
    if sources.allows_inline(files):
        yield "inline", "'unsafe-inline'"
    for source in files:
        nonce = sources.NONCE.fullmatch(source)
        if nonce and len(nonce[1]) < NONCE_LEAST:
            yield "nonce", source
        if nonce and source in again:
            yield "repeated", source
    if "'strict-dynamic'" in map(str.lower, files):
        return  # browsers then pass over hosts and schemes
    for source in files:
        for scheme in sorted(sources.schemes(source)):
            yield ("web" if scheme in ("http", "https") else scheme), source
        if sources.bypass(source):
            yield "bypass", source


def _word(kind: str, policies: list[dict[str, str]]) -> str:
    return next((shown(weak[kind], 80) for weak in policies if weak[kind]), "")


def _reason(parts: list[str]) -> str:
    more = f", and {len(parts) - _WORDS} more" if len(parts) > _WORDS else ""
    return f"In the policy, {'; '.join(parts[:_WORDS])}{more}."


_WITHOUT_FALLBACK = ("base-uri", "form-action", "frame-ancestors")


@check(
    id="web.csp.rest",
    control="WB-03",
    severity=Severity.LOW,
    requirement=N_("The policy says where forms go, who may frame the page and what a base may be"),
    rationale=N_(
        "default-src does not cover these: a policy without form-action lets an injected form send"
        " the card number anywhere, and one without base-uri lets one injected tag load every"
        " script of the page from another host."
    ),
    remediation=N_(
        "Add what is missing to the policy; write object-src 'none' beside it.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"default-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'\""
        " always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"default-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'\"\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    Content-Security-Policy: default-src 'self'; script-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    references=(
        "https://www.w3.org/TR/CSP3/#directive-base-uri",
        "https://www.w3.org/TR/CSP3/#directive-form-action",
        "https://www.w3.org/TR/CSP3/#directive-frame-ancestors",
        "https://www.w3.org/TR/CSP3/#directive-object-src",
    ),
)
def rest(http: Http, observations: Observations) -> Outcome:
    """One policy that has a directive is enough; object-src falls back to default-src."""
    found = _read(http, observations)
    if isinstance(found, Outcome):
        return found
    policies, evidence = found
    given = {name for policy in policies for name in policy}
    missing = [name for name in _WITHOUT_FALLBACK if name not in given]
    if not given & {"object-src", "default-src"}:
        missing.append("object-src")
    if missing:
        return failed(
            evidence,
            f"The policy sets no limit by {', '.join(missing)}.",
            severity=Severity.LOW.one_lower,
        )
    return passed(evidence)


@check(
    id="web.csp.syntax",
    control="WB-03",
    severity=Severity.LOW,
    requirement=N_("Browsers understand every word of the policy"),
    rationale=N_(
        "Browsers pass over what they do not know without a word: after a missing semicolon or a"
        " misspelt name the page runs as if that line of protection had never been written."
    ),
    remediation=N_(
        "Part directives with semicolons, write each once, and put keywords into single quotes."
        " The console of a browser names each word that it does not know.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"default-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'\""
        " always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"default-src 'self'; script-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'\"\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    Content-Security-Policy: default-src 'self'; script-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    references=(
        "https://www.w3.org/TR/CSP3/#framework-directive-source-list",
        "https://www.w3.org/TR/CSP3/#parse-serialized-policy",
    ),
)
def syntax(http: Http, observations: Observations) -> Outcome:
    """Each policy is read on its own; several of them narrow each other."""
    found = _in_force(http, observations)
    if isinstance(found, Outcome):
        return found
    texts, evidence = found.texts, found.evidence
    oddities = list(dict.fromkeys(each for text in texts for each in _oddities(text)))
    if oddities:
        return failed(evidence, _reason(oddities), severity=Severity.LOW.one_lower)
    if len(texts) > 1:
        reason = f"{len(texts)} policies stand side by side: only what all of them allow is done."
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    return passed(evidence)


_WITH_SOURCES = csp.DIRECTIVES - {
    "block-all-mixed-content",
    "require-trusted-types-for",
    "sandbox",
    "trusted-types",
    "upgrade-insecure-requests",
}
_BARE = frozenset(word.strip("'") for word in sources.KEYWORDS)


def _oddities(text: str) -> Iterator[str]:
    """What browsers pass over, or read otherwise than it was meant."""
    seen: set[str] = set()
    for name, values in csp.written(text):
        if name not in csp.DIRECTIVES and name not in csp.OTHER_DIRECTIVES:
            yield f"browsers do not know the directive {shown(name, 60)}"
        if name in seen:
            yield f"{shown(name, 60)} stands twice, and only the first counts"
        seen.add(name)
        for value in values:
            lower = value.lower()
            if lower in csp.DIRECTIVES or lower in csp.OTHER_DIRECTIVES:
                yield f"a semicolon is missing before {lower}"
            elif name in _WITH_SOURCES and lower in _BARE:
                yield f"{lower} needs single quotes"
            elif name in _WITH_SOURCES and "'" in value and not _known(value):
                yield f"browsers do not know the word {shown(value, 60)}"


def _known(word: str) -> bool:
    return bool(
        word.lower() in sources.KEYWORDS
        or sources.NONCE.fullmatch(word)
        or sources.HASH.fullmatch(word)
    )
