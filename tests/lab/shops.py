"""Thousands of hosts of which no two share a zone or a certificate, for scans of many."""

from pathlib import Path

from tests.lab.authority import Authority
from tests.lab.hosts import PLACES

TOP = "example"  # RFC 6761 section 6.5: nobody can own a name below it, and resolvers pass it on
DRIPPING = ("mute", "headerdrip", "bodydrip", "tlsdrip")


def shops(count: int) -> list[str]:
    """The names of healthy shops."""
    return [f"g{number:04}.{TOP}" for number in range(1, count + 1)]


def dripping_shops(count: int) -> list[str]:
    """The names of shops that hold a look for as long as it lasts, each in one of four ways."""
    return [
        f"{DRIPPING[number % len(DRIPPING)]}{number:04}.{TOP}" for number in range(1, count + 1)
    ]


def place(name: str) -> str:
    """Which listener a shop has."""
    word = name.partition(".")[0].rstrip("0123456789")
    return word if word in DRIPPING else "web"


def write_zones(folder: Path, network: str, names: list[str], healthy: list[str]) -> str:
    """The stanzas of the zones: one file for all shops of a kind, its names relative to each.

    None is signed, as nine of ten zones are not.
    """
    for at in {place(name) for name in names}:
        lines = [
            "$TTL 3600",
            "@ SOA ns1 hostmaster 1 3600 600 604800 3600",
            *(f"@ NS ns{n}\nns{n} A {network}.{n}.53" for n in (1, 2)),
            *healthy,
            f"www A {network}.0.{PLACES['web']}",
        ]
        if at != "web":
            shop = f"@ A {network}.0."
            lines = [shop + str(PLACES[at]) if line.startswith(shop) else line for line in lines]
        (folder / f"shop-{at}.zone").write_text("\n".join(lines) + "\n")
    return "\n".join(
        f'zone "{name}" {{ type primary; file "{folder}/shop-{place(name)}.zone"; }};'
        for name in names
    )


def write_certificates(folder: Path, authority: Authority, names: list[str]) -> None:
    """A certificate for each shop and the host of its policy for mail."""
    for name in names:
        leaf = authority.leaf(name, f"www.{name}", f"mta-sts.{name}")
        assert leaf.issuer is not None
        (folder / f"{name}.crt").write_text(leaf.pem + leaf.issuer.pem)
        (folder / f"{name}.pem").write_text(leaf.key_pem)
