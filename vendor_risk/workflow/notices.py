"""Delivery status notifications (RFC 3464), as a mail server sends them: what did not arrive."""

import email
import re
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from vendor_risk.workflow import mail_bounds
from vendor_risk.workflow.vendors import VendorRefused, clean

MOST = 256 * 1024  # a notice quotes headers, and some servers the letter; ours are short
_PARTS = 50
_SHOWN = 300
_ADDRESS = re.compile(r"^(?:rfc822|utf-8)\s*;\s*<?([^\s<>]{3,254})>?$", re.IGNORECASE)
_ID = re.compile(r"^<[^\s<>]{3,300}>$")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a mail server says did not arrive, and why."""

    message_id: str
    recipient: str
    reason: str


def read(content: bytes) -> Notice:
    """The failure that a notice tells; VendorRefused where it is none, says why not.

    Nobody vouches for a notice: it is cut to a length, and no more is believed of it than that a
    letter of ours did not arrive.
    """
    try:
        return _read(_parsed(content[:MOST]))
    except VendorRefused:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise VendorRefused("This cannot be read as a mail.") from error


def _parsed(content: bytes) -> Message:
    mail_bounds.check(content)
    return email.message_from_bytes(content)


def _read(mail: Message) -> Notice:
    blocks: list[Message] = []
    message_id = ""
    for part in islice(mail.walk(), _PARTS):
        kind, inside = part.get_content_type(), part.get_payload()
        if kind == "message/delivery-status" and isinstance(inside, list):
            blocks += [one for one in inside[:_PARTS] if isinstance(one, Message)]
        elif kind == "message/rfc822" and isinstance(inside, list):
            message_id = message_id or next(
                (_id(one) for one in inside if isinstance(one, Message)), ""
            )
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                message_id = message_id or _id(_parsed(raw))
    if not blocks:
        raise VendorRefused(
            "This is no notice of a mail server about a letter (RFC 3464): if it is a person's or"
            " another server's word, mark the letter on the page of its response."
        )
    about = [one for one in blocks if one.get("Action")]
    failed = [one for one in about if _said(one, "Action").casefold() == "failed"]
    if not failed:
        what = _said(about[0], "Action") if about else "nothing"
        raise VendorRefused("The notice says “%(what)s”, not that the letter failed.", what=what)
    first = failed[0]
    words = [_said(first, "Status"), _said(first, "Diagnostic-Code")]
    return Notice(message_id, _address(first), " ".join(one for one in words if one))


def _address(block: Message) -> str:
    """Whom the letter was to: before any forwarding, where that is told."""
    for name in ("Original-Recipient", "Final-Recipient"):
        found = _ADDRESS.match(_said(block, name))
        if found:
            return found.group(1)
    return ""


def _id(mail: Message) -> str:
    told = str(mail.get("Message-ID", ""))[:400].strip()
    return told if _ID.match(told) else ""


def _said(block: Message, name: str) -> str:
    return clean(str(block.get(name, ""))[:1000])[:_SHOWN]
