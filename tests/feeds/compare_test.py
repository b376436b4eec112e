"""From the files of lists to an observation that carries what they say."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.checks.healthy import DOMAIN, NOON, headers, http, observations, page
from tests.feeds import samples
from tests.feeds.fetch_test import quick
from tests.feeds.server import Server, says
from vendor_risk.checks.catalogue import judge
from vendor_risk.checks.observations import OBSERVATIONS, Intel, Lookalike
from vendor_risk.config import Settings, access
from vendor_risk.evidence import Severity, Status
from vendor_risk.feeds import alike, ct, rdap
from vendor_risk.feeds.access import Access
from vendor_risk.feeds.bootstrap import Registry
from vendor_risk.feeds.compare import compared
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.reading import ListRefused

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"  # beside the checkout
DAY = {
    "objectClassName": "domain",
    "ldhName": "SHOP.EXAMPLE",
    "status": ["client transfer prohibited", "active"],
    "events": [
        {"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2027-08-01T04:00:00Z"},
    ],
    "entities": [
        {"roles": ["abuse"]},
        {
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "A Ltd"]]],
        },
    ],
}


def answer(**changes):
    """The answer of a registry."""
    return json.dumps(DAY | changes).encode()


@pytest.fixture
def folder(tmp_path):
    """A folder with all lists, given by the operator the day before the look."""
    lists = Folder(tmp_path / "feeds")
    lists.path.mkdir()
    for name, content in samples.LISTS.items():
        lists.file(name).write_bytes(content)
        then = (NOON - timedelta(days=1)).timestamp()
        os.utime(lists.file(name), (then, then))
    return lists


def look(**changes):
    """A fresh look at an old Apache, nothing compared yet."""
    seen = http(page(headers=headers(server="Apache/2.4.49")))
    return observations(**{"http": seen, "intel": Intel()} | changes)


def outcomes(seen):
    """What the checks of lists say."""
    return {each.check: each.outcome for each in judge(seen) if each.family == "intel"}


def test_what_the_lists_say_is_found(folder):
    """A breach of June and a version that attackers look for."""
    found = outcomes(compared(look(), folder.path))

    assert found["intel.breach"].severity is Severity.HIGH
    assert "CVE-2021-41773" in found["intel.kev"].reason
    assert found["intel.domain"].status is Status.UNKNOWN


def test_a_comparison_goes_to_json_and_back(folder):
    """It is stored with the look and judged again next year."""
    seen = compared(look(), folder.path)

    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(seen)) == seen


def test_only_libraries_that_the_pages_load_are_kept(folder):
    """A look carries no whole list."""
    body = "<html><script src=/jquery-3.4.1.js></script></html>"
    seen = compared(look(http=http(page(body=body))), folder.path)
    without = compared(look(http=http(page(body="<html></html>"))), folder.path)

    assert [each.name for each in seen.intel.js_advisories] == ["jquery"]
    assert without.intel.js_advisories == ()


def test_without_lists_everything_is_unknown_and_says_so(tmp_path):
    """Never silently empty."""
    found = outcomes(compared(look(), tmp_path))

    assert {each.status for each in found.values()} == {Status.UNKNOWN}
    assert "there is no such list here" in found["intel.breach"].reason


def test_a_broken_list_is_a_reason(folder):
    """As is one that is missing."""
    folder.file("breaches").write_bytes(b"<html>")

    found = outcomes(compared(look(), folder.path))

    assert "its file is not used: it is not JSON" in found["intel.breach"].reason


def test_names_alike_of_the_last_search_are_carried(folder):
    """With the time of the search."""
    alike.keep(DOMAIN, (Lookalike("sh0p.example", "k", (), ("mx.example",)),), folder)

    found = outcomes(compared(look(), folder.path))

    assert found["intel.lookalike"].severity is Severity.INFORMATIONAL


@pytest.mark.skipif(not SHARED.exists(), reason="the samples of formats are not here")
def test_a_file_of_certificates_is_read(folder):
    """In the form of crt.sh: times without a zone, several names in one field."""
    content = (SHARED / "formats/crtsh_sample.json").read_bytes()
    target = folder.path / ct.KIND / f"{DOMAIN}.json"
    target.parent.mkdir()
    target.write_bytes(content)

    (logged,) = compared(look(), folder.path).intel.certificates

    assert logged.names == ("shop-example-pay.com", "www.shop-example-pay.com")
    assert logged.issuer == "Example CA"
    assert logged.not_before.isoformat() == "2026-01-05T00:00:00+00:00"


def test_an_answer_of_a_registry_is_read():
    """Its end, its states and its registrar."""
    found = rdap.read(answer(), "https://rdap.example/domain/shop.example")

    assert (found.domain, found.registrar) == (DOMAIN, "A Ltd")
    assert found.expires.isoformat() == "2027-08-01T04:00:00+00:00"
    assert found.status == ("client transfer prohibited", "active")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"errorCode": 404}', b'{"ldhName": 1}', b"[" * 50_000],
    ids=range(6),
)
def test_what_is_no_answer_about_a_domain_is_refused(content):
    """An error of a registry is one too."""
    with pytest.raises(ListRefused):
        rdap.read(content)


@pytest.mark.parametrize(
    "changes",
    [
        {"events": []},
        {"events": [{"eventAction": "expiration", "eventDate": "soon"}]},
        {"entities": [{"roles": ["registrar"], "vcardArray": [1, 2, 3]}]},
        {"entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [[], ["fn"], 7]]}]},
    ],
    ids=range(4),
)
def test_a_strange_answer_is_read_as_far_as_it_goes(changes):
    """It says less, that is all."""
    assert rdap.read(answer(**changes)).domain == DOMAIN


def registry_at(server):
    """The registries, with the one of .example at a server."""
    return (Registry(("example",), (f"http://127.0.0.1:{server.port}/v1",)),)


def nearby():
    """An access that may visit loopback, as the operator's networks say."""
    settings = Settings(_env_file=None, scan_allow_networks=("127.0.0.0/8",))
    return Access("test", access(settings).refusal, pause=0.01)


def test_a_registry_is_asked_once_a_day(folder):
    """At the address of RFC 9082, in its own media type."""
    with Server(says(answer())) as server:
        first = rdap.ask(DOMAIN, registry_at(server), nearby(), folder, NOON)
        again = rdap.ask(DOMAIN, registry_at(server), nearby(), folder, NOON)

    assert (first, again) == ("", "")
    assert [path for path, _ in server.asked] == ["/v1/domain/shop.example"]
    assert server.asked[0][1]["Accept"] == "application/rdap+json"
    assert rdap.known(DOMAIN, folder)[0].address.endswith("/v1/domain/shop.example")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (says(b"{}", status=404), "status 404"),
        (says(b"<html>"), "not JSON"),
        (says(answer(ldhName="other.example")), "another name"),
        (says(b" " * 600_000), "longer than"),
    ],
    ids=["unknown", "no JSON", "another name", "long"],
)
def test_a_registry_that_gives_nothing_is_a_reason(folder, reply, words):
    """And nothing is kept."""
    with Server(reply) as server:
        trouble = rdap.ask(DOMAIN, registry_at(server), nearby(), folder, NOON)

    assert words in trouble
    assert rdap.known(DOMAIN, folder) is None


def test_a_list_of_registries_cannot_lead_inside(folder):
    """Its addresses are not the operator's own."""
    with Server(says(answer())) as server:
        trouble = rdap.ask(DOMAIN, registry_at(server), quick(), folder, NOON)

    assert "loopback" in trouble
    assert not server.asked


def test_a_look_asks_the_registry_where_the_list_of_registries_is_there(folder):
    """And the check has its day."""
    with Server(says(answer())) as server:
        folder.file("rdap").write_bytes(samples.bootstrap(f"http://127.0.0.1:{server.port}/"))
        found = outcomes(compared(look(), folder.path, nearby()))

    assert found["intel.domain"].status is Status.PASSED
    assert "until 2027-08-01, A Ltd" in found["intel.domain"].evidence.value


def test_the_longest_ending_has_the_registry():
    """RFC 9224: co.uk before uk."""
    registries = (Registry(("uk",), ("https://a/",)), Registry(("co.uk",), ("https://b/",)))

    assert rdap.server_of("shop.co.uk", registries) == "https://b/"
    assert rdap.server_of("shop.example", registries) == ""
