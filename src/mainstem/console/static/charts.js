// Draws what `data-chart` holds, in the colours of the theme, and again when the theme, the size or the data changes.
(() => {
  "use strict";
  if (!window.echarts || window.mainstemCharts) return; // a page with two charts names this script twice
  window.mainstemCharts = true;
  const drawn = new Map();
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return [1, 2, 3, 4, 5, 6, 7].map((n) => style.getPropertyValue(`--s${n}`).trim());
  };
  const body = () => getComputedStyle(document.body);
  const draw = (place) => {
    drawn.get(place)?.dispose();
    const chart = window.echarts.init(place, null, { renderer: "svg" });
    const option = JSON.parse(place.dataset.chart);
    chart.setOption({
      color: colours(), textStyle: { color: body().color, fontFamily: body().fontFamily }, animation: false,
      aria: { enabled: true }, ...option,
      // Drawn, not written as HTML with styles of its own, which the content security policy forbids.
      ...(option.tooltip && { tooltip: { renderMode: "richText", ...option.tooltip } }),
    });
    drawn.set(place, chart);
    place.removeAttribute("aria-busy");
  };
  const all = (root) => { for (const place of root.querySelectorAll("[data-chart]")) draw(place); };
  all(document);
  document.addEventListener("live", (event) => all(event.detail));
  document.addEventListener("htmx:after:swap", (event) => all(event.target));
  new MutationObserver(() => all(document)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  window.addEventListener("resize", () => { for (const chart of drawn.values()) chart.resize(); });
})();
