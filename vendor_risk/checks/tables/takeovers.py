"""Providers at which a name that was given up can be taken by the next customer.

A CNAME record that still points to such a name hands the host to whoever takes it: he chooses what
the host serves and gets a certificate for it.

Facts from EdOverflow/can-i-take-over-xyz (CC-BY-4.0), the services that it lists as vulnerable and
that have names of their own; `trafficmanager.net` from Microsoft's document on dangling DNS
entries. State of 2026-11-22.
"""

SUFFIXES: dict[str, str] = {
    "agilecrm.com": "Agile CRM",
    "airee.ru": "Airee",
    "animaapp.io": "Anima",
    "azure-api.net": "Microsoft Azure",
    "azurecontainer.io": "Microsoft Azure",
    "azurecr.io": "Microsoft Azure",
    "azuredatalakestore.net": "Microsoft Azure",
    "azureedge.net": "Microsoft Azure",
    "azurehdinsight.net": "Microsoft Azure",
    "azurewebsites.net": "Microsoft Azure",
    "bitbucket.io": "Bitbucket",
    "blob.core.windows.net": "Microsoft Azure",
    "cloudapp.azure.com": "Microsoft Azure",
    "cloudapp.net": "Microsoft Azure",
    "database.windows.net": "Microsoft Azure",
    "elasticbeanstalk.com": "AWS Elastic Beanstalk",
    "furyns.com": "Gemfury",
    "ghost.io": "Ghost",
    "hatenablog.com": "Hatena Blog",
    "helpjuice.com": "Help Juice",
    "helprace.com": "Helprace",
    "helpscoutdocs.com": "Help Scout",
    "launchrock.com": "LaunchRock",
    "na-west1.surge.sh": "Surge",
    "ngrok.io": "Ngrok",
    "read.uberflip.com": "Uberflip",
    "readme.io": "ReadMe",
    "redis.cache.windows.net": "Microsoft Azure",
    "s.strikinglydns.com": "Strikingly",
    "s3.amazonaws.com": "Amazon S3",
    "search.windows.net": "Microsoft Azure",
    "servicebus.windows.net": "Microsoft Azure",
    "stats.uptimerobot.com": "UptimeRobot",
    "surveysparrow.com": "SurveySparrow",
    "trafficmanager.net": "Microsoft Azure",
    "trydiscourse.com": "Discourse",
    "visualstudio.com": "Microsoft Azure",
    "wordpress.com": "WordPress.com",
    "worksites.net": "Worksites",
    "youtrack.cloud": "JetBrains YouTrack",
}


def provider(target: str) -> str:
    """The provider that hands a name out to the next customer; empty where none is known."""
    labels = target.split(".")
    # the suffix itself is the provider's own name
    found = (SUFFIXES.get(".".join(labels[i:])) for i in range(1, len(labels)))
    return next((name for name in found if name), "")
