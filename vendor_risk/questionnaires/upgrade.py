"""What an answer to one version of a questionnaire is worth in the next."""

from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.questionnaires.evaluate import Answer
from vendor_risk.questionnaires.form import Form, Question
from vendor_risk.questionnaires.template import Template


@dataclass(frozen=True, slots=True)
class Carried:
    """Answers by the ids of the new version, and what cannot be taken over as it is.

    `kept` count on. `confirm` are old answers to questions whose meaning or choices changed: they
    are shown to be confirmed and never count by themselves. `dropped` are ids that are gone.
    """

    kept: Mapping[str, Answer]
    confirm: Mapping[str, Answer]
    dropped: tuple[str, ...]


def carry(answers: Mapping[str, Answer], old: Template, new: Template) -> Carried:
    """The answers to the old version as the new one reads them."""
    renamed, retired = moves(old.form, new.form)
    before = {question.id: question for _section, question in old.asked()}
    after = {question.id: question for _section, question in new.asked()}
    kept: dict[str, Answer] = {}
    confirm: dict[str, Answer] = {}
    dropped = []
    for id, answer in answers.items():
        name = renamed.get(id, id)
        if id in retired or id not in before or name not in after:
            dropped.append(id)
        elif same(old.form, before[id], new.form, after[name]):
            kept[name] = answer
        else:
            confirm[name] = answer
    return Carried(kept, confirm, tuple(sorted(dropped)))


def moves(old: Form, new: Form) -> tuple[dict[str, str], set[str]]:
    """New names by old ones, and ids that are gone, by the migration from that version."""
    for migration in new.migrations:
        if migration.from_ == old.version:
            return dict(migration.rename), set(migration.retire)
    return {}, set()


def same(old_form: Form, old: Question, new_form: Form, new: Question) -> bool:
    """Whether an old answer still says what it said: same rev, control, and choices."""

    def shape(form: Form, question: Question) -> tuple[object, ...]:
        levels = {option.id: (option.level, option.accept) for option in form.options(question)}
        told = (question.rev, question.type, question.control, question.counts)
        return (*told, levels, question.score)

    return shape(old_form, old) == shape(new_form, new)
