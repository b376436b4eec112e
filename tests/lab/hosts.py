"""Every host of the lab: what it is called, where it listens, what is the matter with it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """A host; `at` names the listener of `PLACES`, or is empty where only the DNS matters."""

    name: str
    matter: str
    at: str = "web"


# the last number of a listener's address in the lab's network
PLACES = {
    "web": 1,
    "tls10": 2,
    "plain": 3,
    "nobody": 4,
    "drop": 5,
    "reset": 6,
    "mute": 7,
    "headerdrip": 8,
    "slow": 9,
    "bodydrip": 10,
    "headerflood": 11,
    "tlsdrip": 12,
    "chunkflood": 13,
    "packed": 14,
    "fatredirect": 15,
    "early": 16,
    "nottls": 17,
    "cookieloop": 18,
    "nonsense": 19,
    "echo": 20,
    "forgetful": 21,
    "manyfields": 22,
    "oldtls": 23,
    "onlytls13": 24,
}

GOOD = (
    Host("good.test", "everything is right"),
    Host("www.good.test", "everything is right"),
    Host("sub.good.test", "inherits the mail policy of good.test by the DMARC tree walk"),
    Host("bücher.shop.test", "a name that is not ASCII (xn--bcher-kva.shop.test)"),
)

CERTIFICATES = (
    Host("expired.shop.test", "the certificate ended yesterday"),
    Host("notyet.shop.test", "the certificate starts tomorrow"),
    Host("soon.shop.test", "the certificate of 90 days ends tomorrow"),
    Host("selfsigned.shop.test", "the certificate vouches for itself"),
    Host("wrongname.shop.test", "the certificate is for another name"),
    Host("untrusted.shop.test", "a complete chain to a root that nobody knows"),
    Host("incomplete.shop.test", "the intermediate certificate is not sent"),
    Host("stapled.shop.test", "promises a staple and sends a good one"),
    Host("unstapled.shop.test", "promises a staple and sends none"),
    Host("revoked.shop.test", "its staple says that the certificate was revoked"),
)

PROTOCOLS = (
    Host("tls10.shop.test", "speaks TLS 1.0 only", "tls10"),
    Host(
        "oldtls.shop.test",
        "TLS 1.0 to 1.2, suites without encryption, a prime of 1024 bits",
        "oldtls",
    ),
    Host("onlytls13.shop.test", "speaks TLS 1.3 only, and takes early data", "onlytls13"),
    Host("twofaced.shop.test", "its second address speaks TLS 1.0 only"),
    Host("plain.shop.test", "serves http, refuses port 443", "plain"),
    Host("refused.shop.test", "refuses both ports", "nobody"),
    Host("alert.shop.test", "ends every handshake with the alert unrecognized_name"),
    Host("nottls.shop.test", "speaks plain HTTP on port 443", "nottls"),
    Host("drop.shop.test", "accepts and closes at once", "drop"),
    Host("reset.shop.test", "accepts and resets at once", "reset"),
    Host("deadv6.shop.test", "its IPv6 address is dead, its IPv4 address lives"),
)

HOSTILE = (
    Host("mute.shop.test", "accepts and never says anything", "mute"),
    Host("slow.shop.test", "answers rightly, each time after a second", "slow"),
    Host("headerdrip.shop.test", "drips its header, a byte every 0.2 s", "headerdrip"),
    Host("bodydrip.shop.test", "drips its page, a byte every 0.2 s", "bodydrip"),
    Host("tlsdrip.shop.test", "drips its handshake, a byte every 0.2 s", "tlsdrip"),
    Host("headerflood.shop.test", "sends header fields without end", "headerflood"),
    Host("chunkflood.shop.test", "sends a chunk length without end", "chunkflood"),
    Host("big.shop.test", "a page of 2 GiB"),
    Host(
        "packed.shop.test", "a page packed though asked plain: 1 KiB that becomes 1 MiB", "packed"
    ),
    Host("fatredirect.shop.test", "a redirect with a body without end", "fatredirect"),
    Host("nonsense.shop.test", "answers with bytes that are no HTTP", "nonsense"),
    Host("botwall.shop.test", "answers 403 with a challenge"),
)

REDIRECTS = (
    Host("loop.shop.test", "redirects to itself"),
    Host("longchain.shop.test", "twelve redirects one after the other"),
    Host("otherhost.shop.test", "http leads to https of another host first"),
    Host("noredirect.shop.test", "http answers without ever leading to https"),
    Host("downgrade.shop.test", "https leads back to http"),
    Host("toprivate.shop.test", "leads to http://10.0.0.1/"),
    Host("tometadata.shop.test", "leads to http://169.254.169.254/latest/meta-data/"),
    Host("toprivatename.shop.test", "leads to a name with a private address"),
    Host("toport.shop.test", "leads to port 8080"),
    Host("toscheme.shop.test", "leads to ftp:"),
    Host("todecimal.shop.test", "leads to http://2130706433/, which is 127.0.0.1"),
    Host("topassword.shop.test", "leads to user:secret@echo.shop.test"),
    Host("forgetful.shop.test", "redirects, and hangs up on whoever keeps the line", "forgetful"),
    Host("cookieloop.shop.test", "redirects to itself once, to set a cookie", "cookieloop"),
)

HEADERS = (
    Host("nohsts.shop.test", "no Strict-Transport-Security"),
    Host("shorthsts.shop.test", "max-age=300"),
    Host("zerohsts.shop.test", "max-age=0"),
    Host("badhsts.shop.test", "max-age=abc"),
    Host("halfhsts.shop.test", "max-age=15768000 without includeSubDomains"),
    Host("nocsp.shop.test", "no Content-Security-Policy"),
    Host("reportcsp.shop.test", "only Content-Security-Policy-Report-Only"),
    Host("metacsp.shop.test", "a policy only in a meta element"),
    Host("manyfields.shop.test", "150 header fields", "manyfields"),
    Host("echo.shop.test", "answers with the request that it got", "echo"),
    Host("early.shop.test", "103 Early Hints first, and a header line without a colon", "early"),
)

PAGES = (
    Host("magecart.test", "a check-out with a script over http and a form to magecarts.test"),
    Host("hiddentill.shop.test", "the same check-out at /till, to which no link leads"),
    Host("deadscript.shop.test", "a script on a name that does not resolve"),
    Host("mixedpage.shop.test", "an encrypted page with a script over http"),
    Host("lifted.shop.test", "the same, and a policy that lifts it to https"),
    Host("openform.shop.test", "a log-in form that is sent over http"),
    Host("oldjquery.shop.test", "jquery 1.6.2 by the name of its file"),
    Host("corsreflect.shop.test", "lets any origin read with cookies"),
    Host("corsnull.shop.test", "lets the origin null read with cookies"),
    Host("samenonce.shop.test", "a nonce that is the same in every answer"),
    Host("newnonce.shop.test", "a nonce that is new in every answer"),
    Host("oldtext.shop.test", "an expired security.txt"),
    Host("brokentext.shop.test", "a security.txt with two ends"),
    Host("signedtext.shop.test", "a signed security.txt"),
    Host("notext.shop.test", "shows its front page for every address"),
)

MAIL = (
    Host("nospf.test", "no SPF record"),
    Host("twospf.test", "two SPF records"),
    Host("plusall.test", "SPF ends in +all"),
    Host("neutral.test", "SPF ends in ?all"),
    Host("softfail.test", "SPF ends in ~all, DMARC rejects"),
    Host("softfailopen.test", "SPF ends in ~all, DMARC enforces nothing"),
    Host("spfredirect.test", "SPF is redirect=_spf.good.test"),
    Host("spfloop.test", "SPF includes itself"),
    Host("nodmarc.test", "no DMARC record"),
    Host("twodmarc.test", "two DMARC records"),
    Host("dmarcnone.test", "DMARC p=none"),
    Host("dmarcquarantine.test", "DMARC p=quarantine"),
    Host("dmarctesting.test", "DMARC p=reject with t=y"),
    Host("nocaa.test", "no CAA record"),
    Host("mxalias.test", "its mail server is a CNAME"),
    Host("mxgone.test", "its mail server does not exist"),
    Host("spfsyntax.test", "SPF with a mechanism that does not exist (ipv4:)"),
    Host("spflookups.test", "SPF needs 11 look-ups"),
    Host("spfnine.test", "SPF needs 9 look-ups"),
    Host("spfvoids.test", "SPF names three hosts that do not exist"),
    Host("spfbroad.test", "SPF lets a /8 send"),
    Host("dmarcsyntax.test", "DMARC with values that do not exist"),
    Host("dmarcoutside.test", "DMARC reports go to a domain that has not agreed"),
    Host("dmarcconsent.test", "DMARC reports go to good.test, which has agreed"),
    Host("dkimweak.test", "a DKIM key of 512 bits"),
    Host("dkimrevoked.test", "its only DKIM key is revoked"),
    Host("dkimnone.test", "nothing below _domainkey"),
    Host("stsnone.test", "no MTA-STS record"),
    Host("stsmissing.test", "an MTA-STS record without a policy (404)"),
    Host("stsnohost.test", "an MTA-STS record without a host mta-sts"),
    Host("stsredirect.test", "its MTA-STS policy lies behind a redirect"),
    Host("stswrongcert.test", "the certificate of its MTA-STS host is for another name"),
    Host("stsprivate.test", "its MTA-STS host has a private address"),
    Host("ststesting.test", "its MTA-STS policy is being tested"),
    Host("stslong.test", "an MTA-STS policy of 100 KiB"),
    Host("stsendless.test", "an MTA-STS policy of 2 GiB"),
    Host("stspacked.test", "its MTA-STS policy comes compressed though asked plain"),
    Host("stsothermx.test", "its MTA-STS policy names other mail servers"),
    Host("tlsrpt.test", "TLS-RPT with an address that is none"),
    Host("bimi.test", "BIMI with a logo over http"),
    Host("dane.test", "a TLSA record of a usage that is not for mail"),
)

NAMES = (
    Host("onens.test", "one name server"),
    Host("samenet.test", "both name servers in one /24"),
    Host("lamens.test", "a third name server that does not exist"),
    Host("lapsedns.test", "a third name server in a domain that nobody owns"),
    Host("sha1key.test", "signed with RSA/SHA-1"),
    Host("sha1ds.test", "the DS record is a SHA-1 digest"),
    Host("bothds.test", "a SHA-1 digest beside the SHA-256 one"),
    Host("shortkey.test", "signed with RSA of 1024 bits"),
    Host("shortlife.test", "the signatures end in two days"),
    Host("nsec3.test", "NSEC3 without iterations"),
    Host("nsec3five.test", "NSEC3 with 5 iterations"),
    Host("nsec3many.test", "NSEC3 with 120 iterations"),
    Host("dangling.test", "www is an alias of a name that was given up at a provider"),
    Host("stale.test", "www is an alias of a name that does not exist"),
    Host("liveapp.test", "www is an alias of a name at a provider, as it should be"),
    Host("wildcard.test", "answers for every name"),
    Host("wildalias.test", "every name is an alias of one that was given up at a provider"),
    Host("lapsedmx.test", "an MX in a domain that nobody owns"),
    Host("lapsedspf.test", "SPF includes a domain that nobody owns"),
    Host("lapsedalias.test", "autodiscover is an alias in a domain that nobody owns"),
)

DNS = (
    Host("nostarttls.test", "its mail server offers no STARTTLS"),
    Host("insecure.test", "a zone without DNSSEC"),
    Host("bogus.test", "a zone whose signature does not fit"),
    Host("servfail.test", "a zone that its name server cannot load", ""),
    Host("silent.test", "a zone whose name server never answers", ""),
    Host("nothing.test", "does not exist", ""),
    Host("noaddress.shop.test", "exists without an address", ""),
    Host("alias.shop.test", "a CNAME of www.good.test", ""),
    Host("aliasloop.shop.test", "a CNAME that comes back to itself", ""),
    Host("bigtxt.shop.test", "TXT records of 6 KiB, so the answer comes by TCP", ""),
    Host("private.shop.test", "10.0.0.7", ""),
    Host("loopback.shop.test", "127.0.0.1, which the lab does not allow", ""),
    Host("metadata.shop.test", "169.254.169.254", ""),
    Host("mapped.shop.test", "::ffff:10.0.0.1", ""),
    Host("mixed.shop.test", "an allowed address and a private one", ""),
)

HOSTS = (
    *GOOD,
    *CERTIFICATES,
    *PROTOCOLS,
    *HOSTILE,
    *REDIRECTS,
    *HEADERS,
    *PAGES,
    *MAIL,
    *NAMES,
    *DNS,
)


# zones whose policy for incoming mail is served by the host mta-sts below them
POLICY_ZONES = (
    *("good.test", "shop.test", "insecure.test", "bogus.test"),
    *(host.name for host in MAIL),
)


def ascii_name(host: Host) -> str:
    """The name as the DNS has it."""
    return host.name.encode("idna").decode("ascii")
