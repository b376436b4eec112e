"""The five factors of inherent risk: what each level from 0 to 4 means, with an example."""

from dataclasses import dataclass

from vendor_risk.evidence import N_

TOP = 4


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a scale: what it means, and a vendor that stands there."""

    label: str
    example: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One question about what we buy; the place of a level in `levels` is its number."""

    key: str
    label: str
    question: str
    levels: tuple[Level, Level, Level, Level, Level]


FACTORS: tuple[Factor, ...] = (
    Factor(
        "data_sensitivity",
        N_("Data sensitivity"),
        N_("What is the most sensitive data of ours that the vendor sees or keeps?"),
        (
            Level(N_("None of our data"), N_("A caterer who gets an order by phone")),
            Level(
                N_("Business contacts"),
                N_("A print shop that has the names and addresses of our dealers"),
            ),
            Level(
                N_("Customers' personal data"),
                N_("A parcel carrier that has names, addresses and phone numbers"),
            ),
            Level(
                N_("Credentials, bank data or detailed profiles"),
                N_("A payroll office, or a tool that follows what each customer clicks"),
            ),
            Level(
                N_("Card data, health or other special categories, or children"),
                N_("A payment provider, or a shop for medical aids that we host with them"),
            ),
        ),
    ),
    Factor(
        "data_volume",
        N_("Data volume"),
        N_("About how many people are in that data?"),
        (
            Level(N_("Nobody"), N_("The vendor has no personal data of ours")),
            Level(N_("Under 1,000 people"), N_("Our own staff, or one dealer list")),
            Level(N_("Under 100,000 people"), N_("The buyers of one season in one country")),
            Level(N_("Under a million people"), N_("The newsletter list of a national shop")),
            Level(N_("A million people or more"), N_("Every customer account we ever opened")),
        ),
    ),
    Factor(
        "access",
        N_("Access"),
        N_("What can the vendor reach in our systems?"),
        (
            Level(N_("Nothing"), N_("They send an invoice, and that is all")),
            Level(N_("Sends us files"), N_("A supplier who mails a price list every week")),
            Level(
                N_("A log-in that is known to be separated"),
                N_("A dealer portal or an interface, and our network team can show its walls"),
            ),
            Level(
                N_("Any other log-in, remote access or administration"),
                N_("A log-in, and nobody can say whether it is separated; remote maintenance"),
            ),
            Level(
                N_("Code that runs in our pages or our production"),
                N_("A script in the shop, a plug-in, or the right to publish tags"),
            ),
        ),
    ),
    Factor(
        "criticality",
        N_("Criticality"),
        N_("If the vendor stops today, how long until it hurts us?"),
        (
            Level(N_("A month or more"), N_("The agency that designs our posters")),
            Level(N_("A week"), N_("The service that mails our newsletter")),
            Level(N_("A day"), N_("The carrier that collects parcels every evening")),
            Level(N_("Hours"), N_("The system that tells the warehouse what to pick")),
            Level(N_("The shop stops at once"), N_("Hosting, name servers, card payments")),
        ),
    ),
    Factor(
        "payment",
        N_("Payment role"),
        N_("What part does the vendor play when a customer pays?"),
        (
            Level(N_("None"), N_("The vendor never meets an order")),
            Level(N_("Invoices"), N_("The vendor bills us and is paid by us")),
            Level(
                N_("Sees order or payment status"),
                N_("A help desk that can look up whether an order is paid"),
            ),
            Level(
                N_("Part of the check-out flow"),
                N_("A payment page we redirect to, or show in a frame"),
            ),
            Level(
                N_("Card data, or code in the check-out"),
                N_("A card processor, or a chat script that loads on the payment page"),
            ),
        ),
    ),
)

BY_KEY = {factor.key: factor for factor in FACTORS}

FLOORS: dict[str, str] = {
    "payment-page-script": N_("A script of the vendor runs on a payment page"),
    "card-data": N_("The vendor stores, processes or transmits card data"),
    "special-category": N_("The vendor has health or other special categories of personal data"),
}
