"""A form with one field of each kind."""

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

LEVELS = [
    SelectChoice("0", "None"),
    SelectChoice("1", "Little"),
    SelectChoice("2", "Some"),
    SelectChoice("3", "Much"),
    SelectChoice("4", "All of it"),
]
EXAMPLES = {
    "0": "A supplier of office plants: nothing of ours is on its machines.",
    "1": "A newsletter printer sees names and addresses, once a quarter.",
    "2": "A survey tool keeps e-mail addresses and answers of some customers.",
    "3": "A help desk holds orders, addresses and conversations of most customers.",
    "4": "A payment provider sees every order and every card.",
}
CURRENCIES = [SelectChoice("EUR", "EUR"), SelectChoice("USD", "USD"), SelectChoice("GBP", "GBP")]


class SpecimenForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """One field of each kind; empty input breaks every required one."""

    token = HiddenField()
    name = StringField(
        "Vendor name",
        [DataRequired("Enter the vendor's name"), Length(max=200)],
        description="As it stands on the contract.",
    )
    email = EmailField("Contact's e-mail", [InputRequired("Enter an e-mail address"), Email()])
    password = PasswordField("Password", [InputRequired("Enter your password")])
    people = IntegerField("Customers affected", [Optional()])
    spend = DecimalField("Annual spend", [InputRequired("Enter the amount, such as 12000")])
    currency = SelectField("Currency", choices=CURRENCIES)
    ends = DateField("Contract end", [InputRequired("Enter the date the contract ends")])
    entity = SelectField(
        "Our legal entity",
        [DataRequired("Choose the entity that signs")],
        choices=[
            SelectChoice("", "Choose one"),
            SelectChoice("de", "Shop GmbH"),
            SelectChoice("uk", "Shop Ltd"),
        ],
    )
    purpose = TextAreaField("What do we buy?", [InputRequired("Say what we buy, in a sentence")])
    contract = FileField("Contract as PDF")
    held = RadioField(
        "How much of our customers' data does the vendor hold?",
        [InputRequired("Choose how much data the vendor holds")],
        choices=LEVELS,
        description="Think of the most that it could reach, not of what it usually looks at.",
    )
    frequency = RadioField(
        "How often do we review access?",
        [InputRequired("Choose how often")],
        choices=[
            SelectChoice("m", "Monthly"),
            SelectChoice("q", "Quarterly"),
            SelectChoice("y", "Yearly"),
            SelectChoice("n", "Never"),
        ],
    )
    kinds = SelectMultipleField(
        "Which of these does the vendor see?",
        [InputRequired("Choose at least one")],
        choices=[
            SelectChoice("card", "Card numbers"),
            SelectChoice("health", "Health data"),
            SelectChoice("none", "None of these"),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    agree = BooleanField(
        "The facts above are right as far as I know", [InputRequired("Confirm the facts")]
    )
    confirm = StringField("Confirm", [InputRequired("Type ERASE")])
