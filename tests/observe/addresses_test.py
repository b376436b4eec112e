"""Which addresses may be visited."""

import pytest

from vendor_risk.observe.addresses import AddressRefused, guard, guard_all


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.215.14", "192.0.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"],
)
def test_a_public_address_passes(address):
    """Public addresses come back as they are."""
    assert guard(address) == address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("0.0.0.0", "no host"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "CGNAT"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("192.0.0.8", "reserved"),
        ("192.0.0.192", "reserved"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("198.18.0.1", "benchmarks"),
        ("192.88.99.1", "6to4"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "no public address"),
        ("::1", "loopback"),
        ("::7f00:1", "no public address"),
        ("::ffff:127.0.0.1", "dressed as IPv6"),
        ("::ffff:8.8.8.8", "dressed as IPv6"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("2002:7f00:1::", "6to4"),
        ("2001::1", "Teredo"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("fc00::1", "private"),
        ("fe80::1", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("5f00::1", "no public address"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address, words):
    """The reason names the kind of address."""
    with pytest.raises(AddressRefused, match=words):
        guard(address)


def test_a_network_of_the_operator_is_allowed():
    """What the operator names may be visited, and its neighbours may not."""
    assert guard("10.1.2.3", ("10.1.0.0/16",)) == "10.1.2.3"
    with pytest.raises(AddressRefused):
        guard("10.2.0.1", ("10.1.0.0/16",))


def test_one_bad_address_refuses_the_host():
    """A name that mixes public and private addresses is refused whole, and the setting is named."""
    with pytest.raises(AddressRefused, match="SCAN_ALLOW_NETWORKS") as refused:
        guard_all("shop.example", ("1.1.1.1", "10.0.0.1"))

    assert refused.value.seen == "shop.example points to 10.0.0.1, a private address"
