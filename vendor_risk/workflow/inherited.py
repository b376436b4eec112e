"""What of a score is its vendor's parent company's: frozen with it, under the name of that day."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter

from vendor_risk.evidence import Claim


@dataclass(frozen=True, slots=True)
class Inherited:
    """The claims and the ids of the findings in a snapshot that the parent brought, and no other.

    Who the parent is may change, and its evidence with it; what was counted once was this one's.
    """

    parent: str
    parent_id: uuid.UUID
    claims: tuple[Claim, ...] = ()
    findings: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The JSON text that is kept beside the snapshot."""
        return _JSON.dump_json(self, exclude_none=True).decode()


_JSON: TypeAdapter[Inherited] = TypeAdapter(Inherited)


def thawed(text: str | None) -> Inherited | None:
    """What a kept score counted of a parent; None where it was the vendor's alone."""
    return None if text is None else _JSON.validate_json(text)


def of_parent(
    parent: str,
    parent_id: uuid.UUID,
    claims: Iterable[tuple[Claim, bool]],
    findings: Iterable[tuple[str, bool]],
) -> Inherited:
    """Those that are marked as the parent's; what the vendor has just so itself is its own."""
    told = list(claims)
    own = {claim for claim, above in told if not above}
    return Inherited(
        parent,
        parent_id,
        tuple(claim for claim, above in told if above and claim not in own),
        tuple(id for id, above in findings if above),
    )
