"""Checks of DKIM: does the domain have keys for signing its mail, and are they strong enough.

Selectors cannot be listed. `_domainkey` itself is asked first: a zone that denies it (NXDOMAIN) has
no key below it (RFC 8020). Else those names are tried under which the domain's providers keep keys,
and a few that are common; a key that is not found there may still exist.
"""

from collections.abc import Iterator

from vendor_risk.checks import dkim, spf
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import exchanges, lookup, silence, texts
from vendor_risk.checks.mail import gone, names, sender, settled
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.checks.tables.selectors import BY_PROVIDER, GENERIC
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

_MOST_OF_PROVIDERS = 12  # selectors; with the common ones about 20 questions at the very most
_REFUSED_BITS = 1024  # RFC 8301 section 3.2: verifiers must not accept shorter keys
_WANTED_BITS = 2048  # RFC 8301 section 3.2: signers should use at least these
_HASH = "sha256"  # RFC 8301 section 3.1: sha1 must not be used


def waves(dns: Dns, name: str) -> tuple[tuple[str, ...], ...]:
    """The selectors to try, one wave after the other until a key is found."""
    handlers = (*exchanges(lookup(dns, name, "MX")), *_included(dns, name))
    likely = [selector for handler in handlers for selector in _kept_by(handler)]
    first = tuple(dict.fromkeys(likely))[:_MOST_OF_PROVIDERS]
    others = (tuple(each for each in wave if each not in first) for wave in GENERIC)
    return tuple(wave for wave in (first, *others) if wave)


def _kept_by(handler: str) -> tuple[str, ...]:
    """The selectors that the owner of a host uses for its customers."""
    labels = handler.split(".")
    suffixes = (".".join(labels[at:]) for at in range(len(labels) - 1))
    return next((BY_PROVIDER[suffix] for suffix in suffixes if suffix in BY_PROVIDER), ())


def _included(dns: Dns, name: str) -> tuple[str, ...]:
    """The names that the domain's own SPF records lead to, not those of its providers."""
    above, found, open_names = organisation(name), dict.fromkeys((name,)), [name]
    while open_names and len(found) < spf.NAME_LIMIT:
        at = open_names.pop()
        new = [each for each in spf.targets(lookup(dns, at, "TXT"), at, name) if each not in found]
        found |= dict.fromkeys(new)
        open_names += [each for each in new if is_subdomain(each, above)]
    return tuple(found)


def keys(dns: Dns, name: str) -> dict[str, tuple[dkim.Key, ...]]:
    """The keys that were seen, by their selectors; one selector may wrongly hold several."""
    below = f"._domainkey.{name}"
    found = {}
    for record in dns.records:
        if record.type != "TXT" or not plain(record.name).endswith(below):
            continue
        here = _read(dns, record.name)
        if here:
            found[plain(record.name).removesuffix(below)] = here
    return found


def _read(dns: Dns, at: str) -> tuple[dkim.Key, ...]:
    parsed = (dkim.parse(text) for text in texts(lookup(dns, at, "TXT")))
    return tuple(key for key in parsed if key is not None)


def _at(selector: str, name: str) -> str:
    return f"{selector}._domainkey.{name}"


def selectors(dns: Dns, observations: Observations) -> Iterator[Question]:
    """`_domainkey`, and below it one wave of selectors after the other until a key is found."""
    for name in names(observations):
        yield from ((name, "MX"), (name, "TXT"))
    if not settled(dns, observations):
        return
    name = sender(dns, observations.domain)
    if _silent_domain(dns, name):
        return
    yield f"_domainkey.{name}", "TXT"
    if lookup(dns, f"_domainkey.{name}", "TXT").status is not DnsStatus.NOERROR:
        return
    for wave in waves(dns, name):
        places = [_at(selector, name) for selector in wave]
        yield from ((at, "TXT") for at in places)
        if any(dns.answer(at, "TXT").status is DnsStatus.NOT_ASKED for at in places):
            return
        if any(_read(dns, at) for at in places):
            return


def _silent_domain(dns: Dns, name: str) -> str:
    """Why a domain signs no mail: it says that it sends none. Empty where it does not say so."""
    answer = lookup(dns, name, "MX")
    if answer.rdata and not exchanges(answer):
        return "takes no mail (null MX)"
    found = spf.records(lookup(dns, name, "TXT"))
    record = spf.parse(found[0]) if len(found) == 1 else None
    if record and record.all and record.all.qualifier == "-" and not record.mechanisms:
        return "lets nobody send in its name (v=spf1 -all)"
    return ""


def _without_keys(dns: Dns, name: str, why: str) -> Outcome:
    return gone(dns, name) or not_applicable(
        f"{shown(name)} {why}.", by_dig(why, f"_domainkey.{name}", "TXT")
    )


def _tried(dns: Dns, name: str) -> Evidence:
    asked = [
        selector
        for wave in waves(dns, name)
        for selector in wave
        if lookup(dns, _at(selector, name), "TXT").known
    ]
    if not asked:
        return by_dig("no selector was tried", f"_domainkey.{name}", "TXT")
    return by_dig(f"no key under {', '.join(asked)}", _at(asked[0], name), "TXT")


def _base(dns: Dns, name: str) -> Answer:
    return lookup(dns, f"_domainkey.{name}", "TXT")


@check(
    id="mail.dkim.any",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("The domain has a key for signing its mail (DKIM)"),
    rationale=N_(
        "A signature survives forwarding, which SPF does not. Without one a strict DMARC policy"
        " throws away real mail of the vendor that a customer forwards, and the policy is loosened"
        " again after the first complaint."
    ),
    remediation=N_(
        "Switch on signing in the mail service and publish the key that it shows, either as a TXT"
        " record or as a CNAME to the provider:\n"
        "\n"
        '    s1._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=rsa; p=<public key>"\n'
        "    s2._domainkey.example.com. 3600 IN CNAME s2.domainkey.provider.example."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc6376#section-3.6",
        "https://www.rfc-editor.org/rfc/rfc8020",
    ),
    asks=selectors,
)
def dkim_any(dns: Dns, observations: Observations) -> Outcome:
    """A key that was seen proves that there is one, and only NXDOMAIN that there is none."""
    name = sender(dns, observations.domain)
    why = _silent_domain(dns, name)
    if why:
        return _without_keys(dns, name, why)
    found = keys(dns, name)
    usable = [
        selector
        for selector, here in found.items()
        if not all(key.revoked or key.fault for key in here)
    ]
    if usable:
        return passed(
            by_dig(f"keys under {', '.join(usable)}", _at(usable[0], name), "TXT"),
        )
    base = _base(dns, name)
    evidence = by_dig(base.status, f"_domainkey.{name}", "TXT")
    if base.status is DnsStatus.NXDOMAIN and not found:
        return gone(dns, name) or failed(
            evidence,
            f"Nothing exists below _domainkey.{shown(name, 150)}, so its mail cannot be signed.",
            severity=Severity.LOW.one_lower,
        )
    if not base.known and not found:
        return unknown(silence(base), evidence)
    if found:
        return unknown(
            f"The only keys of {shown(name, 150)} that we know of are revoked or unusable:"
            f" {shown(', '.join(found), 100)}.",
            by_dig("revoked or unusable", _at(next(iter(found)), name), "TXT"),
        )
    return unknown(
        f"No key of {shown(name, 150)} lies under the usual names; others cannot be listed.",
        _tried(dns, name),
    )


@check(
    id="mail.dkim.key",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("The DKIM keys that can be found are strong and in force"),
    rationale=N_(
        "Keys of 512 and 768 bits have been broken for a few dollars, and whoever breaks one signs"
        " mail in the vendor's name that passes every test. Receivers ignore such keys, and those"
        " marked as a test, so real mail goes unsigned."
    ),
    remediation=N_(
        "Make a new key of 2048 bits under a new selector, sign with it, and empty the old one a"
        " week later:\n"
        "\n"
        "    openssl genrsa -out s2.pem 2048\n"
        "    openssl rsa -in s2.pem -pubout -outform DER | openssl base64 -A\n"
        "\n"
        '    s2._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=rsa; p=<public key>"\n'
        '    s1._domainkey.example.com. 3600 IN TXT "v=DKIM1; p="\n'
        "\n"
        "Leave out t=y and h=."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8301#section-3",
        "https://www.rfc-editor.org/rfc/rfc8463",
        "https://www.rfc-editor.org/rfc/rfc6376#section-3.6.1",
    ),
    asks=selectors,
)
def dkim_key(dns: Dns, observations: Observations) -> Outcome:
    """The weakest key decides; revoked ones and Ed25519 are only mentioned."""
    name = sender(dns, observations.domain)
    why = _silent_domain(dns, name)
    if why:
        return _without_keys(dns, name, why)
    found = keys(dns, name)
    if not found:
        base = _base(dns, name)
        if base.status is DnsStatus.NXDOMAIN:
            return _without_keys(dns, name, "has no DKIM key")
        if not base.known:
            return unknown(silence(base), by_dig(base.status, f"_domainkey.{name}", "TXT"))
        reason = f"No key of {shown(name, 150)} lies under the usual names."
        return unknown(reason, _tried(dns, name))
    worst: dict[str, list[str]] = {"fault": [], "weakness": [], "note": []}
    at: dict[str, str] = {}
    for selector, here in found.items():
        for kind, words in _remarks(here):
            worst[kind].append(f"{selector}: {words}")
            at.setdefault(kind, selector)
    listed = ", ".join(f"{each} {key}" for each, here in found.items() for key in here)
    kind = next((kind for kind in worst if worst[kind]), "")
    evidence = by_dig(listed, _at(at.get(kind, next(iter(found))), name), "TXT")
    if not kind:
        return passed(evidence)
    reason = f"DKIM keys of {shown(name, 100)}: {shown('; '.join(worst[kind]), 300)}."
    if kind == "note":
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    severity = Severity.MEDIUM if kind == "fault" else Severity.MEDIUM.one_lower
    return failed(evidence, reason, severity=severity)


def _remarks(here: tuple[dkim.Key, ...]) -> Iterator[tuple[str, str]]:
    """What is to be said of the keys of one selector, and how bad it is."""
    if len(here) > 1:
        yield (
            "weakness",
            "several keys under one selector, and receivers take any (RFC 6376 3.6.2.2)",
        )
    for key in here:
        if key.revoked:
            yield "note", "revoked (p= is empty)"
            continue
        if key.fault:
            yield "fault", key.fault
            continue
        if key.hashes and _HASH not in key.hashes:
            yield "fault", "it allows only hashes that receivers refuse (h=)"
        if key.kind == "rsa" and key.bits < _REFUSED_BITS:
            yield "fault", f"receivers refuse RSA keys of {key.bits} bits"
        elif key.kind == "rsa" and key.bits < _WANTED_BITS:
            yield "weakness", f"an RSA key of only {key.bits} bits"
        if key.testing:
            yield "weakness", "it is marked as a test (t=y)"
        if key.kind == "ed25519":
            yield "note", "an Ed25519 key, which a part of the receivers cannot verify yet"
