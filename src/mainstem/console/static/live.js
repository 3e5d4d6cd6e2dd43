// Keeps a page up to date: the server sends those of its parts that have changed, ready to show.
(() => {
  "use strict";
  const RETRY_MS = 5000;
  const place = document.querySelector("[data-live]");
  const status = document.querySelector("[data-live-state]");
  if (!place || !status) return;
  const parts = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  let source = null;
  let retry = 0;

  const focusable = (part) => [...part.querySelectorAll("a[href], summary, [tabindex='0']")];

  // What the reader has opened, scrolled or focused stays so; a chart keeps its place and draws again.
  const renew = (part, html) => {
    const kept = (selector) => [...part.querySelectorAll(selector)];
    const open = new Set(kept("details").flatMap((details, number) => (details.open ? [number] : [])));
    const focused = part.contains(document.activeElement) ? focusable(part).indexOf(document.activeElement) : -1;
    const scrolled = kept("[role=region]").map((box) => box.scrollLeft);
    const charts = new Map(kept("[data-chart]").map((chart) => [chart.id, chart]));
    part.innerHTML = html;
    kept("details").forEach((details, number) => { details.open = open.has(number); });
    kept("[role=region]").forEach((box, number) => { box.scrollLeft = scrolled[number] ?? 0; });
    for (const fresh of kept("[data-chart]")) {
      const chart = charts.get(fresh.id);
      if (!chart) continue;
      chart.dataset.chart = fresh.dataset.chart;
      chart.setAttribute("aria-label", fresh.getAttribute("aria-label"));
      fresh.replaceWith(chart);
    }
    if (focused >= 0) focusable(part)[focused]?.focus({ preventScroll: true });
    if (charts.size) document.dispatchEvent(new CustomEvent("live", { detail: part }));
  };

  const show = (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data))) {
      const part = parts.get(name);
      if (part) renew(part, html);
    }
    status.dataset.liveState = "live";
  };

  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(place.dataset.live);
    source.addEventListener("parts", show);
    source.addEventListener("error", () => {
      status.dataset.liveState = "paused";
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
