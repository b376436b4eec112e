"""Asks a host what else it would accept: several handshakes, only where the vendor was told.

No attack traffic: each question is one hello, and the connection is closed as soon as the server
has chosen or refused. One connection at a time, a pause between two, and none more than needed:
one hello offers every suite of a group of classes, and only a server that accepts one of them is
asked again for the rest. "No" needs a refusal; silence, a reset or a close is no answer.
"""

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from vendor_risk.checks.observations import Elsewhere, Failure, Handshakes, Tls
from vendor_risk.observe import offers, tls
from vendor_risk.observe.connect import TcpConnection, Unreached, open_connection
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.flight import Extension, Flight, Message
from vendor_risk.observe.hello import (
    NAMES,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    TLS13,
    Offer,
    converse,
    group_name,
    speaks_ssl2,
)
from vendor_risk.observe.network import Network

Said = TypeVar("Said")

_PAUSE = 0.1  # seconds between two connections: far fewer a second than a browser makes
_STAPLE_SECONDS = 1.0  # in which a server that was asked has fetched its staple
_MOST_SILENT = 2  # hellos in a row without an answer: the host has had enough of us
_MOST_ELSEWHERE = 3  # addresses beside the one that answered
_INAPPROPRIATE_FALLBACK = 86  # RFC 7507
_PROTOCOL_VERSION = 70
# handshake_failure, illegal_parameter, protocol_version, insufficient_security (RFC 5246 7.2.2)
_REFUSALS = frozenset((40, 47, _PROTOCOL_VERSION, 71))
# OpenSSL 3 knows the old versions and finds no signature for them: internal_error
_OLD_REFUSALS = _REFUSALS | {80}
# what has never heard of SSLv3 may also find the hello unexpected or unreadable
_SSL_REFUSALS = _REFUSALS | {10, 50}
_BEFORE_13 = (TLS12, TLS11, TLS10, SSL3)
BROKEN = ("null", "anon", "export", "rc4", "3des")
_OUTDATED = ("cbc", "no_forward_secrecy")


@dataclass(slots=True)
class Probe:
    """One address of a host under questions; it counts them and stops when nobody answers."""

    host: str
    address: str
    network: Network
    deadline: Deadline
    connections: int = 0
    _silent: int = 0

    @property
    def over(self) -> bool:
        """Whether no more is asked."""
        return self._silent >= _MOST_SILENT or self.deadline.passed

    def ask(self, offer: Offer, until: Message = Message.SERVER_HELLO_DONE) -> Flight | None:
        """What the host says to an offer; None when it says nothing that can be understood."""
        hello = offer.hello(self.host)
        return self._with_connection(lambda connection: converse(connection, hello, until))

    def speaks_ssl2(self) -> bool | None:
        """Whether it answers a hello of SSLv2."""
        return self._with_connection(speaks_ssl2)

    def _with_connection(self, talk: Callable[[TcpConnection], Said]) -> Said | None:
        if self.over:
            return None
        if self.connections:
            time.sleep(min(_PAUSE, self.deadline.left))
        self.connections += 1
        seconds = self.network.connect_seconds
        within = self.deadline.within(seconds)
        port = self.network.port(443)
        try:
            with open_connection(self.address, port, within, seconds) as connection:
                said = talk(connection)
        except Unreached as trouble:
            if trouble.kind is Failure.TIMEOUT:
                self._silent += 1
            return None
        self._silent = 0
        return said


def questioned(seen: Tls, addresses: Sequence[str], network: Network, deadline: Deadline) -> Tls:
    """What a handshake showed, with what further hellos to its address and to others show."""
    started = time.monotonic()
    probe = Probe(seen.host, seen.address or addresses[0], network, deadline)
    ordinary = probe.ask(_ordinary(compression=True))
    accepts = _versions(probe, ordinary, seen)
    found = _session(ordinary)
    sieve = _weak(probe, accepts)
    found = replace(found, weak=sieve.weak, chosen=sieve.chosen)
    found = _groups(probe, found, accepts)
    found = replace(found, fallback_scsv=_fallback(probe, accepts))
    spoken = probe.speaks_ssl2()
    # a close is a refusal only of a host that answers other hellos
    accepts["SSLv2"] = None if spoken is False and ordinary is None else spoken
    found = replace(found, server_order=_server_order(probe, ordinary))
    others = [each for each in addresses if each != probe.address][:_MOST_ELSEWHERE]
    elsewhere, more = _elsewhere(seen.host, others, network, deadline)
    found = replace(
        found,
        elsewhere=elsewhere,
        connections=probe.connections + more,
        seconds=round(time.monotonic() - started, 3),
    )
    staple = _staple(ordinary) if seen.staple_b64 == "" else seen.staple_b64
    return replace(seen, accepts=accepts, staple_b64=staple, handshakes=found)


def staple(seen: Tls, network: Network, deadline: Deadline, *, tries: int) -> str | None:
    """The stapled OCSP response in base64; None when there is none, empty when nobody could tell.

    A server may fetch it only when somebody first asks (nginx does), so that two tries make sense.
    """
    probe = Probe(seen.host, seen.address or "", network, deadline)
    answer: str | None = ""
    for left in reversed(range(tries)):
        answer = _staple(probe.ask(_ordinary(), Message.CERTIFICATE_STATUS))
        if answer is not None:
            break
        time.sleep(min(_STAPLE_SECONDS, deadline.left) if left else 0)
    return answer


def _ordinary(*, compression: bool = False) -> Offer:
    """What a visitor of 2015 offered: TLS 1.2 and every suite that was not broken by then."""
    suites = (*offers.SOUND, *offers.LAST)
    protocols = ("h2", "http/1.1")
    return Offer(TLS12, suites, compression=compression, staple=True, protocols=protocols)


def _staple(flight: Flight | None) -> str | None:
    if flight is None or not flight.chose:
        return ""
    return base64.b64encode(flight.staple).decode() if flight.staple else None


def _session(flight: Flight | None) -> Handshakes:
    """The properties of a session that a ServerHello of TLS 1.2 or older shows."""
    if flight is None or not flight.chose:
        return Handshakes()
    return Handshakes(
        secure_renegotiation=Extension.RENEGOTIATION_INFO in flight.extensions,
        extended_master_secret=Extension.EXTENDED_MASTER_SECRET in flight.extensions,
        compression=flight.compression != 0,
        alpn=flight.protocol,
    )


def _versions(probe: Probe, ordinary: Flight | None, seen: Tls) -> dict[str, bool | None]:
    """Each version, and whether the host accepts it.

    A host takes the highest version that both know, so whoever refuses an offer with the alert
    protocol_version refuses everything below it too; SSLv3 is asked for all the same.
    """
    accepts: dict[str, bool | None] = dict.fromkeys(NAMES.values())
    accepts.update(seen.accepts)
    accepts[NAMES[TLS12]] = _agreed(ordinary, TLS12)
    known = ordinary
    refusals = _OLD_REFUSALS if ordinary is not None and ordinary.chose else _REFUSALS
    for version in (TLS11, TLS10):
        if not _settles(known, version):
            known = probe.ask(Offer(version, offers.OLD))
        accepts[NAMES[version]] = _agreed(known, version, refusals)
    old = probe.ask(Offer(SSL3, (*offers.OLD, *offers.BROKEN)))
    accepts["SSLv3"] = _agreed(old, SSL3, _SSL_REFUSALS)
    if seen.protocol in NAMES.values():
        accepts[str(seen.protocol)] = True
    return accepts


def _settles(flight: Flight | None, version: int) -> bool:
    """Whether the answer to an offer of more tells of a version below as well."""
    if flight is None:
        return False
    if flight.chose:
        return flight.version is not None and flight.version <= version
    return flight.alert == _PROTOCOL_VERSION


def _agreed(
    flight: Flight | None, version: int, refusals: frozenset[int] = _REFUSALS
) -> bool | None:
    if flight is None:
        return None
    if flight.version is not None and flight.chose:
        return flight.version == version if flight.version <= version else None
    return False if flight.alert in refusals else None


@dataclass(slots=True)
class _Sieve:
    """Sorts out which classes of weak suites a host accepts, and by which suite."""

    weak: dict[str, bool | None] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)

    def sift(
        self, probe: Probe, version: int, suites: Sequence[int], classes: Sequence[str]
    ) -> None:
        """Offers the classes together, and leaves out the one chosen until the host refuses."""
        left = [each for each in classes if not self.weak.get(each)]
        while left:
            offer = Offer(version, [each for each in suites if offers.class_of(each) in left])
            flight = probe.ask(offer)
            suite = flight.suite if flight is not None and flight.chose else None
            if suite is not None and suite in offer.suites:
                found = offers.class_of(suite)
                self.weak[found], self.chosen[found] = True, offers.name(suite)
                left.remove(found)
                continue
            refused = flight is not None and flight.alert in _REFUSALS
            for each in left:  # of two versions both must refuse
                before = self.weak.get(each, False)
                self.weak[each] = False if refused and before is False else None
            return


def _weak(probe: Probe, accepts: dict[str, bool | None]) -> _Sieve:
    """Each class of weak suites; a host that speaks TLS 1.3 alone has none of them."""
    sieve = _Sieve()
    before = [accepts[NAMES[version]] for version in _BEFORE_13]
    old = [version for version, spoken in zip(_BEFORE_13, before, strict=True) if spoken]
    if not old:
        if not any(spoken is None for spoken in before):
            sieve.weak = dict.fromkeys((*BROKEN, *_OUTDATED), False)
        return sieve
    # what was weakened for export is gone from TLS 1.1 on (RFC 4346), so the oldest counts too
    for version in dict.fromkeys((old[0], old[-1])):
        sieve.sift(probe, version, offers.BROKEN, BROKEN)
        sieve.sift(probe, version, (*offers.CHAINED, *offers.STATIC), _OUTDATED)
    return sieve


def _groups(probe: Probe, found: Handshakes, accepts: dict[str, bool | None]) -> Handshakes:
    """The prime of Diffie and Hellman before TLS 1.3, and the group chosen in it."""
    old = [version for version in _BEFORE_13 if accepts[NAMES[version]]]
    if old:
        suites = offers.FINITE_FIELD
        exports = [each for each in offers.BROKEN if "DHE_RSA_EXPORT" in offers.name(each)]
        if found.weak.get("export"):
            suites = (*exports, *suites)
        flight = probe.ask(Offer(old[0], suites), Message.SERVER_KEY_EXCHANGE)
        if flight is not None and flight.chose:
            found = replace(found, ephemeral_dh=True, dh_bits=flight.prime_bits)
        elif flight is not None and flight.alert in _REFUSALS:
            found = replace(found, ephemeral_dh=False)
    elif all(accepts[NAMES[version]] is False for version in _BEFORE_13):
        found = replace(found, ephemeral_dh=False)
    modern = probe.ask(Offer.modern())
    if modern is not None and modern.version == TLS13:
        accepts["TLSv1.3"] = True
        return replace(found, group=group_name(modern.group) if modern.group else None)
    if accepts["TLSv1.3"] is None:
        accepts["TLSv1.3"] = _agreed(modern, TLS13)
    return found


def _fallback(probe: Probe, accepts: dict[str, bool | None]) -> bool | None:
    """Whether the host refuses who comes back with less than it could; None when nobody can."""
    spoken = [version for version in (TLS13, TLS12, TLS11, TLS10) if accepts[NAMES[version]]]
    if len(spoken) < 2:
        return None
    suites = offers.OLD if spoken[1] < TLS12 else offers.SOUND
    flight = probe.ask(Offer(spoken[1], suites, fallback=True))
    if flight is None:
        return None
    if flight.chose:
        return False
    return True if flight.alert == _INAPPROPRIATE_FALLBACK else None


def _server_order(probe: Probe, ordinary: Flight | None) -> bool | None:
    """Whether the host takes the same suite from a hello whose order is turned round."""
    if ordinary is None or not ordinary.chose:
        return None
    turned = probe.ask(_ordinary(compression=True).reversed())
    return turned.suite == ordinary.suite if turned is not None and turned.chose else None


def _elsewhere(
    host: str, addresses: Sequence[str], network: Network, deadline: Deadline
) -> tuple[tuple[Elsewhere, ...], int]:
    """What other addresses of the host show, and how many connections that took."""
    seen: list[Elsewhere] = []
    connections = 0
    for number, address in enumerate(addresses):
        share = deadline.share(len(addresses) - number)
        if share.passed:
            break
        one, made = _other(host, address, network, share)
        seen.append(one)
        connections += made
    return tuple(seen), connections


def _other(host: str, address: str, network: Network, deadline: Deadline) -> tuple[Elsewhere, int]:
    try:
        connection = tls.shake_hands(host, (address,), network.port(443), network, deadline)
    except Unreached as trouble:
        tries = 2 if trouble.kind in (Failure.REFUSED, Failure.ALERT) else 1
        return Elsewhere(address, unreachable=trouble.reason, kind=trouble.kind), tries
    with connection:
        facts = tls.facts(host, connection, network)
    probe = Probe(host, address, network, deadline)
    time.sleep(min(_PAUSE, deadline.left))
    flight = probe.ask(Offer(TLS11, offers.OLD))
    accepts = {NAMES[TLS11]: _agreed(flight, TLS11, _OLD_REFUSALS)}
    if _settles(flight, TLS10):
        accepts[NAMES[TLS10]] = _agreed(flight, TLS10, _OLD_REFUSALS)
    one = Elsewhere(address, facts.protocol, facts.cipher, facts.chain_pem, accepts)
    return one, 1 + probe.connections
