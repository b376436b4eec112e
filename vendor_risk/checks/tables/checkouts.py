"""The words by which shops call the way to pay and to log in, in the languages of Europe.

From the default texts and addresses of the usual shop systems (WooCommerce, Magento, Shopware,
PrestaShop, Shopify, OXID) in these languages; state of 2026-11-22. Letters without accents: what
is compared has lost its own. The earlier a group, the nearer to the card.
"""

GROUPS: tuple[tuple[str, ...], ...] = (
    (  # to pay
        *("checkout", "check-out", "payment", "pay-now", "betaling", "betalen", "bezahlen"),
        *("zahlung", "kasse", "kassa", "kassan", "kassalle", "paiement", "payer", "commander"),
        *("caisse", "pago", "pagar", "pagamento", "cassa", "finalizar-compra", "tramitar-pedido"),
        *("platnosc", "zamowienie", "pokladna", "platba", "fizetes", "penztar", "plata", "maksu"),
        *("maksa", "tarkastus", "afrekenen", "afregning", "finalizare", "ταμειο", "каса"),
    ),
    (  # what to pay for
        *("basket", "cart", "shopping-bag", "warenkorb", "einkaufswagen", "winkelwagen"),
        *("winkelmand", "panier", "carrito", "cesta", "carrello", "carrinho", "koszyk", "kosik"),
        *(
            "kosar",
            "indkobskurv",
            "kurv",
            "handlekurv",
            "varukorg",
            "ostoskori",
            "cos-de-cumparaturi",
        ),
        *("kosarica", "ostukorv", "pirkumu-grozs", "krepselis", "καλαθι", "количка"),
    ),
    (  # who pays
        *("log-in", "login", "logon", "sign-in", "signin", "anmelden", "anmeldung", "einloggen"),
        *("inloggen", "aanmelden", "connexion", "identification", "iniciar-sesion", "acceder"),
        *("accedi", "entrar", "zaloguj", "logowanie", "prihlaseni", "prihlasenie", "bejelentkezes"),
        *("log-ind", "logg-inn", "logga-in", "kirjaudu", "autentificare", "prijava", "logi-sisse"),
        *("account", "my-account", "konto", "mein-konto", "mijn-account", "compte", "mon-compte"),
        *("cuenta", "mi-cuenta", "conto", "il-mio-account", "conta", "ucet", "muj-ucet", "fiok"),
        *("min-side", "mina-sidor", "oma-tili", "contul-meu", "συνδεση", "вход"),
    ),
)
# parts of addresses that only look like the way there: they change something, or show a text
PASSED = (
    *("logout", "log-out", "sign-out", "signout", "abmelden", "deconnexion", "add-to-cart"),
    *("addtocart", "remove", "delete", "wishlist", "blog", "news", "help", "faq", "gift-card"),
    *("size-chart", "cart-abandonment", "payment-methods", "zahlungsarten", "register"),
)
