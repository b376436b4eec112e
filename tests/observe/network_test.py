"""Settings of a look."""

import pytest

from vendor_risk.observe.network import Network, server_text


@pytest.mark.parametrize(
    ("named", "server"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
        ("[2001:db8::53]", ("2001:db8::53", 53)),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(named, server):
    """Without a port it is 53."""
    assert Network(resolvers=(named,)).servers() == (server,)


@pytest.mark.parametrize("named", ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[::1]:5353"])
def test_a_resolver_is_told_as_it_was_named(named):
    """Port 53 goes without saying."""
    (server,) = Network(resolvers=(named,)).servers()

    assert server_text(server) == named


def test_a_resolver_is_no_name():
    """A name would need a resolver to find the resolver."""
    with pytest.raises(ValueError, match="dns"):
        Network(resolvers=("dns.example",)).servers()


def test_a_port_that_is_not_mapped_stays():
    """The map holds exceptions only."""
    network = Network(port_map={443: 8443})

    assert (network.port(443), network.port(80)) == (8443, 80)
