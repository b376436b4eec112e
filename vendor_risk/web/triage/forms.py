"""The three questions of triage, for one vendor and for many."""

import uuid
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectMultipleField, ValidationError
from wtforms.validators import InputRequired

from vendor_risk.workflow.triage import MOST, QUESTIONS


class TriageForm(FlaskForm):  # type: ignore[misc]
    """Three questions with three options each."""

    class Meta:
        """Every POST has shown its token to the application."""

        csrf = False

    holds = RadioField(validators=[InputRequired(_("Choose one of the three."))])
    reaches = RadioField(validators=[InputRequired(_("Choose one of the three."))])
    hurts = RadioField(validators=[InputRequired(_("Choose one of the three."))])

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for question in QUESTIONS:
            field = self[question.key]
            field.label.text = gettext(question.text)
            field.choices = [
                SelectChoice(str(number), gettext(option.label))
                for number, option in enumerate(question.options, 1)
            ]

    @property
    def answers(self) -> dict[str, int]:
        """The number of each option that was chosen."""
        return {question.key: int(self[question.key].data) for question in QUESTIONS}


class ManyForm(TriageForm):
    """The same questions for all vendors that are ticked; or none, to archive them."""

    chosen = SelectMultipleField(_("Vendors"), validate_choice=False)

    def validate_chosen(self, field: SelectMultipleField) -> None:
        """At least one, at most a page, and each an id."""
        if not field.data:
            raise ValidationError(_("Tick at least one vendor."))
        if len(field.data) > MOST:
            raise ValidationError(_("Tick at most %(most)d vendors.", most=MOST))
        try:
            [uuid.UUID(one) for one in field.data]
        except ValueError as error:
            raise ValidationError(
                _("One of the ticks is no vendor: load the page again.")
            ) from error

    @property
    def archives(self) -> bool:
        """Whether the button was the one for vendors that we no longer use."""
        return request.form.get("go") == "archive"

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether vendors are ticked and, unless they are archived, all three are answered."""
        if self.archives:
            for question in QUESTIONS:
                self[question.key].validators = ()
                self[question.key].validate_choice = False
        return bool(super().validate(extra_validators))

    @property
    def vendor_ids(self) -> list[uuid.UUID]:
        """The vendors that are ticked."""
        return [uuid.UUID(one) for one in self.chosen.data]
