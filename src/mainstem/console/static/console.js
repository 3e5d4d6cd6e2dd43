// Improves pages that work without it.
(() => {
  "use strict";

  // A form that writes is sent once; the server knows its key anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (!navigator.onLine) { event.preventDefault(); tell(); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    for (const button of form.querySelectorAll("button[type=submit]")) button.classList.add("btn-loading");
  });
  // Back from the next page: the form can be read again, and sent again under its key.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
      for (const button of form.querySelectorAll(".btn-loading")) button.classList.remove("btn-loading");
    }
  });

  // What went wrong is where the reader is.
  document.querySelector("[data-focus]")?.focus();

  // "/" goes to the search; Escape closes open menus.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const field = document.querySelector("[data-shortcut='/']");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.person[open], details.phone-nav[open]")) menu.open = false;
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.person[open], details.phone-nav[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // A filter is applied when it is chosen; without a script its button does it.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-filter]");
    if (form) form.requestSubmit();
  });

  // Select all rows of a list.
  document.addEventListener("change", (event) => {
    const head = event.target.closest("[data-select-all]");
    if (!head) return;
    for (const box of document.querySelectorAll(`input[type=checkbox][name='${head.dataset.selectAll}']`)) box.checked = head.checked;
  });

  const offline = document.getElementById("offline");
  const tell = () => { if (offline) offline.hidden = navigator.onLine; };
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  tell();

  // A page behind which somebody signed out asks for the sign-in, wherever htmx noticed.
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail?.ctx?.response?.status === 401) window.location.reload();
  });
  document.addEventListener("htmx:error", () => { if (offline && !navigator.onLine) offline.hidden = false; });
})();
