"""The zones of the lab, from the root down, and their DNSSEC signatures."""

import base64
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from tests.lab.processes import DidNotStart

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
    servers: tuple[str, ...] = ()  # addresses of name servers of its own, ns1 and on
    algorithm: str = "ECDSAP256SHA256"
    bits: int = 0  # of an RSA key
    digests: tuple[str, ...] = ("SHA256",)  # of the DS records above it
    lifetime: int = _LIFETIME
    iterations: int | None = None  # of NSEC3; None for NSEC
    _key: tuple[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, DNSKEY] | None = field(
        default=None, repr=False
    )

    @property
    def origin(self) -> dns.name.Name:
        return dns.name.from_text(self.name)

    @property
    def key(self) -> tuple[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, DNSKEY]:
        if self._key is None:
            private = (
                rsa.generate_private_key(65537, self.bits)
                if self.bits
                else ec.generate_private_key(ec.SECP256R1())
            )
            self._key = private, dns.dnssec.make_dnskey(private.public_key(), self.algorithm, _SEP)
        return self._key

    def ds(self) -> list[str]:
        """The DS records for the zone above."""
        anything = dns.dnssec.allow_all_policy
        return [
            dns.dnssec.make_ds(self.origin, self.key[1], digest, policy=anything).to_text()
            for digest in self.digests
        ]

    def dnskey(self) -> str:
        """The key as a trust anchor."""
        return f"{self.origin} IN DNSKEY {self.key[1].to_text()}"

    def write(self, file: Path, servers: tuple[str, ...], below: list["Zone"]) -> None:
        """The zone file: SOA, name servers, delegations, records, and the signatures."""
        base = "" if self.name == "." else f".{self.name}."
        first = f"ns1{base}" if base else "ns1.lab-root."
        lines = [f"$ORIGIN {self.origin}", f"$TTL {TTL}"]
        lines.append(f"@ SOA {first} hostmaster{base or '.lab-root.'} 1 3600 600 604800 {TTL}")
        for number, address in enumerate(self.servers or servers, 1):
            name = f"ns{number}{base or '.lab-root.'}"
            lines += [f"@ NS {name}", f"{name} A {address}"]
        for zone in below:
            for number, address in enumerate(zone.servers or servers, 1):
                name = f"ns{number}.{zone.name}."
                lines += [f"{zone.origin} NS {name}", f"{name} A {address}"]
            if zone.signed:
                lines += [f"{zone.origin} DS {digest}" for digest in zone.ds()]
        lines += self.lines
        made = dns.zone.from_text("\n".join(lines), self.origin, relativize=False)
        if self.signed and self.iterations is None:
            dns.dnssec.sign_zone(made, keys=[self.key], lifetime=self.lifetime)
        if self.spoil:
            _replace(made, *self.spoil)
        made.to_file(str(file), relativize=False)
        if self.iterations is not None:
            self._sign_with_nsec3(file)

    def _sign_with_nsec3(self, file: Path) -> None:
        """The file signed by BIND's own tool, since dnspython makes no NSEC3 records."""
        private, public = self.key
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        secret = private.private_numbers().private_value.to_bytes(32, "big")
        key = file.parent / f"K{self.name}.+013+{dns.dnssec.key_id(public):05d}"
        key.with_name(key.name + ".key").write_text(self.dnskey() + "\n")
        key.with_name(key.name + ".private").write_text(
            "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\n"
            f"PrivateKey: {base64.b64encode(secret).decode()}\n"
        )
        with file.open("a") as lines:
            lines.write(self.dnskey() + "\n")
        made = subprocess.run(
            (program("dnssec-signzone"), "-3", "-", "-H", str(self.iterations), "-z", "-P"
             , "-o", self.name, "-f", file, file, key),
            cwd=file.parent, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise DidNotStart(f"dnssec-signzone failed: {made.stderr}")


def program(name: str) -> str:
    """Where a server or a tool lies; DidNotStart where it is not installed."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        raise DidNotStart(
            f"{name} is not installed; on Debian: apt-get install bind9 unbound nginx"
        )
    return found


def _replace(zone: dns.zone.Zone, name: str, address: str) -> None:
    """Another address behind the back of the signature."""
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.A, address)
    zone.replace_rdataset(dns.name.from_text(name), dns.rdataset.from_rdata(TTL, rdata))
