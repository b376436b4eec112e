"""When the makers of server software stopped, or will stop, mending a major version.

Facts from the makers' own pages: php.net/supported-versions and php.net/eol, httpd.apache.org,
learn.microsoft.com/lifecycle (IIS with its Windows), openssl-library.org policies/releasestrat,
devguide.python.org/versions, drupal.org/psa; compared with endoflife.date and, for Python, with
release-cycle.json of python/devguide. State of 2026-11-22. Dates that lie ahead are those that are
announced, the last of the month where no day is. A distributor may still mend a version that its
makers gave up.

A product in lower case to its branches; a branch is the beginning of a version.
"""

from datetime import date

ENDS: dict[str, dict[str, date]] = {
    "php": {
        "3": date(2000, 10, 20),
        "4": date(2008, 8, 7),
        "5.0": date(2005, 9, 5),
        "5.1": date(2006, 8, 24),
        "5.2": date(2011, 1, 6),
        "5.3": date(2014, 8, 14),
        "5.4": date(2015, 9, 3),
        "5.5": date(2016, 7, 21),
        "5.6": date(2018, 12, 31),
        "7.0": date(2019, 1, 10),
        "7.1": date(2019, 12, 1),
        "7.2": date(2020, 11, 30),
        "7.3": date(2021, 12, 6),
        "7.4": date(2022, 11, 28),
        "8.0": date(2023, 11, 26),
        "8.1": date(2025, 12, 31),
        "8.2": date(2026, 12, 31),
        "8.3": date(2027, 12, 31),
        "8.4": date(2028, 12, 31),
        "8.5": date(2029, 12, 31),
    },
    "apache": {
        "1.3": date(2010, 2, 3),
        "2.0": date(2013, 7, 10),
        "2.2": date(2018, 1, 1),
    },
    "microsoft-iis": {
        "5.0": date(2010, 7, 13),
        "5.1": date(2014, 4, 8),
        "6": date(2015, 7, 14),
        "7": date(2020, 1, 14),
        "8": date(2023, 10, 10),
    },
    "openssl": {
        "0.9": date(2015, 12, 31),
        "1.0": date(2019, 12, 31),
        "1.1": date(2023, 9, 11),
        "3.0": date(2026, 9, 7),
        "3.1": date(2025, 3, 14),
        "3.2": date(2025, 11, 23),
        "3.3": date(2026, 4, 9),
    },
    "python": {
        "2": date(2020, 1, 1),
        "3.4": date(2019, 3, 18),
        "3.5": date(2020, 9, 30),
        "3.6": date(2021, 12, 23),
        "3.7": date(2023, 6, 27),
        "3.8": date(2024, 10, 7),
        "3.9": date(2025, 10, 31),
        "3.10": date(2026, 10, 31),
    },
    "drupal": {
        "6": date(2016, 2, 24),
        "7": date(2025, 1, 5),
        "8": date(2021, 11, 2),
        "9": date(2023, 11, 1),
        "10": date(2026, 12, 31),
    },
}
