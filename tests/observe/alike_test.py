"""Which names that could be taken for another exist, asked of a real name server."""

import contextlib
import json
import socket
import threading
from datetime import UTC, datetime

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from click.testing import CliRunner

from vendor_risk.cli import main
from vendor_risk.feeds import alike
from vendor_risk.feeds.folder import Folder
from vendor_risk.observe.alike import search
from vendor_risk.observe.network import Network

ZONE = {
    ("sh0p.example.", "A"): "192.0.2.66",
    ("shop-login.example.", "MX"): "10 mx.stranger.example.",
    ("shop.net.", "MX"): "0 .",
}


@pytest.fixture
def resolver():
    """The address of a name server that knows three names like shop.example."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", 0))

    def run():
        with contextlib.suppress(OSError):
            while True:
                packet, sender = wire.recvfrom(4096)
                if sender is None:
                    return
                query = dns.message.from_wire(packet)
                question = query.question[0]
                answer = dns.message.make_response(query)
                type = dns.rdatatype.to_text(question.rdtype)
                name = question.name.to_text().lower()
                if (name, type) in ZONE:
                    rrset = dns.rrset.from_text(name, 60, "IN", type, ZONE[(name, type)])
                    answer.answer.append(rrset)
                elif not any(name == known for known, _ in ZONE):
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                wire.sendto(answer.to_wire(), sender)

    threading.Thread(target=run, daemon=True).start()
    yield f"127.0.0.1:{wire.getsockname()[1]}"
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()


def test_names_that_exist_are_found(resolver):
    """With what lies behind them; a null MX is no mail."""
    found, asked, silent = search("shop.example", Network(resolvers=(resolver,)), seconds=30)

    assert {each.name: (each.addresses, each.exchanges) for each in found} == {
        "sh0p.example": (("192.0.2.66",), ()),
        "shop-login.example": ((), ("mx.stranger.example",)),
    }
    assert (asked > 100, silent) == (True, 0)


def test_the_command_shows_and_keeps_what_it_found(resolver, tmp_path, monkeypatch):
    """The next look at the domain is compared with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VENDOR_RISK_RESOLVERS", resolver)

    ran = CliRunner().invoke(main, ["lookalikes", "www.shop.example", "--json"])

    told = json.loads(ran.output)
    kept, at = alike.known("shop.example", Folder(tmp_path / "feeds"))
    assert ran.exit_code == 1
    assert [each["mail"] for each in told["found"]].count(["mx.stranger.example"]) == 1
    assert [each.name for each in kept] == [each["name"] for each in told["found"]]
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
