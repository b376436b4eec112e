"""What a stranger's mail may cost to take apart; looked at before any of it is."""

import re

from vendor_risk.workflow.vendors import VendorRefused

_HEADER = 16 * 1024
_PARAMETERS = 500  # the parser takes the square of them
_BOUNDARIES = 200
_STEPS = 20_000_000  # each line is held against the boundaries that are open
_CONTENT = re.compile(
    rb"(?:^|[\r\n])(content-[!-9;-~]*:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)", re.IGNORECASE
)


def check(content: bytes) -> None:
    """VendorRefused for headers about the content that no mail program writes.

    Other headers may be long (a letter to hundreds); they are cut before they are read.
    """
    boundaries = 1
    for found in _CONTENT.finditer(content):
        header = found.group(1)
        boundaries += b"boundary" in header.lower()
        if len(header) > _HEADER or header.count(b";") > _PARAMETERS or boundaries > _BOUNDARIES:
            raise _refused()
    if boundaries * (content.count(b"\n") + content.count(b"\r")) > _STEPS:
        raise _refused()


def _refused() -> VendorRefused:
    return VendorRefused(
        "The mail cannot be read in good time, as it is built: file its attachments and"
        " words by themselves.",
        "eml",
    )
