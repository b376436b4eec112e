"""The zones of the lab, from the root down, and their DNSSEC signatures."""

from dataclasses import dataclass, field
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.rdtypes.ANY.DNSKEY import DNSKEY

TTL = 300
_LIFETIME = 30 * 24 * 3600  # seconds that a signature holds
_SEP = 257  # flags of a key that signs everything of its zone (RFC 4034 2.1.1)


@dataclass
class Zone:
    """A zone to be: the lines of its records, names relative to it, and how it is signed."""

    name: str
    lines: list[str]
    signed: bool = True
    delegated: bool = True
    spoil: tuple[str, str] | None = None  # a line of the signed zone, and what replaces its data
    _key: tuple[ec.EllipticCurvePrivateKey, DNSKEY] | None = field(default=None, repr=False)

    @property
    def origin(self) -> dns.name.Name:
        return dns.name.from_text(self.name)

    @property
    def key(self) -> tuple[ec.EllipticCurvePrivateKey, DNSKEY]:
        if self._key is None:
            private = ec.generate_private_key(ec.SECP256R1())
            self._key = (
                private,
                dns.dnssec.make_dnskey(
                    private.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, _SEP
                ),
            )
        return self._key

    def ds(self) -> str:
        """The DS record for the zone above."""
        return dns.dnssec.make_ds(self.origin, self.key[1], "SHA256").to_text()

    def dnskey(self) -> str:
        """The key as a trust anchor."""
        return f"{self.origin} IN DNSKEY {self.key[1].to_text()}"

    def write(self, file: Path, servers: tuple[str, ...], below: list["Zone"]) -> None:
        """The zone file: SOA, name servers, delegations, records, and the signatures."""
        base = "" if self.name == "." else f".{self.name}."
        first = f"ns1{base}" if base else "ns1.lab-root."
        lines = [f"$ORIGIN {self.origin}", f"$TTL {TTL}"]
        lines.append(f"@ SOA {first} hostmaster{base or '.lab-root.'} 1 3600 600 604800 {TTL}")
        for number, address in enumerate(servers, 1):
            name = f"ns{number}{base or '.lab-root.'}"
            lines += [f"@ NS {name}", f"{name} A {address}"]
        for zone in below:
            for number, address in enumerate(servers, 1):
                name = f"ns{number}.{zone.name}."
                lines += [f"{zone.origin} NS {name}", f"{name} A {address}"]
            if zone.signed:
                lines.append(f"{zone.origin} DS {zone.ds()}")
        lines += self.lines
        made = dns.zone.from_text("\n".join(lines), self.origin, relativize=False)
        if self.signed:
            dns.dnssec.sign_zone(made, keys=[self.key], lifetime=_LIFETIME)
        if self.spoil:
            _replace(made, *self.spoil)
        made.to_file(str(file), relativize=False)


def _replace(zone: dns.zone.Zone, name: str, address: str) -> None:
    """Another address behind the back of the signature."""
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.A, address)
    zone.replace_rdataset(dns.name.from_text(name), dns.rdataset.from_rdata(TTL, rdata))
