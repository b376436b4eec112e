"""A YAML file's bytes as str, int, bool, list and dict alone, with the line of every place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MOST_BYTES = 2_000_000  # fifty questions in ten languages are under 200 KB
_DEEPEST = 30  # the format nests about twelve levels
# What YAML 1.1 reads as something else than text; as an id it would never meet an answer.
NEVER_IDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n", "~"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file, where, and what to do about it."""

    line: int
    path: str
    message: str

    def said(self, name: str) -> str:
        """The fault as one line, as compilers write it."""
        return f"{name}:{self.line}: {self.path}: {self.message}"


class TemplateRefused(ValueError):
    """A file that is no questionnaire; `faults` says all that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"line {each.line}: {each.message}" for each in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, the line of each place in it, and the places that have no quotes."""

    content: dict[str, Any]
    lines: Mapping[Path, int]
    unquoted: frozenset[Path]

    def fault(self, path: Path, message: str) -> Fault:
        """The fault with the line of that place, or of the nearest that there is around it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Fault(self.lines.get(known, 1), written(path), message)

    def at(self, path: Path) -> Any:
        """What stands at a place."""
        told: Any = self.content
        for step in path:
            told = told[step]
        return told


def written(path: Path) -> str:
    """A place as people read it: `sections[0].questions[2].id`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".") or "the file"


def read(content: bytes) -> Source:
    """What the file says; TemplateRefused where it is not plain YAML."""
    if len(content) > MOST_BYTES:
        raise TemplateRefused(
            Fault(1, "the file", f"It is larger than {MOST_BYTES:,} bytes; split it.")
        )
    try:
        node = _composed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TemplateRefused(
            Fault(line, "the file", "It is not UTF-8; save it as UTF-8.")
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "it cannot be read"
        raise TemplateRefused(
            Fault(mark.line + 1 if mark else 1, "the file", f"It is no YAML: {problem}.")
        ) from error
    except yaml.YAMLError as error:  # a character that no YAML may hold
        line = content.count(b"\n", 0, getattr(error, "position", 0) or 0) + 1
        raise TemplateRefused(
            Fault(line, "the file", f"It is no YAML: {' '.join(str(error).split())}.")
        ) from error
    if not isinstance(node, yaml.MappingNode):
        raise TemplateRefused(
            Fault(1, "the file", "It holds no questionnaire; begin with `schema:`.")
        )
    walk = _Walk()
    plain = walk.value(node, ())
    if walk.faults:
        raise TemplateRefused(*walk.faults)
    return Source(plain, walk.lines, frozenset(walk.unquoted))


# Where libyaml is there, it reads a long file in a tenth of the time of PyYAML's own parser.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _composed(text: str) -> Any:
    """The file as nodes, of which no objects are made; aliases could blow up a small file."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        here: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="an alias (*) is not allowed; write the value again",
                problem_mark=here,
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"it nests more than {_DEEPEST} levels; take some out",
                problem_mark=here,
            )
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


_KIND = "tag:yaml.org,2002:"
_KINDS = frozenset({"str", "int", "bool", "null", "float", "timestamp"})
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\Z")


class _Walk:
    """Turns nodes into plain values and notes where they stand."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.unquoted: set[Path] = set()
        self.faults: list[Fault] = []

    def value(self, node: Any, path: Path) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode) and node.tag == _KIND + "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _KIND + "seq":
            return [self.value(each, (*path, n)) for n, each in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        return self._wrong(node, path, f"The tag {node.tag} is not allowed; take it out.")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            here = (*path, name)
            if not name or key.tag == _KIND + "merge":
                self._wrong(key, path, "A key is plain text; write a word before the colon.")
            elif name.lower() in NEVER_IDS:
                self._wrong(
                    key,
                    here,
                    f"`{name}` is no key here: YAML 1.1 reads it as a boolean or as nothing, and no"
                    " answer would ever match it. Choose another id (for Norwegian: nb or nn).",
                )
            elif name in told:
                self._wrong(key, here, f"`{name}` stands twice here; take one out.")
            else:
                told[name] = self.value(value, here)
                self.lines[here] = key.start_mark.line + 1
        return told

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text = str(node.value)
        if node.style:  # quoted, or a block
            if node.tag == _KIND + "str":
                return text
            return self._wrong(node, path, f"The tag {node.tag} is not allowed; take it out.")
        kind = node.tag.removeprefix(_KIND)
        if kind not in _KINDS:
            return self._wrong(node, path, f"The tag {node.tag} is not allowed; take it out.")
        self.unquoted.add(path)
        if kind == "str":
            return text
        if kind == "null":
            return self._wrong(node, path, "Nothing stands here; give it a value or take it out.")
        if kind == "int" and _WHOLE.match(text):
            return int(text)
        if kind == "bool" and text in ("true", "false"):
            return text == "true"
        return self._wrong(
            node,
            path,
            f"Without quotes YAML 1.1 reads {text} as a {kind}; write it in quotes"
            f' ("{text}"), or choose another word where it is an id.',
        )

    def _wrong(self, node: Any, path: Path, message: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, written(path), message))
