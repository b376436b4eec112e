"""DNS questions asked of real servers."""

import contextlib
import socket
import threading
import time

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from vendor_risk.checks.observations import Answer, Dnssec, DnsStatus
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dns import Resolver
from vendor_risk.observe.network import Network, ResolverDown

pytestmark = pytest.mark.lab


@pytest.fixture
def resolver(lab):
    """A resolver as one look has it, with ten seconds of time; other servers may be named."""

    def make(*servers, seconds=10.0):
        network = Network(resolvers=servers or (lab.resolver,))
        return Resolver(network.servers(), Deadline.after(seconds))

    return make


@pytest.fixture
def answering():
    """The address of a name server that answers each question with what a function makes of it."""
    wires = []

    def serve(*answers):
        wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wire.bind(("127.0.0.1", 0))
        wires.append(wire)

        def run():
            with contextlib.suppress(OSError):
                while True:
                    packet, sender = wire.recvfrom(4096)
                    if sender is None:  # shut down
                        return
                    for answer in answers:
                        reply = answer(packet)
                        if reply is not None:
                            wire.sendto(reply, sender)

        threading.Thread(target=run, daemon=True).start()
        return f"127.0.0.1:{wire.getsockname()[1]}"

    yield serve
    for wire in wires:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)  # wakes the thread, though it says "not connected"
        wire.close()


def right(packet, address="192.0.2.1"):
    """A true answer to a question for addresses."""
    query = dns.message.from_wire(packet)
    response = dns.message.make_response(query)
    name, type = query.question[0].name, query.question[0].rdtype
    if type == dns.rdatatype.A:
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "A", address))
    return response.to_wire()


def other_id(packet):
    """An answer that somebody guessed."""
    return bytes([packet[0] ^ 255]) + right(packet, "203.0.113.66")[1:]


def other_name(packet):
    """An answer to another question under the right number."""
    query = dns.message.from_wire(packet)
    forged = dns.message.make_query("evil.test", "A", id=query.id)
    return right(forged.to_wire(), "203.0.113.66")


def broken(packet):
    """The right question, and then bytes that are no answer."""
    return packet[:2] + b"\x81\x80\x00\x01" + b"\xff" * 6 + packet[12:-11] + b"\xc0\x0c"


@pytest.fixture
def closed():
    """An address where no name server listens: a port that is bound and says no to UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("name", "type", "status", "rdata"),
    [
        ("good.test", "MX", "NOERROR", ("10 mail.good.test",)),
        ("GOOD.test.", "TXT", "NOERROR", ("v=spf1 mx -all",)),
        (
            "good.test",
            "CAA",
            "NOERROR",
            ('0 iodef "mailto:security@good.test"', '0 issue "lab-ca.test"'),
        ),
        ("good.test", "AAAA", "NOERROR", ()),
        ("www.good.test", "MX", "NOERROR", ("0 .",)),
        ("nothing.test", "A", "NXDOMAIN", ()),
        ("servfail.test", "A", "SERVFAIL", ()),
        ("bogus.test", "A", "SERVFAIL", ()),
        ("aliasloop.shop.test", "A", "SERVFAIL", ()),
        ("deadv6.shop.test", "AAAA", "NOERROR", ("::1",)),
    ],
)
def test_a_question_gets_its_status_and_records(resolver, name, type, status, rdata):
    """What the resolver says is told as it is."""
    (answer,) = resolver().ask([(name, type)])

    assert answer.name == name.lower().rstrip(".")
    assert (answer.type, answer.status, answer.rdata) == (type, DnsStatus(status), rdata)


@pytest.mark.parametrize(("name", "vouched"), [("good.test", True), ("insecure.test", False)])
def test_an_answer_says_whether_the_resolver_vouches_for_it(resolver, name, vouched):
    """The AD bit, for checks that need DNSSEC at other names than the host's."""
    (answer,) = resolver().ask([(name, "A")])

    assert answer.authentic is vouched


def test_answers_come_in_the_order_of_the_questions(resolver):
    """Many are asked at a time, each once."""
    names = ("good.test", "nospf.test", "twospf.test", "good.test")

    answers = resolver().ask((name, "TXT") for name in names)

    assert [answer.name for answer in answers] == ["good.test", "nospf.test", "twospf.test"]
    assert [len(answer.rdata) for answer in answers] == [1, 0, 2]


def test_an_answer_that_is_too_long_for_udp_comes_by_tcp(resolver):
    """Three TXT records of 2,001 characters each."""
    (answer,) = resolver().ask([("bigtxt.shop.test", "TXT")])

    assert [len(text) for text in answer.rdata] == [2001, 2001, 2001]


def test_aliases_on_the_way_are_recorded(resolver):
    """The CNAME of an answer is an answer of its own."""
    asked = resolver()
    asked.ask([("alias.shop.test", "A")])

    alias = Answer("alias.shop.test", "CNAME", DnsStatus.NOERROR, ("www.good.test",))
    assert alias in asked.records()


def test_a_silent_zone_times_out_by_the_deadline(resolver):
    """The resolver lives, so it is the zone that is dead, and the deadline holds."""
    asked = resolver(seconds=1.0)
    began = time.monotonic()

    (answer,) = asked.ask([("silent.test", "A")])

    assert answer.status is DnsStatus.TIMEOUT
    assert time.monotonic() - began < 5


def test_a_name_that_cannot_be_asked_stops_nothing(resolver):
    """A label of 64 characters, as a hostile SPF record may name one."""
    asked = resolver()

    bad, good = asked.ask([("x" * 64 + ".test", "TXT"), ("good.test", "TXT")])

    assert not bad.known
    assert good.rdata == ("v=spf1 mx -all",)


@pytest.mark.parametrize(
    ("host", "organisation", "state"),
    [
        ("good.test", "good.test", Dnssec.SECURE),
        ("sub.good.test", "good.test", Dnssec.SECURE),
        ("alias.shop.test", "shop.test", Dnssec.SECURE),
        ("nothing.test", "nothing.test", Dnssec.SECURE),
        ("insecure.test", "insecure.test", Dnssec.INSECURE),
        ("bogus.test", "bogus.test", Dnssec.BOGUS),
        ("servfail.test", "servfail.test", Dnssec.UNKNOWN),
        ("aliasloop.shop.test", "shop.test", Dnssec.UNKNOWN),
    ],
)
def test_the_state_of_dnssec_is_told_apart(resolver, host, organisation, state):
    """Secure by the AD bit, insecure by a missing DS, bogus by an answer to CD alone."""
    assert resolver().dnssec(host, organisation) is state


@pytest.mark.parametrize(
    ("host", "state"), [("good.test", Dnssec.UNKNOWN), ("insecure.test", Dnssec.INSECURE)]
)
def test_a_resolver_that_does_not_validate_is_not_believed(resolver, lab, host, state):
    """No AD bit although there is a DS record means that nobody looked."""
    assert resolver(lab.unvalidating).dnssec(host, host) is state


class Failing:
    """A validating resolver in front of a zone whose addresses fail unless nobody checks."""

    def __init__(self, *, signed=True, failures=99, error=None, unchecked=True):
        self.signed = signed
        self.failures = failures
        self.error = error
        self.unchecked = unchecked

    def __call__(self, packet):
        query = dns.message.from_wire(packet)
        question = query.question[0]
        if question.rdtype == dns.rdatatype.DS:
            response = dns.message.make_response(query)
            if self.signed:
                digest = "12345 13 2 " + "ab" * 32
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "DS", digest))
                response.flags |= dns.flags.AD
            return response.to_wire()
        if question.rdtype == dns.rdatatype.AAAA or (query.flags & dns.flags.CD and self.unchecked):
            return right(packet)
        self.failures -= 1
        if self.failures < 0:
            return right(packet)
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.SERVFAIL)
        if self.error is not None:
            response.use_edns(0, options=[dns.edns.EDEOption(self.error)])
        return response.to_wire()


@pytest.mark.parametrize(
    ("zone", "state"),
    [
        (Failing(), Dnssec.BOGUS),
        (Failing(signed=False), Dnssec.UNKNOWN),
        (Failing(failures=2), Dnssec.UNKNOWN),
        (Failing(unchecked=False), Dnssec.UNKNOWN),
        (Failing(unchecked=False, error=7), Dnssec.BOGUS),
        (Failing(unchecked=False, error=22), Dnssec.UNKNOWN),
    ],
    ids=["signed", "unsigned", "recovers", "dead", "says so", "says unreachable"],
)
def test_failing_servers_are_told_from_bad_signatures(resolver, answering, zone, state):
    """An answer that comes only when nobody checks may be the luck of a second question."""
    assert resolver(answering(zone)).dnssec("shop.example", "shop.example") is state


def test_dead_zones_delay_nobody(resolver):
    """Six looks at dead zones wait for more answers than may be in flight at a time."""
    dead = [
        threading.Thread(
            target=resolver(seconds=4.0).ask,
            args=([(f"n{number}.silent.test", "A") for number in range(20)],),
        )
        for _ in range(6)
    ]
    for each in dead:
        each.start()
    time.sleep(0.1)

    answers = resolver(seconds=1.5).ask((f"n{number}.good.test", "A") for number in range(20))

    for each in dead:
        each.join()
    assert {answer.status for answer in answers} == {DnsStatus.NXDOMAIN}


def test_a_healthy_name_is_not_kept_waiting_behind_dead_ones(resolver):
    """More dead names than one look has places, asked first and within one try."""
    names = [*(f"n{number}.silent.test" for number in range(24)), "good.test"]

    *_, last = resolver(seconds=1.9).ask((name, "A") for name in names)

    assert last.status is DnsStatus.NOERROR


def test_a_dead_resolver_is_told_from_a_dead_domain(resolver, closed):
    """Nobody listens: that is our trouble, and the message names the resolver and the setting."""
    with pytest.raises(ResolverDown, match=f"{closed} does not answer.*VENDOR_RISK_RESOLVERS"):
        resolver(closed).ask([("good.test", "A")])


def test_a_resolver_that_swallows_questions_is_dead(resolver, lab):
    """Nothing comes back, not even for the root."""
    with pytest.raises(ResolverDown, match="does not answer"):
        resolver(lab.silent, seconds=0.5).ask([("good.test", "A")])


@pytest.mark.parametrize("beside", [(), ("closed",)], ids=["alone", "beside a dead one"])
def test_a_packet_that_is_lost_makes_no_resolver_dead(resolver, answering, closed, beside):
    """The question for the root got lost once, and is answered at the second time."""
    roots = []

    def busy(packet):
        if dns.message.from_wire(packet).question[0].name != dns.name.root:
            return None
        roots.append(packet)
        return right(packet) if len(roots) > 1 else None

    servers = (*(closed for _ in beside), answering(busy))
    (answer,) = resolver(*servers, seconds=0.3).ask([("good.test", "A")])

    assert (answer.status, len(roots)) == (DnsStatus.TIMEOUT, 2)


def test_a_resolver_that_refuses_us_is_named(resolver, lab):
    """A name server that is none of ours says REFUSED to everything."""
    with pytest.raises(ResolverDown, match="refuses to answer"):
        resolver(lab.refusing).ask([("good.test", "A")])


@pytest.mark.parametrize("forged", [other_id, other_name])
def test_a_forged_answer_is_passed_over(resolver, answering, forged):
    """Number and question must fit; the true answer that comes after it counts."""
    (answer,) = resolver(answering(forged, right)).ask([("good.test", "A")])

    assert answer.rdata == ("192.0.2.1",)


def test_a_broken_answer_stops_nothing(resolver, answering):
    """What cannot be read counts as a failure of the name servers."""
    (answer,) = resolver(answering(broken)).ask([("good.test", "A")])

    assert answer.status is DnsStatus.SERVFAIL


@pytest.mark.parametrize("dead", ["closed", "silent"])
def test_a_second_resolver_stands_in(resolver, lab, closed, dead):
    """One dead resolver of two costs its time once, and no answer."""
    first = closed if dead == "closed" else lab.silent
    asked = resolver(first, lab.resolver)

    (answer,) = asked.ask([("good.test", "MX")])
    began = time.monotonic()
    asked.ask([("nospf.test", "MX")])

    assert answer.rdata == ("10 mail.good.test",)
    assert time.monotonic() - began < 2  # what asking the dead one first would cost


def test_no_question_is_asked_twice(resolver):
    """The second answer is the first one."""
    asked = resolver()
    (first,) = asked.ask([("good.test", "A")])

    (second,) = asked.ask([("good.test", "A")])

    assert second is first


def test_a_great_many_questions_lose_no_answer(resolver):
    """The bound of questions in flight keeps packets from being lost."""
    asked = resolver()

    answers = asked.ask((f"n{number}.good.test", "A") for number in range(400))

    assert {answer.status for answer in answers} == {DnsStatus.NXDOMAIN}


def test_the_signatures_of_keys_come_with_them(resolver):
    """As an answer of their own; those of other records are not asked for."""
    asked = resolver()

    asked.ask([("good.test", "DNSKEY"), ("good.test", "A")])
    signed = {each.name: each for each in asked.records() if each.type == "RRSIG"}

    assert signed.keys() == {"good.test"}
    assert signed["good.test"].rdata[0].startswith("DNSKEY 13 2 ")
    assert signed["good.test"].authentic is True


def test_keys_that_are_not_there_have_no_signatures(resolver):
    """An unsigned zone leaves nothing."""
    asked = resolver()

    asked.ask([("insecure.test", "DNSKEY")])

    assert "RRSIG" not in {each.type for each in asked.records()}


def test_a_no_brings_the_zone(resolver):
    """So nobody has to ask for it."""
    asked = resolver()

    asked.ask([("nobody.good.test", "A")])
    answers = {(each.name, each.type): each for each in asked.records()}

    assert answers["good.test", "SOA"].rdata[0].startswith("ns1.good.test hostmaster.good.test 1 ")
