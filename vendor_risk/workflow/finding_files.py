"""Files that prove what is said of a finding: which are taken, and as what they are kept."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePath

from vendor_risk.evidence import N_
from vendor_risk.workflow.vendors import VendorRefused, clean

MOST_BYTES = 10 * 1024 * 1024

# What a file may be, told from its first bytes; the ending that it is kept and served with.
_SIGNATURES = (
    (b"%PDF-", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
)
TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".txt": "text/plain",
    ".csv": "text/csv",
}
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"#!")
_REFUSED_FILE = N_("Send a PDF, a PNG or JPEG picture, or a text or CSV file.")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that proves what the vendor says: its name as it is kept, and its content."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest of the content, as the history has it."""
        return hashlib.sha256(self.content).hexdigest()


def checked_file(name: str, content: bytes) -> Evidence:
    """The file as it may be kept, its ending that of its content; VendorRefused for others."""
    if not content:
        raise VendorRefused("The file is empty: choose another.", "file")
    if len(content) > MOST_BYTES:
        raise VendorRefused("The file has more than 10 MB: send a smaller one.", "file")
    plain = clean(name).replace("\\", "/").rpartition("/")[2].strip(". ")[:100] or "evidence"
    ending = _ending(plain, content)
    had = PurePath(plain).suffix.lower()
    if had == ending or (had, ending) == (".jpeg", ".jpg"):
        return Evidence(plain, content)
    return Evidence(f"{plain}{ending}", content)


def media_type(name: str) -> str:
    """What a kept file is served as."""
    ending = PurePath(name).suffix.lower().replace(".jpeg", ".jpg")
    return TYPES.get(ending, "application/octet-stream")


def _ending(name: str, content: bytes) -> str:
    for signature, ending in _SIGNATURES:
        if content.startswith(signature):
            return ending
    head = content[:512].lstrip().removeprefix(b"\xef\xbb\xbf").lower()
    if head.startswith(_MARKUP) or not _is_text(content):
        raise VendorRefused(_REFUSED_FILE, "file")
    return ".csv" if name.lower().endswith(".csv") else ".txt"


def _is_text(content: bytes) -> bool:
    """Whether it is UTF-8 without control characters but tab and line breaks."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text)
