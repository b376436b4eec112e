"""The rules of a questionnaire that a schema cannot say, each with its place and what to do."""

from collections.abc import Collection, Iterator

from vendor_risk.questionnaires.conditions import comparisons
from vendor_risk.questionnaires.form import SCORED_TYPES, Form, Known, Option, Question, Section
from vendor_risk.questionnaires.opening import Seen, conditions, follows, seen_as
from vendor_risk.questionnaires.source import NEVER_IDS, Fault, Path, Source

MOST_QUESTIONS = 50


def broken(form: Form, source: Source, known: Known) -> Iterator[Fault]:
    """Each rule that the file breaks."""
    for spot, id in _ids(form):
        if id.lower() in NEVER_IDS:
            yield source.fault(
                spot, f"`{id}` is no id: YAML 1.1 reads it as a boolean. Choose another word."
            )
    yield from _quotes(source)
    for name, scale in form.scales.items():
        yield from _options(scale, ("scales", name), source, levels=True)
    yield from _unique(form, source)
    earlier: dict[str, Seen] = {}
    for number, section in enumerate(form.sections):
        place: Path = ("sections", number)
        yield from _section_condition(section, place, source, known)
        for row, question in enumerate(section.questions):
            here = (*place, "questions", row)
            yield from _question(form, question, here, source, known)
            yield from follows(form, question, here, source, known=known, earlier=earlier)
            earlier[question.id] = seen_as(form, question, earlier)
    if len(earlier) > MOST_QUESTIONS:
        yield source.fault(
            ("sections",), f"{len(earlier)} questions; take out some: {MOST_QUESTIONS} is the most."
        )
    yield from _migrations(form, source, earlier)


def _ids(form: Form) -> Iterator[tuple[Path, str]]:
    """Every id that stands as a value; keys are looked at while the file is read."""
    yield ("id",), form.id
    for name, scale in form.scales.items():
        for n, option in enumerate(scale):
            yield ("scales", name, n, "id"), option.id
    for n, section in enumerate(form.sections):
        yield ("sections", n, "id"), section.id
        for at, question in enumerate(section.questions):
            here: Path = ("sections", n, "questions", at)
            yield (*here, "id"), question.id
            for k, option in enumerate(question.options):
                yield (*here, "options", k, "id"), option.id


def _quotes(source: Source) -> Iterator[Fault]:
    """Versions and clause numbers without quotes: 1.10 would one day be read as 1.1."""
    for path in sorted(source.unquoted, key=str):
        version = path[-1] in ("version", "from") and (len(path) == 1 or path[0] == "migrations")
        clause = "maps" in path and isinstance(path[-1], int)
        told = source.at(path)
        if version or (clause and str(told)[:1].isdigit()):
            yield source.fault(path, f'Write it in quotes: "{told}".')


def _unique(form: Form, source: Source) -> Iterator[Fault]:
    """Ids that stand twice, and add-ons whose ids do not begin with their prefix."""
    if (form.extends is None) != (form.prefix is None):
        yield source.fault((), "`extends` and `prefix` stand together; add the other one.")
    sections: set[str] = set()
    questions: set[str] = set()
    for n, section in enumerate(form.sections):
        if section.id in sections:
            yield source.fault(
                ("sections", n, "id"), f"{section.id} stands twice; choose another id."
            )
        sections.add(section.id)
        for at, question in enumerate(section.questions):
            place: Path = ("sections", n, "questions", at, "id")
            if question.id in questions:
                yield source.fault(place, f"{question.id} stands twice; choose another id.")
            if form.prefix and not question.id.startswith(form.prefix):
                yield source.fault(place, f"Begin it with the prefix: {form.prefix}{question.id}.")
            questions.add(question.id)


def _section_condition(
    section: Section, place: Path, source: Source, known: Known
) -> Iterator[Fault]:
    for one in comparisons(section.when):
        if one.q is not None:
            yield source.fault(
                (*place, "when"),
                f"A section is hidden by an intake fact alone, not by {one.q}; name a fact, or put"
                " this condition on the questions.",
            )
    yield from conditions(section.when, (*place, "when"), source, known, {})


def _options(
    options: tuple[Option, ...], place: Path, source: Source, *, levels: bool
) -> Iterator[Fault]:
    seen: set[str] = set()
    for n, option in enumerate(options):
        here = (*place, n)
        if option.id in seen:
            yield source.fault((*here, "id"), f"{option.id} stands twice; choose another id.")
        seen.add(option.id)
        if option.level is not None and option.accept is not None:
            yield source.fault(
                here, "An option has a level or `accept: reviewer`; take one of them out."
            )
        if levels and option.level is None and option.accept is None:
            yield source.fault(
                here, "Give it a level (0, 50 or 100), or `accept: reviewer` where none applies."
            )
    if levels and not any(option.level for option in options):
        yield source.fault(place, "No option is above level 0; give one 50 or 100.")
    if levels and all(option.level != 0 for option in options):
        yield source.fault(place, "No option has level 0; add one, such as `unmet`.")


def _question(
    form: Form, question: Question, place: Path, source: Source, known: Known
) -> Iterator[Fault]:
    """What is wrong with a question in itself."""
    if question.control is not None and question.control not in known.controls:
        yield source.fault(
            (*place, "control"),
            f"{question.control} is no control of the risk model; known:"
            f" {', '.join(sorted(known.controls))}.",
        )
    if question.scale is not None and question.scale not in form.scales:
        yield source.fault(
            (*place, "scale"), f"There is no scale {question.scale}; declare it under `scales`."
        )
    yield from _shape(question, place, source)
    choice_scored = question.type == "choice" and question.counts
    yield from _options(question.options, (*place, "options"), source, levels=False)
    if choice_scored and question.options:
        yield from _options(question.options, (*place, "options"), source, levels=True)
    if question.counts:
        yield from _scored(form, question, place, source, known)
    elif question.outcomes or question.score:
        yield source.fault(
            place, "It is not scored; take out `outcomes` and `score`, or `scored: false`."
        )
    asked = question.evidence.when.answer if question.evidence else ()
    foreign = set(asked) - set(_answers(form, question))
    for id in sorted(foreign):
        yield source.fault(
            (*place, "evidence", "when", "answer"), f"{id} is no answer here; take it out."
        )


def _shape(question: Question, place: Path, source: Source) -> Iterator[Fault]:
    """Keys that a question of its type lacks, or that mean nothing there."""
    one_of = (question.scale is not None) + bool(question.options)
    if question.type == "choice" and one_of != 1:
        yield source.fault(place, "A choice has either a `scale` or `options`; give one of them.")
    if question.type == "multi" and (question.scale is not None or not question.options):
        yield source.fault(place, "A question of type multi has `options`, and no `scale`.")
    if question.type not in SCORED_TYPES and one_of:
        yield source.fault(
            place, f"A question of type {question.type} has nothing to choose; take that out."
        )
    if (question.type == "table") != bool(question.columns):
        yield source.fault(place, "A table has fixed `columns`, and nothing else has them.")


def _answers(form: Form, question: Question) -> tuple[str, ...]:
    """What evidence and outcomes can be tied to."""
    ids = tuple(option.id for option in form.options(question))
    return ("met", "partly", "unmet") if question.type == "multi" and question.counts else ids


def _scored(
    form: Form, question: Question, place: Path, source: Source, known: Known
) -> Iterator[Fault]:
    if question.type not in SCORED_TYPES:
        yield source.fault(
            place, f"A question of type {question.type} never scores by itself: `scored: false`."
        )
        return
    if question.control is None:
        yield source.fault(
            place, "A scored question names its `control`; add it, or `scored: false`."
        )
    if question.type == "multi":
        yield from _scoring(question, place, source)
    elif question.score:
        yield source.fault((*place, "score"), "Options have levels here; take `score` out.")
    full = (
        {"met"}
        if question.type == "multi"
        else {option.id for option in form.options(question) if option.level in (None, 100)}
    )
    for answer in form.worst(question):
        if answer not in question.outcomes:
            yield source.fault(
                (*place, "outcomes"),
                f"`{answer}` is the worst answer and has no outcome; say its severity, risk, fix"
                " and due_days.",
            )
    for answer, outcome in question.outcomes.items():
        here = (*place, "outcomes", answer)
        if answer in full or answer not in _answers(form, question):
            yield source.fault(here, f"`{answer}` is no answer that leaves a fault; take it out.")
        if outcome.knockout is not None and outcome.knockout not in known.knockouts:
            yield source.fault(
                (*here, "knockout"),
                f"{outcome.knockout} is no knock-out of the risk model; known:"
                f" {', '.join(sorted(known.knockouts))}.",
            )


def _scoring(question: Question, place: Path, source: Source) -> Iterator[Fault]:
    if question.score is None:
        yield source.fault(place, "Say with `score` which choices make it met, or `scored: false`.")
        return
    ids = {option.id for option in question.options}
    for name, needs in (("met", question.score.met), ("partly", question.score.partly)):
        here = (*place, "score", name)
        for id in sorted(set(needs.of if needs else ()) - ids):
            yield source.fault((*here, "of"), f"{id} is no option of this question; mend it.")
        if needs and needs.at_least is not None and needs.at_least > len(set(needs.of)):
            yield source.fault((*here, "at_least"), "It asks for more than `of` names; lower it.")
    for n, option in enumerate(question.options):
        if option.level is not None or option.accept is not None:
            yield source.fault(
                (*place, "options", n), "`score` gives the level here; take the option's own out."
            )


def _migrations(form: Form, source: Source, questions: Collection[str]) -> Iterator[Fault]:
    for n, migration in enumerate(form.migrations):
        place: Path = ("migrations", n)
        if _parts(migration.from_) >= _parts(form.version):
            yield source.fault(
                (*place, "from"), f"It is not older than {form.version}; name an older version."
            )
        for old, new in migration.rename.items():
            if new not in questions:
                yield source.fault(
                    (*place, "rename", old), f"There is no question {new}; mend the id."
                )
        for old in (*migration.rename, *migration.retire):
            if old in questions:
                yield source.fault(
                    place, f"{old} is gone by this migration and asked again; ids are never reused."
                )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
