"""Which questions are asked, and what the answers lead to."""

from tests.checks.healthy import dns
from vendor_risk.checks.observations import Answer, Dns, DnsStatus
from vendor_risk.checks.questions import NAME_LIMIT, follow_up, questions


def test_questions_of_a_registrable_name():
    """Eleven questions tell everything about a plain domain."""
    assert questions("shop.example") == (
        ("shop.example", "A"),
        ("shop.example", "AAAA"),
        ("shop.example", "MX"),
        ("shop.example", "TXT"),
        ("shop.example", "CAA"),
        ("shop.example", "NS"),
        ("shop.example", "SOA"),
        ("shop.example", "DS"),
        ("shop.example", "DNSKEY"),
        ("_dmarc.shop.example", "TXT"),
        ("_dmarc.example", "TXT"),
    )


def test_a_host_below_adds_its_own_and_the_names_between():
    """CAA climbs, DMARC walks, mail is asked at both ends."""
    added = set(questions("a.login.shop.example")) - set(questions("shop.example"))

    assert added == {
        ("a.login.shop.example", "A"),
        ("a.login.shop.example", "AAAA"),
        ("a.login.shop.example", "MX"),
        ("a.login.shop.example", "TXT"),
        ("a.login.shop.example", "CAA"),
        ("login.shop.example", "CAA"),
        ("_dmarc.a.login.shop.example", "TXT"),
        ("_dmarc.login.shop.example", "TXT"),
    }


def test_nothing_follows_from_a_complete_look():
    """A record that names only networks leads nowhere."""
    assert follow_up(dns(), "shop.example") == ()


def test_includes_and_redirects_are_asked_next():
    """Names with macros depend on the message and are left out."""
    record = '"v=spf1 include:_spf.example.net include:%{i}.example.org redirect=Other.Example"'
    seen = dns({("shop.example", "TXT"): (record,)})

    assert follow_up(seen, "shop.example") == (
        ("_spf.example.net", "TXT"),
        ("other.example", "TXT"),
    )


def test_macros_that_every_message_shares_are_expanded():
    """%{d} is the name that has the record, %{o} the one that mail comes from."""
    seen = dns(
        {
            ("shop.example", "TXT"): ('"v=spf1 include:_spf.%{d} redirect=%{d2r}.b.example"',),
            ("_spf.shop.example", "TXT"): ('"v=spf1 include:%{o}.c.example include:%{d1}.d.x"',),
        }
    )

    assert follow_up(seen, "shop.example") == (
        ("example.shop.b.example", "TXT"),
        ("shop.example.c.example", "TXT"),
        ("example.d.x", "TXT"),
    )


def test_policies_of_the_host_and_of_its_organisation_are_followed():
    """Which of the two is judged is known only from the answers."""
    seen = dns({("shop.example", "TXT"): ('"v=spf1 include:_spf.example.net -all"',)})

    assert follow_up(seen, "www.shop.example") == (("_spf.example.net", "TXT"),)


def test_a_circle_of_includes_ends():
    """Each name is asked once."""
    table = {
        ("shop.example", "TXT"): ('"v=spf1 include:a.example -all"',),
        ("a.example", "TXT"): ('"v=spf1 include:shop.example include:a.example -all"',),
    }

    assert follow_up(dns(table), "shop.example") == ()


def rounds(zone, domain):
    """Answer every follow-up from a function, as the scanner does; returns how often and what."""
    records, count = [], 0
    while wanted := follow_up(Dns(tuple(records)), domain) if records else ((domain, "TXT"),):
        count += 1
        records += [Answer(name, type, DnsStatus.NOERROR, zone(name)) for name, type in wanted]
    return count, len(records)


def test_endless_includes_end_after_ten_rounds():
    """The first look and ten more: RFC 7208 lets no mail server go further."""

    def deeper(name):
        return (f'"v=spf1 include:x.{name} -all"',)

    assert rounds(deeper, "shop.example") == (11, 11)


def test_a_tree_of_includes_ends_at_forty_names():
    """A hostile zone cannot make the scanner ask for more."""

    def wider(name):
        return (f'"v=spf1 include:a.{name} include:b.{name} include:c.{name} -all"',)

    assert rounds(wider, "shop.example")[1] == NAME_LIMIT


def test_a_cname_is_followed_when_the_resolver_did_not():
    """Addresses and CAA stand at its end."""
    seen = dns(
        {
            ("shop.example", "A"): (),
            ("shop.example", "AAAA"): (),
            ("shop.example", "CAA"): (),
            ("shop.example", "CNAME"): ("cdn.example.net",),
        }
    )

    assert follow_up(seen, "shop.example") == (
        ("cdn.example.net", "A"),
        ("cdn.example.net", "AAAA"),
        ("cdn.example.net", "CAA"),
    )


def test_a_cname_is_left_alone_when_the_resolver_went_there():
    """Its addresses are in the answer for the host already."""
    assert follow_up(dns({("shop.example", "CNAME"): ("cdn.example.net",)}), "shop.example") == ()
