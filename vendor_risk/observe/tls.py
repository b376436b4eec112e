"""One handshake with a host: what it sends and agrees to, judged by nobody here."""

import socket
import ssl
import warnings
from collections.abc import Sequence
from typing import Any

from vendor_risk.checks.observations import CERTIFICATE_LIMIT, Failure, Tls
from vendor_risk.observe import flight, hello
from vendor_risk.observe.connect import (
    TcpConnection,
    TlsConnection,
    Unreached,
    first_of,
    open_connection,
    unreached,
)
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.flight import Message
from vendor_risk.observe.network import Network

_LEGACY_SERVER_CONNECT = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT, which ssl names only from 3.12 on
_HANDSHAKE = 22  # the type of a record, RFC 8446 section 5.1
_CERTIFICATE_REQUEST = 13  # the message of RFC 5246 section 7.4.4 and RFC 8446 section 4.3.2
_TICKET = 4  # NewSessionTicket, RFC 8446 section 4.6.1
_MESSAGES = 256  # of one connection: a handshake has some ten, and a few tickets follow it
_HANDSHAKE_BYTES = 256 * 1024  # OpenSSL itself stops at a chain of 100 KiB


class _Asked(TlsConnection):
    """A connection that knows what the library keeps to itself of the messages of its host."""

    asked_for_certificate = False
    messages = 0  # of handshakes that came so far
    group: str | None = None  # of the key exchange
    early_data: int | None = None  # bytes; 0 where the tickets allow none, None without tickets


def _context(*protocols: str) -> ssl.SSLContext:
    """A context that trusts anything and speaks old versions, since we look and do not confide.

    The certificate is judged later from the chain: a verifying handshake that fails hands back
    no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old it is, and to be seen
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.options |= _LEGACY_SERVER_CONNECT
    if protocols:
        context.set_alpn_protocols(protocols)
    context.sslsocket_class = _Asked
    context._msg_callback = _hear  # type: ignore[attr-defined]  # nothing public tells as much
    return context


def _hear(connection: object, direction: str, *message: Any) -> None:
    """Notes on a connection what its host asks for and says in the handshake.

    Whether it asked for a certificate of its visitor: before TLS 1.3 a host that gets none ends
    the handshake with an alert that says no more than that it failed. Which group it chose. How
    much it takes early of a visitor who comes back.
    """
    version, content, kind, text = message
    if direction != "read" or content != _HANDSHAKE or not isinstance(connection, _Asked):
        return
    connection.messages += 1
    if connection.messages > _MESSAGES or connection.deadline.passed:
        # OpenSSL passes over some messages for as long as they come, without ever waiting
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    if kind == _CERTIFICATE_REQUEST:
        connection.asked_for_certificate = True
    elif kind == Message.SERVER_HELLO:
        group = flight.chosen_group(bytes(text[4:]))
        connection.group = hello.group_name(group) if group else None
    elif kind == _TICKET and version == ssl.TLSVersion.TLSv1_3:
        connection.early_data = flight.early_data(bytes(text[4:]))


# one each for the process: a new one costs up to 58 ms
_WEB = _context("http/1.1")  # and no h2, so that the same connection serves the pages
_BARE = _context()


def shake_hands(
    host: str, addresses: Sequence[str], port: int, network: Network, deadline: Deadline
) -> TlsConnection:
    """An open connection to the first address that completes a handshake; Unreached when none.

    A refusal or an alert is believed at the second time.
    """

    def attempt(address: str) -> TlsConnection:
        return _handshake(host, address, port, network, deadline)

    return first_of(addresses, attempt, tries=2, deadline=deadline)


def _handshake(
    host: str, address: str, port: int, network: Network, deadline: Deadline
) -> TlsConnection:
    plain = open_connection(address, port, deadline, network.connect_seconds)
    return wrapped(host, plain, network, web=True)


def wrapped(
    host: str, plain: TcpConnection, network: Network, *, web: bool = False
) -> TlsConnection:
    """The encrypted connection that a plain one becomes; Unreached when the handshake fails."""
    context = _WEB if web else _BARE
    try:
        connection = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except OSError as error:
        plain.close()
        raise unreached(error) from error
    except ValueError as error:
        plain.close()
        raise Unreached("the name cannot be sent in a handshake", Failure.OTHER) from error
    assert isinstance(connection, _Asked)
    connection.address = plain.address
    connection.deadline = plain.deadline
    connection.allowance = _HANDSHAKE_BYTES
    connection.settimeout(max(0.001, plain.deadline.within(network.connect_seconds).left))
    try:
        connection.do_handshake()
    except OSError as error:
        connection.close()
        trouble = unreached(error)
        if trouble.kind is Failure.RESET:
            reason = f"{trouble.reason.removesuffix(' without an answer')} before any certificate"
            raise Unreached(reason, Failure.RESET) from error
        if trouble.kind is Failure.ALERT and connection.asked_for_certificate:
            reason = f"the host asks visitors for a certificate of their own: {trouble.reason}"
            raise Unreached(reason, Failure.OTHER) from error
        raise trouble from error
    return connection


def facts(host: str, connection: TlsConnection, network: Network) -> Tls:
    """What the handshake of an open connection showed."""
    cipher = connection.cipher()
    return Tls(
        host=host,
        chain_pem=_chain(connection)[:CERTIFICATE_LIMIT],
        protocol=connection.version(),
        cipher=cipher[0] if cipher else None,
        alpn=connection.selected_alpn_protocol(),
        extra_roots_pem=network.extra_roots_pem,
        address=connection.address,
        group=getattr(connection, "group", None),
    )


def _chain(connection: ssl.SSLSocket) -> tuple[str, ...]:
    """The certificates as sent, in PEM; the method is public from Python 3.13 on."""
    public = getattr(connection, "get_unverified_chain", None)
    if public is not None:
        return tuple(ssl.DER_cert_to_PEM_cert(der) for der in public())
    private = connection._sslobj  # type: ignore[attr-defined]
    return tuple(each.public_bytes() for each in private.get_unverified_chain() or ())
