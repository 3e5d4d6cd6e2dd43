// What was typed is kept until it is accepted: when there was no answer, when nobody was signed in any more, or when the
// answer was no, it is there again where it was typed. It stays in this tab, and is forgotten with the next page.
(() => {
  "use strict";

  const NAME = "mainstem.typed";
  const { person, formPage } = document.body.dataset;
  const [loaded] = performance.getEntriesByType("navigation");
  // Reading the answer to a form again, or coming back to it, is going to the form: nothing is sent another time.
  if (formPage) history.replaceState(history.state, "", formPage);
  const here = location.pathname + location.search;
  // What nobody typed, and what is not to be kept.
  const typed = (form) => [...form.elements].filter((one) => one.name && one.matches("input, select, textarea")
    && !["hidden", "password", "file", "submit", "button"].includes(one.type));
  const ticked = (one) => one.type === "checkbox" || one.type === "radio";

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !person || !form.matches("form[data-once]")) return;
    const values = typed(form).map((one) => [one.name, one.value, one.checked]);
    const kept = { person, path: here, action: form.getAttribute("action"), values };
    try { sessionStorage.setItem(NAME, JSON.stringify(kept)); } catch { /* there is no room: then it is not kept */ }
  });

  const bring = (kept) => {
    const form = [...document.querySelectorAll("form[data-once]")]
      .find((one) => one.getAttribute("action") === kept.action);
    if (!form) return;
    const left = typed(form);
    for (const [name, value, checked] of kept.values) {
      const place = left.findIndex((one) => one.name === name && (!ticked(one) || one.value === value));
      if (place < 0) continue;
      const [field] = left.splice(place, 1);
      if (ticked(field)) field.checked = checked; else field.value = value;
    }
    document.getElementById("kept")?.removeAttribute("hidden");
  };

  const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "null");
  if (!kept) return;
  const unsent = () => sessionStorage.setItem(NAME, JSON.stringify({ ...kept, unsent: true }));
  if (document.querySelector("[data-unsent]") || (formPage && loaded?.responseStatus >= 400)) {
    unsent();
  } else if (person) { // not while somebody is signing in
    const again = loaded?.type !== "navigate"; // so nothing answered
    sessionStorage.removeItem(NAME);
    if (kept.person !== person) return;
    if (kept.path === here && (kept.unsent || again)) bring(kept);
    else if (again) unsent();
  }
})();
