"""Under which names the keys of DKIM usually lie, by who handles the mail.

`BY_PROVIDER` goes from the end of a name in MX or SPF to selectors that the provider documents.
Providers that draw a selector for every customer (Amazon SES, HubSpot, Postmark) cannot be here.
"""

BY_PROVIDER: dict[str, tuple[str, ...]] = {
    "google.com": ("google",),
    "googlemail.com": ("google",),
    "outlook.com": ("selector1", "selector2"),
    "mx.microsoft": ("selector1", "selector2"),
    "mcsv.net": ("k1", "k2", "k3"),
    "mandrillapp.com": ("mandrill", "mte1", "mte2"),
    "sendgrid.net": ("s1", "s2"),
    "messagingengine.com": ("fm1", "fm2", "fm3"),
    "protonmail.ch": ("protonmail", "protonmail2", "protonmail3"),
    "zoho.com": ("zmail", "zoho"),
    "zoho.eu": ("zmail", "zoho"),
    "mailgun.org": ("mailo", "k1", "smtp", "pic"),
    "zendesk.com": ("zendesk1", "zendesk2"),
    "yandex.net": ("mail",),
    "icloud.com": ("sig1",),
    "mailjet.com": ("mailjet",),
    "sendinblue.com": ("mail", "brevo1", "brevo2"),
    "brevo.com": ("brevo1", "brevo2", "mail"),
    "kundenserver.de": ("s1-ionos", "s2-ionos"),
    "ionos.com": ("s1-ionos", "s2-ionos"),
    "gandi.net": ("gm1", "gm2", "gm3"),
    "mailbox.org": ("mbo0001", "mbo0002", "mbo0003", "mbo0004"),
    "migadu.com": ("key1", "key2", "key3"),
    "hostinger.com": ("hostingermail-a", "hostingermail-b", "hostingermail-c"),
    "createsend.com": ("cm",),
    "mlsend.com": ("litesrv", "ml"),
}
# What software suggests (OpenDKIM, Exim, Plesk, cPanel, rspamd) and what administrators choose; the
# likely ones first, the rest only where they find nothing.
GENERIC: tuple[tuple[str, ...], ...] = (
    ("default", "mail", "dkim", "s1"),
    ("selector1", "k1", "smtp", "google"),
)
