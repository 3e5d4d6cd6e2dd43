// Keeps the first page up to date: the server sends those of its parts that have changed, ready to show.
"use strict";

(() => {
  const RETRY_MS = 5000;
  const status = document.querySelector(".status");
  const parts = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  let source = null;
  let retry = 0;

  const show = (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data))) {
      const part = parts.get(name);
      const open = [...part.querySelectorAll("details[open]")].map((details) => details.dataset.keep);
      const focused = part.contains(document.activeElement) ? focusable(part).indexOf(document.activeElement) : -1;
      const scrolled = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
      part.innerHTML = html;
      for (const name of open) {
        const details = part.querySelector(`details[data-keep="${name}"]`);
        if (details) details.open = true;
      }
      part.querySelectorAll(".scroll").forEach((box, number) => { box.scrollLeft = scrolled[number] ?? 0; });
      if (focused >= 0) focusable(part)[focused]?.focus({ preventScroll: true });
    }
    status.dataset.state = "live";
  };

  const focusable = (part) => [...part.querySelectorAll("[tabindex], summary")];

  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(document.body.dataset.live);
    source.addEventListener("parts", show);
    source.addEventListener("error", () => {
      status.dataset.state = "paused";
      // The browser tries again by itself unless the server answered with an error.
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        retry = setTimeout(open, RETRY_MS);
      }
    });
  };

  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };

  // Pages that nobody looks at cost nothing, and leave the browser's few connections to the others.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
})();
