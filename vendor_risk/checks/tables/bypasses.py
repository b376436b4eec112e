"""Hosts that policies often list and that hand out scripts which run whatever they are told.

A JSONP address calls a function that the asker names; an old AngularJS reads code out of the text
of the page. Whoever can write into a page loads one of them and gets around the policy.

Facts from google/csp-evaluator (allowlist_bypasses/jsonp.ts and angular.ts, Apache-2.0), those
hosts that shops and services list; public stores of packages added. State of 2026-11-22.
"""

ENDPOINTS: dict[str, tuple[str, ...]] = {
    "accounts.google.com": ("/o/oauth2/revoke",),
    "ajax.googleapis.com": ("/ajax/libs/angularjs/1.2.0rc1/angular-route.min.js",),
    "an.yandex.ru": ("/page/147484",),
    "api.flickr.com": ("/services/feeds/photos_friends.gne",),
    "api.mixpanel.com": ("/track/",),
    "api.twitter.com": ("/1/statuses/oembed.json",),
    "api.vk.com": ("/method/wall.get",),
    "cdn.bootcss.com": ("/angular.js/1.2.0/angular.min.js",),
    "cdn.jsdelivr.net": ("/angularjs/1.1.2/angular.min.js", "/npm/angular@1.2.16/angular.min.js"),
    "cdn.shopify.com": ("/s/files/1/0225/6463/t/1/assets/angular-animate.min.js",),
    "cdnjs.cloudflare.com": ("/ajax/libs/angular.js/1.2.16/angular.min.js",),
    "clients1.google.com": ("/complete/search",),
    "cse.google.com": ("/api/007627024705277327428/cse/r3vs7b0fcli/queries/js",),
    "detector.alicdn.com": ("/2.7.3/index.php",),
    "fast.wistia.com": ("/embed/medias/o75jtw7654.json",),
    "graph.facebook.com": ("/1/",),
    "googleads.g.doubleclick.net": ("/pagead/conversion/1036918760/wcm",),
    "gstatic.com": ("/fsn/angular_js-bundle1.js",),
    "gum.criteo.com": ("/sync",),
    "ib.adnxs.com": ("/jpt",),
    "maps.google.com": ("/maps/vt",),
    "maps.googleapis.com": ("/maps/api/js/GeoPhotoService.GetMetadata",),
    "mc.yandex.ru": ("/watch/24306916/1",),
    "pagead2.googlesyndication.com": ("/relatedsearch",),
    "partner.googleadservices.com": ("/gampad/ads",),
    "raw.githubusercontent.com": ("/angular/code.angularjs.org/master/1.0.7/angular-resource.js",),
    "securepubads.g.doubleclick.net": ("/gampad/ads",),
    "syndication.twitter.com": ("/widgets/timelines/765840589183213568",),
    "translate.google.com": ("/translate_a/l",),
    "translate.googleapis.com": ("/translate_a/l",),
    "unpkg.com": ("/angular@1.2.16/angular.min.js",),
    "vimeo.com": ("/api/oembed.json/",),
    "www.blogger.com": ("/feeds/5578653387562324002/posts/summary/4427562025302749269",),
    "www.google.com": ("/tools/feedback/escalation-options",),
    "www.googleadservices.com": ("/pageadimg/imgad",),
    "www.googleapis.com": ("/freebase/v1/topic/m/0344_",),
    "www.gstatic.com": ("/fsn/angular_js-bundle1.js",),
    "www.youtube.com": ("/profile_style",),
    "yastatic.net": ("/angularjs/1.2.23/angular.min.js",),
}
