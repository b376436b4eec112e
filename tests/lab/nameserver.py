"""bind9 with signed zones from a root of its own, and a validating unbound in front of it."""

import shutil
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query

from tests.lab.hosts import HOSTS, MAIL, PLACES, Host, ascii_name
from tests.lab.processes import DidNotStart, ServerProcess
from tests.lab.zones import Zone

LISTEN = "127.0.0.1"  # named finds no other 127.x address on the interface
_REJECT = "v=DMARC1; p=reject; rua=mailto:dmarc@{zone}"

# What replaces the healthy records of a zone: SPF records, DMARC records, CAA records.
_SPOILED: dict[str, dict[str, list[str]]] = {
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
}


def address(network: str, host: Host) -> str:
    """The address that a host listens on; `network` is such as 127.40."""
    return f"{network}.0.{PLACES[host.at]}"


def zones(network: str) -> list[Zone]:
    """Every zone below test., children only."""
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
        ],
    )
    made = [good, _shop(network, web)]
    made += [Zone(host.name, _healthy(host.name, web, **_SPOILED[host.name])) for host in MAIL]
    made.append(Zone("magecart.test", _healthy("magecart.test", web)))
    made.append(Zone("insecure.test", _healthy("insecure.test", web), signed=False))
    made.append(
        Zone("bogus.test", _healthy("bogus.test", f"{network}.0.99"), spoil=("bogus.test", web))
    )
    return made


def _healthy(
    zone: str,
    web: str,
    *,
    spf: list[str] | None = None,
    dmarc: list[str] | None = None,
    caa: list[str] | None = None,
) -> list[str]:
    """The records of a zone in which everything is right, but for what is given."""
    spf = ["v=spf1 mx -all"] if spf is None else spf
    dmarc = [_REJECT.format(zone=zone)] if dmarc is None else dmarc
    caa = ['0 issue "lab-ca.test"', f'0 iodef "mailto:security@{zone}"'] if caa is None else caa
    return [
        f"@ A {web}",
        f"@ MX 10 mail.{zone}.",
        f"mail A {web}",
        *(f'@ TXT "{text}"' for text in spf),
        *(f'_dmarc TXT "{text}"' for text in dmarc),
        *(f"@ CAA {text}" for text in caa),
    ]


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


def start_authority(folder: Path, network: str, port: int) -> tuple[ServerProcess, str]:
    """A running named, and the root's key for whoever validates."""
    servers = (f"{network}.1.53", f"{network}.2.53")
    children = zones(network)
    test = Zone("test", [])
    root = Zone(".", [])
    broken = Zone("servfail.test", [], signed=False)
    for zone in children:
        zone.write(folder / f"{zone.name}.zone", servers, [])
    test.write(folder / "test.zone", servers, [*children, broken])
    root.write(folder / "root.zone", servers, [test])
    files = {zone.name: f"{zone.name}.zone" for zone in (*children, test)}
    files |= {".": "root.zone", "servfail.test": "missing.zone"}
    stanzas = "\n".join(
        f'zone "{name}" {{ type primary; file "{folder}/{file}"; }};'
        for name, file in files.items()
    )
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
        "named", (_program("named"), "-g", "-n", "1", "-c", f"{folder}/named.conf"), folder
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
        "unbound", (_program("unbound"), "-d", "-c", f"{folder}/unbound.conf"), folder
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


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        raise DidNotStart(
            f"{name} is not installed; on Debian: apt-get install bind9 unbound nginx"
        )
    return found
