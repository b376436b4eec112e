"""Servers that do what nginx will not: drop, reset, drip, flood, hint, answer nonsense.

Run as a process of its own:
`python -m tests.lab.odd NETWORK HTTP HTTPS SILENT REFUSING SMTP CERT KEY`.
"""

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence

from aiosmtpd.smtp import SMTP

from tests.lab.hosts import PLACES
from tests.lab.pages import HEALTHY, PAGE

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Play = Callable[[Reader, Writer, bool], Awaitable[None]]

_BROTLI = bytes(1024)  # packed by a header that says so; nobody may open it
_DRIP = 0.2  # seconds between two bytes: far below any timeout of one read
_FIELDS = "".join(f"{name}: {value}\r\n" for name, value in HEALTHY.items())


def _response(body: bytes = PAGE.encode(), fields: str = _FIELDS, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{fields}Connection: close\r\n\r\n".encode() + body


async def _request(reader: Reader) -> bytes:
    """The header of one request."""
    return await reader.readuntil(b"\r\n\r\n")


async def _drip(writer: Writer, content: bytes) -> None:
    for byte in content:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(_DRIP)


async def _flood(writer: Writer, content: bytes) -> None:
    """Sends without end; the pause lets the loop see that the other side is gone."""
    while True:
        writer.write(content)
        await writer.drain()
        await asyncio.sleep(0)


async def drop(reader: Reader, writer: Writer, secure: bool) -> None:
    """Closes at once."""


async def reset(reader: Reader, writer: Writer, secure: bool) -> None:
    """Resets at once: a linger of zero seconds makes close send RST."""
    wire = writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def mute(reader: Reader, writer: Writer, secure: bool) -> None:
    """Says nothing until the other side gives up."""
    while await reader.read(65536):
        pass


async def headerdrip(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    await _drip(writer, b"HTTP/1.1 200 OK\r\n" + b"X-Slow: drip\r\n" * 1000)


async def slow(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    await asyncio.sleep(1)
    if secure:
        writer.write(_response())
    else:
        writer.write(_response(b"", "Location: https://slow.shop.test/\r\n", "301 Moved"))


async def bodydrip(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    head, _, body = _response(PAGE.encode() * 100).partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    await _drip(writer, body)


async def headerflood(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _flood(writer, (b"X-Flood: " + b"y" * 20_000 + b"\r\n") * 10)


async def tlsdrip(reader: Reader, writer: Writer, secure: bool) -> None:
    """The beginning of a handshake record of 16 KiB."""
    await _drip(writer, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x00" * 16_000)


async def chunkflood(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
    writer.write(b"Transfer-Encoding: chunked\r\n\r\n5\r\nshop!\r\n")
    await _flood(writer, b"0" * 65536)


async def packed(reader: Reader, writer: Writer, secure: bool) -> None:
    way = "br" if b" /br " in await _request(reader) else "gzip"
    body = _BROTLI if way == "br" else gzip.compress(b"a" * 1024**2)
    writer.write(_response(body, _FIELDS + f"Content-Encoding: {way}\r\n"))


async def fatredirect(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: https://www.good.test/\r\n")
    writer.write(b"Content-Type: text/html\r\n\r\n")
    await _flood(writer, b"x" * 65536)


async def early(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
    writer.write(_response(fields="this line has no colon\r\n" + _FIELDS))


async def nottls(reader: Reader, writer: Writer, secure: bool) -> None:
    await reader.read(1)
    writer.write(_response(b"plain HTTP here", "", "400 Bad Request"))


async def cookieloop(reader: Reader, writer: Writer, secure: bool) -> None:
    if b"visited=yes" in await _request(reader):
        writer.write(_response())
        return
    scheme = "https" if secure else "http"
    fields = f"Location: {scheme}://cookieloop.shop.test/\r\nSet-Cookie: visited=yes\r\n"
    writer.write(_response(b"", fields, "302 Found"))


async def nonsense(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    writer.write(b"\x00\xff\xfe not the protocol you are looking for\r\n\r\n")


async def forgetful(reader: Reader, writer: Writer, secure: bool) -> None:
    """Keeps the connection after a redirect, and closes it when the next request comes."""
    if not (await _request(reader)).startswith(b"GET / "):
        writer.write(_response())
        return
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 5\r\n\r\nthere")
    await writer.drain()
    await _request(reader)


async def manyfields(reader: Reader, writer: Writer, secure: bool) -> None:
    await _request(reader)
    writer.write(_response(fields="".join(f"X-Field-{n}: {n}\r\n" for n in range(150))))


async def echo(reader: Reader, writer: Writer, secure: bool) -> None:
    writer.write(_response(await _request(reader), "Content-Type: text/plain\r\n"))


_PLAYS: dict[str, Play] = {
    play.__name__: play
    for play in (
        drop,
        reset,
        mute,
        headerdrip,
        slow,
        bodydrip,
        headerflood,
        tlsdrip,
        chunkflood,
        packed,
        fatredirect,
        early,
        nottls,
        cookieloop,
        nonsense,
        echo,
        forgetful,
        manyfields,
    )
}
_BARE = frozenset(("drop", "reset", "mute", "tlsdrip", "nottls"))  # no TLS on port 443


def _played(play: Play, secure: bool) -> Callable[[Reader, Writer], Awaitable[None]]:
    async def serve(reader: Reader, writer: Writer) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await play(reader, writer, secure)
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1)

    return serve


class Refusing(asyncio.DatagramProtocol):
    """A name server that answers REFUSED to every question."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\0", 12) + 5  # the name's last byte, type, class
        head = data[:2] + b"\x81\x85" + b"\0\1" + b"\0" * 6
        self._transport.sendto(head + data[12:end], addr)


def _mail_server(encryption: ssl.SSLContext | None) -> Callable[[], SMTP]:
    return lambda: SMTP(object(), hostname="mail.good.test", tls_context=encryption)


async def main(network: str, ports: Sequence[int], chain: tuple[str, str]) -> None:
    """Serves until the process is ended; says so on standard output once everything listens."""
    http, https, silent, refusing, smtp = ports
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*chain)
    for name, play in _PLAYS.items():
        address = f"{network}.0.{PLACES[name]}"
        await asyncio.start_server(_played(play, False), address, http)
        over = None if name in _BARE else context
        await asyncio.start_server(_played(play, True), address, https, ssl=over)
    loop = asyncio.get_running_loop()
    for port, answering in ((silent, asyncio.DatagramProtocol), (refusing, Refusing)):
        await loop.create_datagram_endpoint(answering, local_addr=("127.0.0.1", port))
    mail = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    mail.load_cert_chain(*chain)
    for name, encryption in (("web", mail), ("plain", None)):
        address = f"{network}.0.{PLACES[name]}"
        await loop.create_server(_mail_server(encryption), address, smtp)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    net, *numbers, certificate, private_key = sys.argv[1:]
    asyncio.run(main(net, [int(number) for number in numbers], (certificate, private_key)))
