"""What a person was shown before they decide, carried by the page itself under a signature."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer


def signed(engagement_id: uuid.UUID, baseline: Mapping[str, Any]) -> str:
    """The baseline as a field of a form."""
    text = _serializer(engagement_id).dumps(baseline)
    return text if isinstance(text, str) else text.decode()


def read(engagement_id: uuid.UUID, text: str | None) -> dict[str, Any] | None:
    """The baseline that a form brings back; None when it is none of ours for this engagement."""
    try:
        told = _serializer(engagement_id).loads(text or "")
    except BadData:
        return None
    return told if isinstance(told, dict) else None


def _serializer(engagement_id: uuid.UUID) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"decision-{engagement_id}")
