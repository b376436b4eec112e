"""To whom shops rightly send card numbers and passwords: payment and identity providers.

Registrable names, from the providers' own pages for developers (addresses of hosted payment pages
and of log-in pages); state of 2026-11-22. A name belongs here only if strangers cannot get a host
below it to receive forms of their own: no hosting, no tunnels, no form builders.
"""

PAYMENT = frozenset(
    {
        *(
            "2checkout.com",
            "adyen.com",
            "affirm.com",
            "afterpay.com",
            "alipay.com",
            "amazonpay.com",
        ),
        *(
            "authorize.net",
            "axepta.com",
            "nochex.com",
            "payments-amazon.com",
            "barclaycardsmartpay.com",
            "barion.com",
            "bluesnap.com",
            "braintree-api.com",
        ),
        *("braintreegateway.com", "buckaroo.nl", "checkout.com", "clearpay.co.uk", "clover.com"),
        *(
            "comgate.cz",
            "computop-paygate.com",
            "cybersource.com",
            "datatrans.com",
            "dibspayment.eu",
        ),
        *("digitalriver.com", "dlocal.com", "dotpay.pl", "ebanx.com", "ecpay.com.tw", "elavon.com"),
        *("epay.dk", "eway.com.au", "ewaypayments.com", "fastspring.com", "global-e.com"),
        *("globalpay.com", "globalpaymentsinc.com", "gocardless.com", "gopay.cz", "gopay.com"),
        *("icepay.com", "klarna.com", "lyra.com", "mercadopago.com", "mollie.com"),
        *("monetico-services.com", "moneris.com", "multisafepay.com", "nets.eu", "nexi.it"),
        *("nexigroup.com", "novalnet.de", "ogone.com", "opayo.co.uk", "opayo.eu", "paddle.com"),
        *("pagseguro.com.br", "pay.nl", "pay1.de", "paycomet.com", "payengine.de", "paymill.com"),
        *("paymentwall.com", "payone.com", "paypal.com", "payplug.com", "paysafe.com"),
        *("paysafecard.com", "paytrail.com", "payu.com", "payzen.eu", "przelewy24.pl"),
        *("quickpay.net", "rapyd.net", "razorpay.com", "realexpayments.com", "redsys.es"),
        *("reepay.com", "revolut.com", "sagepay.com", "saferpay.com", "satispay.com", "sermepa.es"),
        *(
            "sezzle.com",
            "shop.app",
            "shopify.com",
            "shopifycs.com",
            "simplepay.hu",
            "sixpayment.com",
        ),
        *("skrill.com", "sogecommerce.com", "spreedly.com", "square.com", "squareup.com"),
        *("stripe.com", "sumup.com", "swedbankpay.com", "systempay.fr", "tpay.com", "trustly.com"),
        *("trustly.net", "unzer.com", "up2pay.com", "v-psp.com", "viva.com", "vivapayments.com"),
        *("wirecard.com", "worldline-solutions.com", "worldpay.com", "wpay.com.au", "zettle.com"),
    }
)
# hosts of those under whose names strangers can receive forms elsewhere
PAYMENT_HOSTS = frozenset({"pay.google.com", "payments.amazon.com", "checkout.bolt.com"})
IDENTITY = frozenset(
    {
        *("auth0.com", "amazoncognito.com", "b2clogin.com", "ciamlogin.com", "id.me"),
        *("cloudflareaccess.com", "duosecurity.com", "fusionauth.io", "gigya.com"),
        *("jumpcloud.com", "microsoftonline.com", "okta-emea.com", "okta.com"),
        *("okta.eu", "oktapreview.com", "onelogin.com", "pingidentity.com", "pingone.com"),
        *("pingone.eu", "workos.com"),
    }
)
IDENTITY_HOSTS = frozenset(
    {
        *("accounts.google.com", "appleid.apple.com", "idmsa.apple.com", "github.com"),
        *("gitlab.com", "login.live.com", "login.microsoft.com", "login.salesforce.com"),
        *("login.yahoo.com", "www.facebook.com", "www.linkedin.com", "twitter.com", "x.com"),
    }
)
