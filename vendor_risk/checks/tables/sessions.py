"""Names of cookies that carry a session or a log-in, and of those that only look like it.

Collected from the defaults of frameworks (PHP, Java, ASP.NET, Express, Rails, Django, Laravel,
WordPress, Drupal, Magento, TYPO3) and from the documents of trackers, load balancers and bot
walls; state of 2026-11-22. All in lower case, without `__Host-` and `__Secure-`.
"""

# parts of a name between characters that are neither letters nor digits
WORDS = frozenset(
    {
        *("auth", "authentication", "authorization", "authtoken", "accesstoken", "refreshtoken"),
        *("aspxauth", "identity", "idtoken", "jwt", "loggedin", "login", "logon", "oauth"),
        *("remember", "rememberme", "saml", "sess", "sessid", "session", "sessionid", "sid"),
        *("signin", "ssid", "sso", "token", "usersession"),
        *("adminhtml", "cakephp", "cfid", "cftoken", "frontend"),
    }
)
# a name that holds one of these anywhere
PARTS = ("sessid", "session", "aspxauth", "logged_in", "typo_user")
# Drupal and classic ASP put characters of their own behind these
BEGINNINGS = ("sess", "ssess", "aspsessionid")

# whoever steals one of these is nobody: protection against forged requests, load balancers, bot
# walls, consent, and counters of visitors
HARMLESS = (
    *("csrf", "xsrf", "antiforgery", "requestverification", "nonce"),
    *("affinity", "sticky", "awsalb", "bigip", "serverid"),
    *("incap_ses", "visid_incap", "nlbi_", "datadome", "__cf", "cf_", "_abck", "bm_", "ak_bmsc"),
    *("consent", "optanon", "cookiebot"),
    *("redirect", "lang", "referrer", "referer", "timeout", "form_token", "formtoken"),
    *("_ga", "_gid", "_gcl", "amp_", "_hj", "ai_session", "ai_user", "_pk_", "_sp_", "mp_"),
    *("ajs_", "_shopify_", "_clsk", "_dd_", "rl_", "analytics", "mixpanel", "tracking"),
)
