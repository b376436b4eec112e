"""The frame and every macro in a real browser: accessible, strict, and usable by keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.harness import THEMES, Theme, audit, live
from tests.web.small_app import small_app

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 800}
DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with live(small_app()) as address:
        yield address


@pytest.fixture(scope="module")
def strangers() -> Iterator[str]:
    with live(small_app(signed_in=False)) as address:
        yield address


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.set_viewport_size(DESKTOP)
    page.goto(f"{address}/styleguide")
    return page


@pytest.fixture
def phone(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/styleguide")
    return page


# ---- the whole


@pytest.mark.parametrize("theme", THEMES)
def test_every_macro_in_every_state_is_sound(
    context: BrowserContext, address: str, theme: Theme
) -> None:
    """No violation, breach, overflow or error at any width in either theme."""
    assert audit(context, f"{address}/styleguide", themes=[theme]) == []


@pytest.mark.parametrize("who", ["address", "strangers"])
def test_the_error_page_is_sound(
    context: BrowserContext, request: pytest.FixtureRequest, who: str
) -> None:
    """In the frame and outside of it."""
    assert audit(context, f"{request.getfixturevalue(who)}/broken", expect=500) == []


def test_the_open_drawer_and_menu_are_sound(phone: Page) -> None:
    """What is folded away is judged too."""
    phone.get_by_role("button", name="Open menu").click()
    phone.get_by_role("button", name="Jana Ortiz").click()
    assert audit(phone, "", widths=(390, 320)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_looks_like_the_systems(browser: Browser, address: str, theme: str) -> None:
    """Whoever chooses dark on a light system sees what a dark system shows, and the reverse."""
    looks = []
    for system, choice in ((theme, None), ("dark" if theme == "light" else "light", theme)):
        context = browser.new_context(color_scheme=system, reduced_motion="reduce")
        page = context.new_page()
        # the progress bar ends after a second by itself, which would be a difference of its own
        page.route("**/styleguide/progress", lambda route: route.fulfill(status=204))
        page.goto(f"{address}/styleguide")
        if choice:
            page.get_by_role("button", name="Jana Ortiz").click()
            page.get_by_role("button", name=choice.capitalize(), exact=True).click()
            expect(page.locator("html")).to_have_attribute("data-theme", choice)
            page.wait_for_load_state("load")
        looks.append(
            page.evaluate(
                """() => [...document.querySelectorAll('main, main *')].map((element) => {
                  const look = getComputedStyle(element);
                  return [element.className, look.color, look.backgroundColor, look.borderColor,
                    look.fill].join();
                })"""
            )
        )
        context.close()
    assert looks[0] == looks[1]


def test_a_right_to_left_page_does_not_overflow(page: Page) -> None:
    """The frame turns around with the language."""
    page.locator("html").evaluate("(html) => html.setAttribute('dir', 'rtl')")
    assert [words for words in audit(page, "", themes=("light",)) if "overflow" in words] == []


def test_the_font_is_ours(page: Page) -> None:
    """The page is set in the Inter that we serve, not in what the machine has."""
    assert page.evaluate(
        "() => document.fonts.ready.then(() => document.fonts.check('14px Inter'))"
    )
    loaded = page.evaluate(
        "() => [...document.fonts].filter((face) => face.status === 'loaded').map((f) => f.family)"
    )
    assert "Inter" in {name.strip('"') for name in loaded}


def test_every_icon_is_drawn(page: Page) -> None:
    """The sprite is fetched under the strict policy, and no icon stays empty."""
    page.wait_for_load_state("networkidle")
    empty = page.evaluate(
        """() => [...document.querySelectorAll('svg.i')].filter((svg) =>
             svg.checkVisibility() && svg.querySelector('use').getBBox().width === 0)
             .map((svg) => svg.outerHTML)"""
    )
    assert empty == []


# ---- keys


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_leads_to_the_search(page: Page, keys: str) -> None:
    """From anywhere on the page."""
    page.keyboard.press(keys)
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("")


def test_a_slash_in_a_field_is_a_slash(page: Page) -> None:
    """Whoever writes is left alone."""
    field = page.locator("#ok-purpose")
    field.press("/")
    expect(field).to_be_focused()


def test_single_keys_rest_when_switched_off(page: Page) -> None:
    """Ctrl+K still works then."""
    page.get_by_role("button", name="Jana Ortiz").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Switch off single-key shortcuts").click()
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def test_a_key_presses_its_control(page: Page) -> None:
    """In a region with data-keys, 1 presses the control that carries data-key="1"."""
    page.evaluate(
        """() => document.querySelector('main').insertAdjacentHTML('afterbegin',
          `<div data-keys><button data-key="1">One</button><button data-key="2">Two</button></div>`)
          || document.addEventListener('click', (e) => { window.pressed = e.target.textContent })"""
    )
    page.keyboard.press("2")
    assert page.evaluate("() => window.pressed") == "Two"


def test_the_skip_link_leads_past_the_navigation(page: Page) -> None:
    """It is the first stop of the Tab key."""
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


# ---- the drawer and other pieces that fold


def test_the_drawer_opens_and_closes_by_keyboard(phone: Page) -> None:
    """Escape closes it and gives the focus back."""
    button = phone.get_by_role("button", name="Open menu")
    expect(phone.locator("#side")).to_be_hidden()
    button.press("Enter")
    expect(phone.locator("#side")).to_be_visible()
    phone.keyboard.press("Tab")
    assert phone.evaluate("() => document.activeElement.closest('#side') !== null")
    phone.keyboard.press("Escape")
    expect(phone.locator("#side")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_drawer_works_without_javascript(browser: Browser, address: str) -> None:
    """It opens, closes and leads on."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{address}/styleguide")
    page.get_by_role("button", name="Open menu").click()
    page.get_by_role("button", name="Close menu").click()
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("button", name="Open menu").click()
    page.get_by_role("link", name="Portfolio").click()
    expect(page).to_have_url(f"{address}/page/0")
    context.close()


def test_a_drawer_left_open_is_gone_on_a_wide_window(phone: Page) -> None:
    """Turning the phone must not leave a layer over the page."""
    phone.get_by_role("button", name="Open menu").click()
    phone.set_viewport_size(DESKTOP)
    expect(phone.locator("#side:popover-open")).to_have_count(0)
    expect(phone.get_by_role("link", name="Portfolio")).to_be_visible()


def test_help_opens_by_keyboard_and_returns_the_focus(page: Page) -> None:
    """Escape closes it."""
    button = page.get_by_role("button", name="What is residual risk?")
    button.press("Enter")
    expect(page.locator("#help-residual")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help-residual")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_theme_can_be_chosen_without_javascript(browser: Browser, address: str) -> None:
    """It is a plain form."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/styleguide?sort=name")
    page.get_by_role("button", name="Jana Ortiz").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(f"{address}/styleguide?sort=name")
    context.close()


# ---- tables


def test_the_box_in_the_head_chooses_all_and_the_bar_counts(page: Page) -> None:
    """Seven vendors stand on the page."""
    page.get_by_label("Choose all vendors on this page").check()
    expect(page.locator("[data-check-count]")).to_have_text("7 chosen")
    page.get_by_label("Choose Kestrel Print").uncheck()
    expect(page.locator("[data-check-count]")).to_have_text("6 chosen")
    assert page.get_by_label("Choose all vendors on this page").evaluate("(b) => b.indeterminate")


def test_without_javascript_no_dead_control_is_shown(browser: Browser, address: str) -> None:
    """The box in the head and the copy buttons need a script, so they are not there."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/styleguide")
    expect(page.get_by_label("Choose all vendors on this page")).to_be_hidden()
    expect(page.get_by_label("Copy the supplier number")).to_be_hidden()
    expect(page.get_by_label("Choose Kestrel Print")).to_be_visible()
    context.close()


def test_a_column_head_sorts_in_the_url(page: Page) -> None:
    """And says so to whoever cannot see the arrow."""
    page.get_by_role("link", name="Vendor", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?sort=name$"))
    expect(page.get_by_role("columnheader", name="Vendor", exact=True).first).to_have_attribute(
        "aria-sort", "ascending"
    )


# ---- forms


def test_an_error_summary_takes_the_focus(page: Page) -> None:
    """The one marked for it, as soon as it stands on the page."""
    page.evaluate(
        """() => {
          const summary = document.querySelector('.error-summary');
          summary.dataset.focus = '';
          document.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
          window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
        }"""
    )
    expect(page.locator(".error-summary")).to_be_focused()


@pytest.mark.parametrize("name", ["Vendor name", "How often do we review access?", "Confirm"])
def test_a_line_of_the_error_summary_leads_to_its_field(page: Page, name: str) -> None:
    """Also to the first choice of a group."""
    page.locator(".error-summary a", has_text=f"{name}:").click()
    assert page.evaluate("() => document.activeElement.matches('[id^=bad-]')") or page.evaluate(
        "() => document.querySelector(':target').matches('input[id^=bad-]')"
    )


def test_a_wrong_field_names_its_hint_and_its_error(page: Page) -> None:
    """Whoever hears the field hears both, with the word "Error"."""
    expect(page.locator("#bad-name")).to_have_accessible_description(
        "As it stands on the contract. Error: Enter the vendor's name"
    )


def test_a_changed_form_asks_before_it_is_left(page: Page) -> None:
    """And not when it is sent."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#ok-name").fill("Somebody else")
    page.get_by_role("link", name="Portfolio").click()
    page.wait_for_url("**/page/0")
    assert asked == ["beforeunload"]


def test_a_sent_form_does_not_ask(page: Page) -> None:
    """Its changes are not lost."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#ok-confirm").fill("ERASE")
    page.locator("#ok-password").fill("not a real one")
    page.get_by_role("button", name="Continue").first.click()
    expect(page.get_by_text("nothing was changed")).to_be_visible()
    assert asked == []


# ---- small things


def test_text_is_copied_and_said_so(browser: Browser, address: str) -> None:
    """The button answers."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/styleguide")
    page.get_by_label("Copy the supplier number").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == "V-004711"
    context.close()


def test_progress_ends_by_itself(page: Page) -> None:
    """286 puts the last state in place and stops the asking."""
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/progress" in sent.url else None)
    expect(page.get_by_role("heading", name="9 of 9 hosts done")).to_be_visible(timeout=8000)
    page.wait_for_timeout(2500)
    assert len(asked) == 1


def test_an_undo_is_one_press_away(page: Page) -> None:
    """The notice carries its own form."""
    page.get_by_role("button", name="Archive", exact=True).first.click()
    notice = page.locator("main > .notice")
    notice.get_by_role("button", name="Undo").click()
    expect(page.locator("main > .notice").get_by_role("button")).to_have_count(0)
    expect(notice).to_contain_text("nothing was changed")


def test_nothing_dark_is_printed(page: Page) -> None:
    """Paper is white even for whoever reads in the dark."""
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(23, 32, 43)"
    expect(page.locator("#side")).to_be_hidden()
