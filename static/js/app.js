/* What plain HTML cannot do. Every page works without this file. */
(() => {
  "use strict";

  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /* ---- keys: Ctrl+K and "/" go to the search; data-key="1" presses its control while the focus is
     inside the same [data-keys] region, or in no field and on nothing that takes the key; one outside
     of any region is pressed by its key on a page that has one. Single keys can be switched off (WCAG 2.1.4). */
  const writes = (element) =>
    element.isContentEditable ||
    (element.matches("input, textarea, select") &&
      !element.matches("[type=checkbox], [type=radio], [type=submit], [type=button]"));

  const toSearch = (event) => {
    const field = document.getElementById("search");
    const link = document.querySelector(".top a.push");
    const target = field?.checkVisibility() ? field : link;
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (target === field) field.select();
  };

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && key === "k") {
      return toSearch(event);
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    // Enter in a small form above a list is meant for its own button, not for the first of the bar
    if (key === "enter" && event.target.matches(".menu-form input")) {
      event.preventDefault();
      event.target.closest(".menu-form").querySelector("[type=submit]").click();
      return;
    }
    if (root.dataset.shortcuts === "off" || writes(event.target)) return;
    if (event.key === "/") return toSearch(event);
    const own = event.target.closest("[data-keys]");
    if (!own && key === "enter" && event.target.matches("a, button, summary, input")) return;
    const region = own || document.querySelector("[data-keys]");
    if (!region) return;
    const named = (one) => one.dataset.key === key;
    const control =
      all("[data-key]", region).find(named) ||
      all("[data-key]").find((one) => named(one) && !one.closest("[data-keys]"));
    if (!control || control.disabled) return;
    event.preventDefault();
    control.click();
  });

  /* ---- check boxes of a table: the one in the head sets all, the bar counts */
  const count = (form) => {
    const boxes = all("[data-check-row]", form);
    const chosen = boxes.filter((box) => box.checked).length;
    for (const words of all("[data-check-count]", form)) {
      words.dataset.none ??= words.textContent;
      words.textContent = chosen ? words.dataset.some.replace("{n}", chosen) : words.dataset.none;
    }
    for (const head of all("[data-check-all]", form)) {
      head.hidden = false;
      head.checked = chosen > 0 && chosen === boxes.length;
      head.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  };
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-check-all], [data-check-row]");
    if (!box) return;
    const form = box.form ?? box.closest("table");
    if (box.matches("[data-check-all]")) {
      for (const row of all("[data-check-row]", form)) row.checked = box.checked;
    }
    count(form);
  });

  /* ---- a form with data-guard asks before its changes are lost */
  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-guard]")) dirty.add(form);
  });
  document.addEventListener("submit", (event) => dirty.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });

  /* ---- copy buttons */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const label = button.getAttribute("aria-label");
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const text = button.previousElementSibling;
      if (text) window.getSelection()?.selectAllChildren(text); // refused: at least mark the text
      return;
    }
    button.classList.add("done");
    button.setAttribute("aria-label", button.dataset.copied);
    setTimeout(() => {
      button.classList.remove("done");
      button.setAttribute("aria-label", label);
    }, 2000);
  });

  /* ---- a file that is too large is refused before it is sent: the server would refuse the page */
  document.addEventListener("change", (event) => {
    const input = event.target.closest("input[type=file][data-most-bytes]");
    if (!input) return;
    const large = [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));
    const words = input.parentElement.querySelector("[data-too-large]");
    if (words) words.hidden = !large;
    if (large) input.value = "";
  });

  /* ---- an answer that could not be saved says so; it is tried again where that may help, and
     where the server refused it (the sign of the browser ran out) the button of the page does */
  const BUSY = [0, 429, 502, 503, 504];
  const unsaved = (event) => {
    const question = event.detail.elt?.closest?.("[data-unsaved]");
    const words = question?.querySelector("[role=status]");
    if (!words) return;
    const again = BUSY.includes(event.detail.xhr?.status ?? 0);
    words.textContent = again ? question.dataset.unsaved : question.dataset.refused;
    if (again) setTimeout(() => question.isConnected && window.htmx.trigger(question, "change"), 5000);
  };
  for (const kind of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(kind, unsaved);
  }

  /* ---- the drawer of the phone closes when it is no drawer any more, and on the way to a part
     of the same page */
  const drawer = document.getElementById("side");
  const close = () => drawer?.matches(":popover-open") && drawer.hidePopover();
  window.matchMedia("(min-width: 768px)").addEventListener("change", close);
  drawer?.addEventListener("click", (event) => event.target.closest("a[href]") && close());

  /* ---- for the page, and for each piece that htmx puts into it */
  const prepare = (piece) => {
    for (const button of all("[data-copy]", piece)) button.hidden = !navigator.clipboard;
    for (const words of all("[data-scripted]", piece)) words.hidden = false;
    for (const head of all("[data-check-all]", piece)) count(head.form ?? head.closest("table"));
    piece.querySelector("[data-focus]")?.focus();
  };
  prepare(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) prepare(event.target);
  });
  /* a page from the browser's cache has its boxes still set */
  window.addEventListener("pageshow", (event) => event.persisted && prepare(document));
})();
