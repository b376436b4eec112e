"""The sample vendors: companies and people are invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vendor_risk.evidence import HostClass
from vendor_risk.store.models.vendors import VendorState


@dataclass(frozen=True, slots=True)
class Host:
    """One sample host: what spoils it, from which look on it is mended."""

    name: str
    host_class: HostClass = HostClass.MAIN
    faults: tuple[str, ...] = ()
    mended: Mapping[str, int] = field(default_factory=dict)  # fault -> index of the look


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample vendor as the forms would have entered it."""

    name: str
    buys: str
    purpose: str
    levels: tuple[int, int, int, int, int]  # data, volume, access, criticality, payment
    hosts: tuple[Host, ...]
    floors: tuple[str, ...] = ()
    spend: int = 0
    number: str = ""
    tags: tuple[str, ...] = ()
    contact: tuple[str, str] = ("", "")
    state: VendorState = VendorState.ASSESSING


SAMPLES = (
    Sample(
        "Polar Heating & Cooling",
        "Heating, cooling and refrigeration in 40 stores",
        "Maintains the plant; files job reports and invoices in our supplier portal.",
        (1, 0, 3, 0, 1),
        (
            Host(
                "polar-hvac.example",
                HostClass.MAIN,
                ("no-dmarc", "spf-soft", "no-hsts", "no-csp", "no-caa", "unsigned"),
            ),
            Host("mail.polar-hvac.example", HostClass.MAIL, ("expired", "no-hsts", "no-csp")),
        ),
        spend=184_000_00,
        number="S-1013",
        tags=("facilities", "on-site"),
        contact=("Frank Polar", "frank@polar-hvac.example"),
    ),
    Sample(
        "Kestrel Tags",
        "Tag manager in the check-out",
        "Loads measurement scripts on every page of the shop, the payment page included.",
        (3, 4, 4, 2, 4),
        (
            Host("cdn.kestreltags.example", HostClass.PAYMENT, ("no-caa", "csp-report-only")),
            Host("app.kestreltags.example", HostClass.LOGIN, ("hsts-short",), {"hsts-short": 2}),
        ),
        floors=("payment-page-script",),
        spend=61_500_00,
        number="S-1044",
        tags=("marketing", "check-out"),
        contact=("Noor Haddad", "security@kestreltags.example"),
    ),
    Sample(
        "Northwind Payroll",
        "Payroll and expenses",
        "Pays 4,200 staff every month.",
        (3, 1, 2, 2, 1),
        (
            Host(
                "login.northwindpayroll.example",
                HostClass.LOGIN,
                ("dmarc-quarantine", "no-csp"),
                {"dmarc-none": 1},
            ),
        ),
        spend=420_000_00,
        number="S-1002",
        tags=("hr",),
        contact=("R. Adeyemi", "privacy@northwindpayroll.example"),
    ),
    Sample(
        "Osprey Logistics",
        "Parcel delivery and returns",
        "Prints labels with the names and addresses of our customers.",
        (2, 4, 2, 3, 2),
        (
            Host(
                "api.osprey.example",
                HostClass.SERVICE,
                ("no-dmarc", "no-hsts"),
                {"no-dmarc": 1, "no-hsts": 2},
            ),
            Host("osprey.example", HostClass.MAIN, ("no-csp", "unsigned")),
        ),
        spend=1_950_000_00,
        number="S-1007",
        tags=("logistics",),
        contact=("Ines Duarte", "ines@osprey.example"),
    ),
    Sample(
        "Halvorsen Cloud Backup",
        "Off-site backups of the shop's databases",
        "Holds encrypted copies of all orders; we hold the keys.",
        (4, 4, 2, 3, 0),
        (Host("portal.halvorsen.example", HostClass.LOGIN, ("self-signed", "no-csp")),),
        floors=("card-data",),
        spend=98_000_00,
        number="S-1021",
        tags=("it",),
        contact=("Sigrid Halvorsen", "soc@halvorsen.example"),
    ),
    Sample(
        "Tessera Identity",
        "Customer sign-in",
        "Keeps the passwords of everybody who has an account with us.",
        (3, 4, 4, 4, 0),
        (Host("id.tessera.example", HostClass.LOGIN),),
        spend=310_000_00,
        number="S-1030",
        tags=("it",),
        contact=("Tess Aoki", "trust@tessera.example"),
    ),
    Sample(
        "Brightline Print",
        "Business cards and posters",
        "Gets print files by mail.",
        (0, 0, 0, 0, 1),
        (Host("brightlineprint.example", HostClass.MAIN, ("unreachable",)),),
        spend=3_200_00,
        number="S-1088",
        tags=("marketing",),
    ),
)
WAITING = (
    ("Alder Facility Services", "alderfacility.example", "S-1101"),
    ("Corvid Analytics", "corvid-analytics.example", "S-1102"),
    ("Lumen Couriers", "lumencouriers.example", "S-1103"),
    ("Quay Street Agency", "quaystreet.example", "S-1104"),
)
