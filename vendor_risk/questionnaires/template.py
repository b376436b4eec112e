"""One questionnaire as it is published: parsed, held to every rule, and sealed by a hash."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vendor_risk.questionnaires.form import FORM, Form, Known, Question, Section
from vendor_risk.questionnaires.rules import broken
from vendor_risk.questionnaires.source import Fault, Path, Source, TemplateRefused, read


@dataclass(frozen=True, slots=True)
class Template:
    """A questionnaire with the hash of its file: a published version never changes."""

    form: Form
    sha256: str

    @property
    def address(self) -> str:
        """How a response names it, beside the hash."""
        return f"{self.form.id}@{self.form.version}"

    def asked(self) -> Iterator[tuple[Section, Question]]:
        """Every question with its section, in the order of the file."""
        for section in self.form.sections:
            for question in section.questions:
                yield section, question

    @property
    def controls(self) -> frozenset[str]:
        """The controls that its scored questions move."""
        return frozenset(
            question.control
            for _section, question in self.asked()
            if question.counts and question.control
        )


def parse(content: bytes, known: Known) -> Template:
    """The questionnaire of a file; TemplateRefused names all that is wrong, by line and path."""
    source = read(content)
    try:
        form = FORM.validate_json(json.dumps(source.content))
    except ValidationError as error:
        faults = [_fault(source, one) for one in error.errors(include_url=False)]
        raise TemplateRefused(*faults) from error
    if faults := list(broken(form, source, known)):
        raise TemplateRefused(*faults)
    return Template(form, hashlib.sha256(content).hexdigest())


_SAID = {
    "unexpected_keyword_argument": "`{name}` is no key here; take it out, or mend its spelling.",
    "missing": "`{name}` is missing; add it.",
    "string_type": "It must be text; write it in quotes.",
    "int_type": "It must be a whole number, without quotes.",
    "bool_type": "It must be true or false, without quotes.",
    "dict_type": "It must be a mapping (`key: value`).",
    "tuple_type": "It must be a list; write it in square brackets.",
    "dataclass_type": "It must be a mapping (`key: value`).",
    "string_pattern_mismatch": "`{name}` is not written as it must be here: {pattern}.",
}
# Steps that pydantic puts into a place and that stand in no file: members of a union, and `[key]`.
_NO_STEPS = frozenset({"str", "int", "[key]"})


def _fault(source: Source, error: ErrorDetails) -> Fault:
    path: Path = tuple(
        step
        for step in error["loc"]
        if step not in _NO_STEPS and not str(step).startswith(("tuple[", "dict["))
    )
    shown = error["input"] if error["type"] == "string_pattern_mismatch" else None
    name = str(path[-1] if shown is None and path else shown)[:80]
    pattern = error.get("ctx", {}).get("pattern", "")
    words = _SAID.get(error["type"])
    if words is None:
        return source.fault(path, f"{error['msg']}; mend the value.")
    return source.fault(path, words.format(name=name, pattern=pattern))
