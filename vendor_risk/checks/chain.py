"""Whether a served chain leads to a root that browsers trust, and if not, why.

Verified offline with `cryptography.x509.verification` (the web's profile of RFC 5280) against
Mozilla's roots from the certifi package and the operator's own, at the time of the look.

Expiry is judged by `tls.cert.expiry` and must not count twice: a leaf that is out of its dates is
verified at the last (or first) second of its life, so a chain that was good until it expired is
trusted here. An expired certificate further up has no check of its own and is no trust.

The strict profile refuses a few chains that browsers still accept (no authority key identifier,
RSA below 2048 bits). Public authorities may not issue such certificates; for a private one the
finding says which rule was broken. Revocation is not looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.verification import (
    PolicyBuilder,
    ServerVerifier,
    Store,
    VerificationError,
)

from vendor_risk.checks import certificate as certs
from vendor_risk.checks.tables import authorities, distrusted
from vendor_risk.once import once

Certificates = tuple[x509.Certificate, ...]

NAME_LIMIT = 1000  # alternative names that are tried until the library takes one as a name
PATH_LIMIT = 10  # certificates from leaf to root: real chains have four
SIGNATURE_LIMIT = 40  # signatures that are tried while looking for the path


class Trust(StrEnum):
    """What the verification of a chain found; the words stand in the evidence."""

    TRUSTED = "trusted"
    SELF_SIGNED = "self-signed"
    PRIVATE_ROOT = "untrusted root"
    MISSING_INTERMEDIATE = "missing intermediate"
    DISTRUSTED = "distrusted"
    EXPIRED_ISSUER = "expired issuer"
    RULES = "breaks the rules for certificates"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one chain; `reason` is a sentence, `path` names the certificates found.

    `below` holds the leaf and the intermediates of the path, without its root. `public` says
    whether the root is one of the browsers', or None where no root was found.
    """

    trust: Trust
    reason: str = ""
    path: tuple[str, ...] = ()
    below: Certificates = ()
    public: bool | None = None

    def __str__(self) -> str:
        return f"{self.trust}: {' <- '.join(self.path)}"


def trust_of(value: str) -> Trust | None:
    """The result that a verdict's text begins with, which is how the evidence carries it."""
    word = value.partition(":")[0]
    return Trust(word) if word in set(Trust) else None


@dataclass(frozen=True, slots=True, eq=False)
class Roots:
    """What a chain may lead to: the roots that browsers trust, and the operator's own."""

    public: Certificates
    own: Certificates = ()

    @property
    def all(self) -> Certificates:
        """Every root, the operator's first."""
        return (*self.own, *self.public)


@once
def mozilla() -> Certificates:
    """Mozilla's roots; loaded one by one, so that one that fails costs only itself."""
    end = "-----END CERTIFICATE-----"
    return _loaded(part + end for part in certifi.contents().split(end)[:-1])


@lru_cache(maxsize=8)
def _roots(own_pems: tuple[str, ...]) -> Roots:
    return Roots(mozilla(), _loaded(own_pems))


def _loaded(pems: Iterable[str]) -> Certificates:
    return tuple(found for found in map(certs.load, pems) if found is not None)


@lru_cache(maxsize=32)
def _store(roots: Roots, left_out: frozenset[str]) -> Store:
    kept = (root for root in roots.public if certs.named(root.subject) not in left_out)
    return Store([*roots.own, *kept])


@lru_cache(maxsize=128)
def verify(chain_pem: tuple[str, ...], own_pems: tuple[str, ...], at: datetime) -> Verdict:
    """Judge a chain (the leaf first) at a time; `own_pems` are roots beside Mozilla's."""
    return judge(chain_pem, _roots(own_pems), at)


def judge(chain_pem: tuple[str, ...], roots: Roots, at: datetime) -> Verdict:
    """As `verify`, with the roots given."""
    leaf = certs.load(chain_pem[0]) if chain_pem else None
    dates = certs.validity(leaf) if leaf is not None else None
    if leaf is None or dates is None:
        return Verdict(Trust.UNREADABLE, "The served certificate cannot be read.")
    sent = _loaded(chain_pem[1:])
    late = frozenset(cut.root for cut in distrusted.CUTS if cut.after < dates[0])
    moment = _moment(dates, at)
    found = _build(leaf, sent, _store(roots, late), moment)
    if isinstance(found, tuple):
        return _anchored(Trust.TRUSTED, "", found, roots)
    if late:
        whole = _build(leaf, sent, _store(roots, frozenset()), moment)
        if isinstance(whole, tuple):
            return _cut_off(whole, dates[0], roots)
    return _why(leaf, sent, roots, moment, found)


def _moment(dates: tuple[datetime, datetime], at: datetime) -> datetime:
    """The time to verify at: that of the look, moved into the life of the leaf."""
    begin, end = dates
    return at if begin > end else min(max(at, begin), end)


def _build(
    leaf: x509.Certificate, sent: Certificates, store: Store, at: datetime
) -> Certificates | Exception:
    """The path from the leaf to a root, or why the library finds none."""
    policy = PolicyBuilder().store(store).time(at)
    try:
        return tuple(_verifier(policy, leaf).verify(leaf, list(sent)))
    except (VerificationError, ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        return error


def _verifier(policy: PolicyBuilder, leaf: x509.Certificate) -> ServerVerifier:
    """A verifier for a name that the leaf is for: if it is the right one is asked elsewhere."""
    found = certs.names(leaf)
    for name in found.dns[:NAME_LIMIT]:
        try:
            wanted = x509.DNSName("any" + name[1:] if name.startswith("*.") else name)
            return policy.build_server_verifier(wanted)
        except ValueError:
            continue
    if found.addresses:
        return policy.build_server_verifier(x509.IPAddress(ip_address(found.addresses[0])))
    return policy.build_server_verifier(x509.DNSName("no-name.invalid"))


def _words(path: Certificates) -> tuple[str, ...]:
    return tuple(_subject(member) for member in path)


def _subject(member: x509.Certificate) -> str:
    found = certs.subject(member)
    return "(unreadable)" if found is None else certs.named(found)


def _anchored(trust: Trust, reason: str, path: Certificates, roots: Roots) -> Verdict:
    """The verdict on a path that ends in a root."""
    # a bundle of the operator's may hold the browsers' roots as well
    return Verdict(trust, reason, _words(path), path[:-1] or path, path[-1] in roots.public)


def _cut_off(path: Certificates, issued: datetime, roots: Roots) -> Verdict:
    cut = distrusted.cut(_subject(path[-1]))
    assert cut is not None  # the path breaks without the roots that have a cut
    reason = (
        f"The certificate was issued on {issued:%Y-%m-%d}, and {cut.who} accepts none that"
        f" {cut.root} issued after {cut.after:%Y-%m-%d}."
    )
    return _anchored(Trust.DISTRUSTED, reason, path, roots)


def _why(
    leaf: x509.Certificate, sent: Certificates, roots: Roots, at: datetime, error: Exception
) -> Verdict:
    """Tell the reasons for a missing path apart by following the signatures ourselves."""
    if signed_by(leaf, leaf):
        reason = "The certificate is self-signed: nobody but the server itself vouches for it."
        return Verdict(Trust.SELF_SIGNED, reason, (_subject(leaf),), (leaf,), public=False)
    path = _climb(leaf, sent, roots.all)
    if path[-1] in roots.all:
        return _broken(path, at, error, roots)
    return _unanchored(path)


def _climb(leaf: x509.Certificate, sent: Certificates, roots: Certificates) -> Certificates:
    """The certificates from the leaf upwards, each having signed the one before, roots first."""
    path, budget = [leaf], SIGNATURE_LIMIT
    while len(path) < PATH_LIMIT:
        wanted = certs.issuer(path[-1])
        above = None
        for candidate in (*roots, *sent):
            if certs.subject(candidate) != wanted or candidate in path:
                continue
            budget -= 1
            if budget < 0:
                return tuple(path)
            if signed_by(path[-1], candidate):
                above = candidate
                break
        if above is None:
            return tuple(path)
        path.append(above)
        if above in roots:
            return tuple(path)
    return tuple(path)


def signed_by(member: x509.Certificate, candidate: x509.Certificate) -> bool:
    """Whether a certificate bears the signature of another one, or its own."""
    try:
        member.verify_directly_issued_by(candidate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return _signed_weakly(member, candidate)
    return True


def _signed_weakly(member: x509.Certificate, candidate: x509.Certificate) -> bool:
    """Whether the signature is good, but over SHA-1 or MD5, which the library passes over.

    Nobody trusts it either way; it only tells a weak link from one that was not sent.
    """
    try:
        digest, key = member.signature_hash_algorithm, candidate.public_key()
        if digest is None or digest.name not in ("sha1", "md5"):
            return False
        if isinstance(key, rsa.RSAPublicKey):
            padding = PKCS1v15()
            key.verify(member.signature, member.tbs_certificate_bytes, padding, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(member.signature, member.tbs_certificate_bytes, ec.ECDSA(digest))
        else:
            return False
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _broken(path: Certificates, at: datetime, error: Exception, roots: Roots) -> Verdict:
    """The path is whole, yet the library refuses it."""
    for member in path[1:]:
        dates = certs.validity(member)
        if dates is not None and not dates[0] <= at <= dates[1]:
            state = "expired on" if at > dates[1] else "does not count before"
            day = dates[1] if at > dates[1] else dates[0]
            reason = f"The certificate of its issuer, {_subject(member)}, {state} {day:%Y-%m-%d}."
            return _anchored(Trust.EXPIRED_ISSUER, reason, path, roots)
    if _is_about_reading(error):
        reason = (
            "A certificate of the chain holds something that our library cannot read, so it is"
            " open what browsers make of it."
        )
        return _anchored(Trust.UNREADABLE, reason, path, roots)
    rule = str(error).partition(" (encountered")[0].removeprefix("validation failed: ")
    rule = rule.partition(": AlgorithmIdentifier")[0]  # what follows speaks to programmers
    reason = f"The chain breaks the rules for certificates on the web (RFC 5280): {rule[:160]}."
    return _anchored(Trust.RULES, reason, path, roots)


def _is_about_reading(error: Exception) -> bool:
    """Whether the library stumbled over bytes that another one may read."""
    refused = isinstance(error, VerificationError | x509.DuplicateExtension)
    return not refused or "ASN.1 parsing error" in str(error)


def _unanchored(path: Certificates) -> Verdict:
    """No root at the end: an unknown authority, or a link that the server forgot to send."""
    top = path[-1]
    name = certs.issuer(top)
    who = "(unreadable)" if name is None else certs.named(name)
    words = (*_words(path), f"{who} (not sent)") if certs.subject(top) != name else _words(path)
    owner = "" if name is None else certs.organisation(name) or who
    gone = distrusted.removed(owner, who)
    if gone is not None:
        reason = f"Its authority, {who}, was distrusted by {gone.who} on {gone.since:%Y-%m-%d}."
        return Verdict(Trust.DISTRUSTED, reason, words, path)
    if certs.subject(top) == name:
        reason = f"The chain ends in {who}, a root that no browser trusts."
        return Verdict(Trust.PRIVATE_ROOT, reason, words, path[:-1] or path, public=False)
    if authorities.identifiers(owner) is not None:
        reason = (
            f"The server does not send the intermediate certificate of {who}, so clients that do"
            " not fetch it by themselves cannot build the chain."
        )
        return Verdict(Trust.MISSING_INTERMEDIATE, reason, words, path)
    if len(path) == 1:
        reason = (
            f"The server sends no certificate of the issuer, {who}: an intermediate certificate is"
            " missing, or the issuer is an authority that no browser knows."
        )
        return Verdict(Trust.MISSING_INTERMEDIATE, reason, words, path)
    reason = f"The chain leads to {who}, which is no root that browsers trust."
    return Verdict(Trust.PRIVATE_ROOT, reason, words, path)
