"""bind9 with signed zones from a root of its own, and a validating unbound in front of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.checks.dkim_keys import rsa_key
from tests.lab.hosts import HOSTS, MAIL, PLACES, Host, ascii_name
from tests.lab.processes import ServerProcess
from tests.lab.shops import TOP, write_zones
from tests.lab.zones import Zone, program

LISTEN = "127.0.0.1"  # named finds no other 127.x address on the interface
_REJECT = "v=DMARC1; p=reject; rua=mailto:dmarc@{zone}"

# What replaces the healthy records of a zone; the names are those of the parameters of `_healthy`.
_SPOILED: dict[str, dict[str, Any]] = {
    "nospf.test": {"spf": []},
    "twospf.test": {"spf": ["v=spf1 -all", "v=spf1 mx -all"]},
    "plusall.test": {"spf": ["v=spf1 mx +all"]},
    "neutral.test": {"spf": ["v=spf1 mx ?all"]},
    "softfail.test": {"spf": ["v=spf1 mx ~all"]},
    "softfailopen.test": {"spf": ["v=spf1 mx ~all"], "dmarc": ["v=DMARC1; p=none"]},
    "spfredirect.test": {"spf": ["v=spf1 redirect=_spf.good.test"]},
    "spfloop.test": {"spf": ["v=spf1 include:spfloop.test -all"]},
    "nodmarc.test": {"dmarc": []},
    "twodmarc.test": {"dmarc": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]},
    "dmarcnone.test": {"dmarc": ["v=DMARC1; p=none; rua=mailto:dmarc@dmarcnone.test"]},
    "dmarcquarantine.test": {"dmarc": ["v=DMARC1; p=quarantine"]},
    "dmarctesting.test": {"dmarc": ["v=DMARC1; p=reject; t=y"]},
    "nocaa.test": {"caa": []},
    "mxalias.test": {"mx": ["10 alias.mxalias.test."], "more": ["alias CNAME mail"]},
    "mxgone.test": {"mx": ["10 gone.mxgone.test."]},
    "spfsyntax.test": {"spf": ["v=spf1 mx ipv4:192.0.2.1 -all"]},
    "spflookups.test": {"spf": ["v=spf1 mx " + "a:mail.spflookups.test " * 10 + "-all"]},
    "spfnine.test": {"spf": ["v=spf1 mx " + "a:mail.spfnine.test " * 8 + "-all"]},
    "spfvoids.test": {"spf": ["v=spf1 mx a:x.spfvoids.test a:y.spfvoids.test mx:z.test -all"]},
    "spfbroad.test": {"spf": ["v=spf1 mx ip4:10.0.0.0/8 -all"]},
    "dmarcsyntax.test": {"dmarc": ["v=DMARC1; p=reject; adkim=x; rua=mailto:a@dmarcsyntax.test"]},
    "dmarcoutside.test": {"dmarc": ["v=DMARC1; p=reject; rua=mailto:a@nospf.test"]},
    "dmarcconsent.test": {"dmarc": ["v=DMARC1; p=reject; rua=mailto:a@good.test"]},
    "dkimweak.test": {"dkim": [f"v=DKIM1; p={rsa_key(512)}"]},
    "dkimrevoked.test": {"dkim": ["v=DKIM1; p="]},
    "dkimnone.test": {"dkim": []},
    "stsnone.test": {"sts": []},
    "stsnohost.test": {"sts_address": ""},
    "stsprivate.test": {"sts_address": "10.0.0.7"},
    "tlsrpt.test": {"tls_reports": ["v=TLSRPTv1; rua=nobody"]},
    "bimi.test": {"more": ['default._bimi TXT "v=BIMI1; l=http://bimi.test/logo.svg"']},
    "dane.test": {"tlsa": ["0 0 1 " + "ab" * 32]},
}


# The healthy records of a zone whose name stands nowhere in its file.
_RELATIVE: dict[str, Any] = {
    "dmarc": ["v=DMARC1; p=reject; rua=mailto:dmarc@good.test"],
    "caa": ['0 issue "lab-ca.test"', '0 iodef "mailto:security@good.test"'],
    "mx": ["10 mail"],
    "tls_reports": ["v=TLSRPTv1; rua=mailto:tls@good.test"],
}


def address(network: str, host: Host) -> str:
    """The address that a host listens on; `network` is such as 127.40."""
    return f"{network}.0.{PLACES[host.at]}"


def zones(network: str, served: str) -> list[Zone]:
    """Every zone below test., children only; `served` is the certificate of the good hosts."""
    web = f"{network}.0.{PLACES['web']}"
    good = Zone(
        "good.test",
        [
            *_healthy("good.test", web),
            f"www A {web}",
            "www MX 0 .",
            'www TXT "v=spf1 -all"',
            f"sub A {web}",
            'sub TXT "v=spf1 -all"',
            "sub.good.test. MX 10 mail.good.test.",
            '_spf TXT "v=spf1 mx:good.test -all"',
            '@ HTTPS 1 . alpn="http/1.1"',
            'dmarcconsent.test._report._dmarc TXT "v=DMARC1"',
            'default._bimi TXT "v=BIMI1; l=https://good.test/logo.svg"',
            f"_443._tcp TLSA 3 0 1 {_fingerprint(served)}",
        ],
    )
    made = [good, _shop(network, web)]
    made += [
        Zone(host.name, _healthy(host.name, web, **_SPOILED.get(host.name, {}))) for host in MAIL
    ]
    plain = f"{network}.0.{PLACES['plain']}"
    nostarttls = _healthy(
        "nostarttls.test", web, mx=["10 mx.nostarttls.test."], sts=(), more=[f"mx A {plain}"]
    )
    made.append(Zone("nostarttls.test", nostarttls))
    made.append(Zone("magecart.test", _healthy("magecart.test", web)))
    made.append(Zone("insecure.test", _healthy("insecure.test", web), signed=False))
    made.append(
        Zone("bogus.test", _healthy("bogus.test", f"{network}.0.99"), spoil=("bogus.test", web))
    )
    return made + _zones_of_names(network)


_LAPSED = "lapsed-hoster.test"  # nobody ever made this zone
_GIVEN_UP = "gone-app.azurewebsites.net"
_DAY = 24 * 3600


def _zones_of_names(network: str) -> list[Zone]:
    """Zones whose name servers, keys or aliases are odd."""
    web = f"{network}.0.{PLACES['web']}"
    here = f"{network}.1.53"

    def zone(name: str, *lines: str, **facts: Any) -> Zone:
        spoiled = facts.pop("spoiled", {})
        return Zone(name, [*_healthy(name, web, **spoiled), *lines], **facts)

    def unsigned(name: str, *lines: str, **facts: Any) -> Zone:
        return zone(name, *lines, signed=False, **facts)  # so that the lab starts sooner

    return [
        unsigned("onens.test", servers=(here,)),
        unsigned("samenet.test", servers=(here, f"{network}.1.54")),
        unsigned("lamens.test", "@ NS gone.good.test."),
        unsigned("lapsedns.test", f"@ NS ns1.{_LAPSED}."),
        zone("sha1key.test", algorithm="RSASHA1", bits=2048),
        zone("sha1ds.test", digests=("SHA1",)),
        zone("bothds.test", digests=("SHA1", "SHA256")),
        zone("shortkey.test", algorithm="RSASHA256", bits=1024),
        zone("shortlife.test", lifetime=2 * _DAY),
        zone("nsec3.test", iterations=0),
        zone("nsec3five.test", iterations=5),
        zone("nsec3many.test", iterations=120),
        unsigned("dangling.test", f"www CNAME {_GIVEN_UP}."),
        unsigned("stale.test", "www CNAME gone.good.test."),
        unsigned("liveapp.test", "www CNAME live-app.azurewebsites.net."),
        unsigned("wildcard.test", f"* A {web}"),
        unsigned("wildalias.test", f"* CNAME {_GIVEN_UP}."),
        unsigned("lapsedmx.test", f"@ MX 20 mx.{_LAPSED}."),
        unsigned("lapsedspf.test", spoiled={"spf": [f"v=spf1 include:_spf.{_LAPSED} -all"]}),
        unsigned("lapsedalias.test", f"autodiscover CNAME mx.{_LAPSED}."),
    ]


def _hoster(network: str) -> tuple[Zone, Zone]:
    """A top level outside of the lab's, with a provider that hands out names below its own."""
    web = f"{network}.0.{PLACES['web']}"
    return (
        Zone("net", [], signed=False),
        Zone("azurewebsites.net", [f"live-app A {web}"], signed=False),
    )


def _healthy(
    zone: str,
    web: str,
    *,
    spf: Sequence[str] = ("v=spf1 mx -all",),
    dmarc: Sequence[str] | None = None,
    caa: Sequence[str] | None = None,
    mx: Sequence[str] | None = None,
    dkim: Sequence[str] | None = None,
    sts: Sequence[str] = ("v=STSv1; id=1",),
    sts_address: str | None = None,
    tls_reports: Sequence[str] | None = None,
    tlsa: Sequence[str] = ("3 1 1 " + "ab" * 32,),
    more: Sequence[str] = (),
) -> list[str]:
    """The records of a zone in which everything is right, but for what is given."""
    dmarc = [_REJECT.format(zone=zone)] if dmarc is None else dmarc
    caa = ['0 issue "lab-ca.test"', f'0 iodef "mailto:security@{zone}"'] if caa is None else caa
    mx = [f"10 mail.{zone}."] if mx is None else mx
    dkim = [f"v=DKIM1; k=rsa; p={rsa_key()}"] if dkim is None else dkim
    reports = [f"v=TLSRPTv1; rua=mailto:tls@{zone}"] if tls_reports is None else tls_reports
    policy_host = web if sts_address is None else sts_address
    return [
        f"@ A {web}",
        *(f"@ MX {server}" for server in mx),
        f"mail A {web}",
        *(f"@ TXT {_strings(text)}" for text in spf),
        *(f"_dmarc TXT {_strings(text)}" for text in dmarc),
        *(f"@ CAA {text}" for text in caa),
        *(f"default._domainkey TXT {_strings(text)}" for text in dkim),
        *(f"_mta-sts TXT {_strings(text)}" for text in sts),
        *([f"mta-sts A {policy_host}"] if policy_host else []),
        *(f"_smtp._tls TXT {_strings(text)}" for text in reports),
        *(f"_25._tcp.mail TLSA {text}" for text in tlsa),
        *more,
    ]


def _strings(text: str) -> str:
    """A text as TXT data: strings of 255 characters at most."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


def _fingerprint(served: str) -> str:
    """The SHA-256 of the first certificate in a PEM text."""
    return x509.load_pem_x509_certificate(served.encode()).fingerprint(hashes.SHA256()).hex()


def _shop(network: str, web: str) -> Zone:
    """The zone of all web hosts."""
    lines = _healthy("shop.test", web)
    for host in HOSTS:
        name = ascii_name(host)
        if host.at and name.endswith(".shop.test"):
            lines.append(f"{name}. A {address(network, host)}")
    long = " ".join('"' + "x" * 250 + '"' for _ in range(8))
    lines += [
        "deadv6 AAAA ::1",
        f"twofaced A {network}.0.{PLACES['tls10']}",
        'noaddress TXT "no address here"',
        "alias CNAME www.good.test.",
        "aliasloop CNAME aliasloop2",
        "aliasloop2 CNAME aliasloop",
        *(f'bigtxt TXT "{number}" {long}' for number in range(3)),
        "private A 10.0.0.7",
        "loopback A 127.0.0.1",
        "metadata A 169.254.169.254",
        "mapped AAAA ::ffff:10.0.0.1",
        f"mixed A {web}",
        "mixed A 10.0.0.1",
    ]
    return Zone("shop.test", lines)


def start_authority(
    folder: Path, network: str, port: int, served: str, shops: list[str]
) -> tuple[ServerProcess, str]:
    """A running named, and the root's key for whoever validates."""
    servers = (f"{network}.1.53", f"{network}.2.53")
    children = zones(network, served)
    test = Zone("test", [])
    root = Zone(".", [])
    broken = Zone("servfail.test", [], signed=False)
    for zone in children:
        zone.write(folder / f"{zone.name}.zone", servers, [])
    test.write(folder / "test.zone", servers, [*children, broken])
    net, hoster = _hoster(network)
    hoster.write(folder / f"{hoster.name}.zone", servers, [])
    net.write(folder / f"{net.name}.zone", servers, [hoster])
    delegated = [Zone(name, [], signed=False) for name in shops]
    top = Zone(TOP, [], signed=False)
    top.write(folder / f"{TOP}.zone", servers, delegated)
    root.write(folder / "root.zone", servers, [test, net, top])
    files = {zone.name: f"{zone.name}.zone" for zone in (*children, test, net, hoster, top)}
    files |= {".": "root.zone", "servfail.test": "missing.zone"}
    stanzas = "\n".join(
        f'zone "{name}" {{ type primary; file "{folder}/{file}"; }};'
        for name, file in files.items()
    )
    if shops:
        healthy = _healthy("@", f"{network}.0.{PLACES['web']}", **_RELATIVE)
        stanzas += "\n" + write_zones(folder, network, shops, healthy)
    (folder / "named.conf").write_text(f"""
options {{
    directory "{folder}"; pid-file none; session-keyfile "{folder}/session.key";
    listen-on port {port} {{ {LISTEN}; }}; listen-on-v6 {{ none; }};
    recursion no; allow-query {{ any; }}; notify no; empty-zones-enable no;
    dnssec-validation no; minimal-responses yes; tcp-clients 50;
}};
controls {{ }};
{stanzas}
""")
    named = ServerProcess(
        "named", (program("named"), "-g", "-n", "1", "-c", f"{folder}/named.conf"), folder
    )
    named.wait_until(lambda: answers(port, "good.test", "SOA"))
    return named, root.dnskey()


def start_resolver(
    folder: Path, anchor: str, port: int, authority_port: int, silent_port: int
) -> ServerProcess:
    """A running unbound that validates from the lab's root down."""
    (folder / "anchor.key").write_text(anchor + "\n")
    (folder / "unbound.conf").write_text(f"""
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    num-threads: 1
    interface: {LISTEN}@{port}
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    do-ip6: no
    local-zone: "test." nodefault
    trust-anchor-file: "{folder}/anchor.key"
    trust-anchor-signaling: no
    module-config: "validator iterator"
    qname-minimisation: no
    val-log-level: 2
    domain-insecure: "silent.test."
forward-zone:
    name: "."
    forward-addr: {LISTEN}@{authority_port}
forward-zone:
    name: "silent.test."
    forward-addr: {LISTEN}@{silent_port}
remote-control:
    control-enable: no
""")
    unbound = ServerProcess(
        "unbound", (program("unbound"), "-d", "-c", f"{folder}/unbound.conf"), folder
    )
    unbound.wait_until(lambda: answers(port, "good.test", "A", vouched=True))
    return unbound


def answers(port: int, name: str, type: str, *, vouched: bool = False) -> bool:
    """Whether a name server answers a question, and vouches for the answer where that is asked."""
    query = dns.message.make_query(name, type)
    query.flags |= dns.flags.AD
    try:
        response = dns.query.udp(query, LISTEN, 0.1, port)
    except (OSError, dns.exception.DNSException):
        return False
    return bool(response.answer) and (not vouched or bool(response.flags & dns.flags.AD))
