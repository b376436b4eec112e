"""Asks for pages as a browser would, every hop checked, pinned and cut to a length."""

import http.client
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import cast

import requests

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

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Visit:
    """One visitor, with the connections held and the cookies given."""

    def __init__(self, dial: Dial, network: Network) -> None:
        self._network = network
        self._line = Line(dial, network)
        self._session = _Session()
        self._session.trust_env = False  # REQUESTS_CA_BUNDLE and proxies would change the look
        self._session.auth = _no_password
        self._session.headers.clear()
        self._session.headers.update(
            {
                "User-Agent": network.user_agent,
                "Accept": _ACCEPT,
                "Accept-Language": "en",
                "Accept-Encoding": "identity",
            }
        )
        self._session.mount("https://", self._line)
        self._session.mount("http://", self._line)
        self._responses: list[Response | NoResponse] = []

    def ask(self, request: Request, deadline: Deadline) -> None:
        """Asks for a page and follows where it leads, as somebody who comes for the first time.

        It stops at a page that was answered before; a redirect to the same URL counts as new as
        long as it brings a cookie.
        """
        url, origin = request.url, request.origin
        answered = {each.url for each in self._responses if each.origin == origin}
        states: set[tuple[str, str]] = set()
        self._session.cookies.clear()
        for _ in range(self._network.max_redirects + 1):
            state = (url, self._cookies())
            if url in answered or state in states:
                return
            states.add(state)
            response = self._get(url, origin, deadline)
            self._responses.append(response)
            following = next_url(response) if isinstance(response, Response) else None
            if following is None or not request.follow:
                return
            url = following

    def seen(self) -> Http:
        """Every response so far, in the order asked."""
        return Http(tuple(self._responses))

    def close(self) -> None:
        """Ends all connections."""
        self._session.close()

    def _cookies(self) -> str:
        return repr(sorted((each.domain, each.name, each.value) for each in self._session.cookies))

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
        self._line.deadline = deadline
        headers = {"Origin": origin} if origin else None
        try:
            answer = self._session.get(
                url, headers=headers, stream=True, allow_redirects=False, verify=False
            )
        except Unreached as trouble:
            return NoResponse(url, trouble.reason, trouble.kind, origin)
        except Exception as error:  # a hostile answer may trip a library anywhere
            meaning = _trouble(error)
            return NoResponse(url, meaning.reason, meaning.kind, origin)
        try:
            return replace(self._read(url, answer), origin=origin)
        finally:
            answer.close()

    def _read(self, url: str, answer: requests.Response) -> Response | NoResponse:
        """The response, with its body unless it leads on or holds no text."""
        received = cast("Answer", answer.raw._original_response)  # raw.headers groups by name
        fields = received.headers.items()
        headers = tuple((header_text(name), header_text(value)) for name, value in fields)
        if sum(len(name) + len(value) for name, value in headers) > self._network.header_limit:
            return NoResponse(url, "the header of the answer is too long", Failure.OTHER)
        address = self._line.address
        head = Response(url, answer.status_code, headers, address=address)
        if next_url(head) is not None:
            if answer.raw.length_remaining in range(READ):
                self._body(answer)  # so that the connection can carry the next request
            return head
        if not readable(head):
            cut = Cut.PACKED if packed(head) else None
            return replace(head, truncated=True, cut=cut)
        body, cut = self._body(answer)
        types = head.header("content-type")
        page = body_text(body, types[0] if types else "")
        return replace(head, body=page, truncated=cut is not None, cut=cut)

    def _body(self, answer: requests.Response) -> tuple[bytes, Cut | None]:
        """The body as sent, never unpacked, and why it was cut."""
        body = bytearray()
        limit = self._network.body_limit
        raw = answer.raw
        try:
            # read1 hands over what has come, so a deadline loses nothing of a page that drips
            parts = (
                raw.stream(READ, decode_content=False)
                if raw.chunked
                else iter(partial(raw.read1, READ, decode_content=False), b"")
            )
            for part in parts:
                body += part
                if len(body) > limit:
                    return bytes(body[:limit]), Cut.SIZE
        except Exception as error:  # the deadline, a connection that breaks, frames that are none
            late = _trouble(error).kind is Failure.TIMEOUT
            return bytes(body), Cut.TIME if late else Cut.BROKEN
        return bytes(body), None


class _Session(requests.Session):
    """A session that leaves redirects alone.

    Even when told not to follow, requests looks ahead and reads the whole body of a redirect.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _no_password(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps a name and password in a URL from being sent."""
    return request


def _trouble(error: BaseException) -> Unreached:
    """What an error that requests wrapped comes down to."""
    for cause in _causes(error):
        if isinstance(cause, Unreached):
            return cause
        if isinstance(cause, http.client.RemoteDisconnected):
            return Unreached("the host closed the connection without an answer", Failure.RESET)
        if isinstance(cause, http.client.HTTPException):
            plain = type(cause) is http.client.HTTPException  # others repeat what the host sent
            words = str(cause) if plain else type(cause).__name__
            return Unreached(f"the answer is not HTTP: {words}", Failure.OTHER)
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
            return unreached(cause)
    return Unreached("the address cannot be asked for", Failure.OTHER)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, or carries."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [each for each in cause.args if isinstance(each, BaseException)]
        waiting += [each for each in (cause.__cause__, cause.__context__) if each]
