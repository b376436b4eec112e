"""Asks for pages as a browser would, every hop checked, pinned and cut to a length."""

import http.client
from dataclasses import replace
from http.cookiejar import CookieJar
from urllib.request import Request as Asked

from vendor_risk.checks.base import Request
from vendor_risk.checks.observations import Cut, Failure, Http, NoResponse, Response
from vendor_risk.observe.connect import Unreached, unreached
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.line import READ, Answer, Dial, Line
from vendor_risk.observe.network import Network
from vendor_risk.observe.page import (
    body_text,
    header_text,
    next_url,
    packed,
    readable,
    refusal,
)

_ENOUGH = 12  # requests, after which redirects of other pages than the front are left
_PARTS = 8192  # of one page; each costs time, and honest ones have some hundred
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Visit:
    """One visitor, with the connections held and the cookies given."""

    def __init__(self, dial: Dial, network: Network) -> None:
        self._network = network
        self._line = Line(dial, network)
        self._jar = CookieJar()
        self._headers = {
            "User-Agent": network.user_agent,
            "Accept": _ACCEPT,
            "Accept-Language": "en",
            "Accept-Encoding": "identity",
        }
        self._responses: list[Response | NoResponse] = []
        self._asked = 0

    def ask(self, request: Request, deadline: Deadline, *, front: bool = True) -> None:
        """Asks for a page and follows where it leads, as somebody who comes for the first time.

        It stops at a page that was answered before; a redirect to the same URL counts as new as
        long as it brings a cookie. Only from a `front` page it is followed however often.
        """
        url, origin = request.url, request.origin
        answered = {each.url for each in self._responses if each.origin == origin}
        states: set[tuple[str, str]] = set()
        self._jar.clear()
        for _ in range(self._network.max_redirects + 1):
            state = (url, self._cookies())
            if url in answered or state in states:
                return
            states.add(state)
            response = self._get(url, origin, deadline)
            self._asked += 1
            self._responses.append(response)
            following = next_url(response) if isinstance(response, Response) else None
            if following is None or not request.follow:
                return
            if not front and self._asked >= _ENOUGH:
                self._responses.append(
                    NoResponse(following, "more was not asked of one host", Failure.BLOCKED, origin)
                )
                return
            url = following

    def seen(self) -> Http:
        """Every response so far, in the order asked."""
        return Http(tuple(self._responses))

    def close(self) -> None:
        """Ends all connections."""
        self._line.close()

    def _cookies(self) -> str:
        return repr(sorted((each.domain, each.name, each.value) for each in self._jar))

    def _get(self, url: str, origin: str | None, deadline: Deadline) -> Response | NoResponse:
        refused = refusal(url)
        if refused:
            return NoResponse(url, refused, Failure.BLOCKED, origin)
        response = self._try(url, origin, deadline)
        if self._line.reused and getattr(response, "kind", None) is Failure.RESET:
            # the host had just closed the connection we held
            return self._try(url, origin, deadline)
        return response

    def _try(self, url: str, origin: str | None, deadline: Deadline) -> Response | NoResponse:
        try:
            asked = Asked(url)  # noqa: S310  (never opened: cookies are matched against it)
            headers = self._headers | ({"Origin": origin} if origin else {})
            self._jar.add_cookie_header(asked)
            headers |= dict(asked.unredirected_hdrs)
            answer = self._line.get(url, headers, deadline)
        except Unreached as trouble:
            return NoResponse(url, trouble.reason, trouble.kind, origin)
        except Exception as error:  # a hostile answer may trip a library anywhere
            meaning = _trouble(error)
            return NoResponse(url, meaning.reason, meaning.kind, origin)
        try:
            self._jar.extract_cookies(answer, asked)
            return replace(self._read(url, answer), origin=origin)
        finally:
            self._line.done(answer)

    def _read(self, url: str, answer: Answer) -> Response | NoResponse:
        """The response, with its body unless it leads on or holds no text."""
        fields = answer.headers.items()
        headers = tuple((header_text(name), header_text(value)) for name, value in fields)
        if sum(len(name) + len(value) for name, value in headers) > self._network.header_limit:
            return NoResponse(url, "the header of the answer is too long", Failure.OTHER)
        address = self._line.address
        head = Response(url, answer.status, headers, address=address)
        if next_url(head) is not None:
            if answer.length is not None and answer.length < READ:
                self._body(answer)  # so that the connection can carry the next request
            return head
        if not readable(head):
            cut = Cut.PACKED if packed(head) else None
            return replace(head, truncated=True, cut=cut)
        body, cut = self._body(answer)
        types = head.header("content-type")
        page = body_text(body, types[0] if types else "")
        return replace(head, body=page, truncated=cut is not None, cut=cut)

    def _body(self, answer: Answer) -> tuple[bytes, Cut | None]:
        """The body as sent, never unpacked, and why it was cut."""
        body = bytearray()
        limit = self._network.body_limit
        try:
            # read1 hands over what has come, so a deadline loses nothing of a page that drips
            parts = 0
            while part := answer.read1(READ):
                body += part
                parts += 1
                if parts > _PARTS:
                    return bytes(body), Cut.BROKEN
                if len(body) > limit:
                    return bytes(body[:limit]), Cut.SIZE
        except Exception as error:  # the deadline, a connection that breaks, frames that are none
            late = _trouble(error).kind is Failure.TIMEOUT
            return bytes(body), Cut.TIME if late else Cut.BROKEN
        return bytes(body), None if answer.whole else Cut.BROKEN


def _trouble(error: BaseException) -> Unreached:
    """What an error of a library comes down to."""
    if isinstance(error, Unreached):
        return error
    if isinstance(error, http.client.RemoteDisconnected):
        return Unreached("the host closed the connection without an answer", Failure.RESET)
    if isinstance(error, http.client.HTTPException):
        plain = type(error) is http.client.HTTPException  # others repeat what the host sent
        words = str(error) if plain else type(error).__name__
        return Unreached(f"the answer is not HTTP: {words}", Failure.OTHER)
    if isinstance(error, OSError):
        return unreached(error)
    return Unreached("the address cannot be asked for", Failure.OTHER)
