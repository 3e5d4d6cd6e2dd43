// Scanning: a wedge scanner, the camera, or typing, all into one field; ticks survive a lost connection or a reload.
(() => {
  "use strict";

  const BURST_MEAN_MS = 80; // a wedge scanner types faster than any person
  const BURST_PAUSE_MS = 500;
  const BURST_LENGTH_MIN = 4;
  const LOOK_EVERY_MS = 120;
  const GONE_AFTER_MS = 900; // the same code counts again once it has been out of the picture for so long
  const FORMATS = ["ean_13", "ean_8", "upc_a", "itf", "code_128", "code_39"];

  let page = null; // what the script knows of the page: set by start()

  const say = (text, good) => {
    const place = page.root.querySelector("[data-feedback]");
    place.textContent = text;
    place.className = `scan-feedback ${good ? "good" : "bad"}`;
    if (navigator.vibrate) navigator.vibrate(good ? 40 : [120, 60, 120]);
  };
  const worded = (name, values = {}) =>
    (page.texts[name] || "").replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));

  // Every form of a GTIN is the same number with zeros in front; the room keeps 14 digits.
  const forms = (code) => (/^(\d{8}|\d{12,14})$/.test(code) ? [code, code.padStart(14, "0")] : [code]);

  // ---- rows: what is ticked

  const rows = () => [...page.root.querySelectorAll("[data-row]")];
  const quantityOf = (row) => row.querySelector("[data-quantity]");
  const wantedOf = (row) => Number(row.dataset.wanted || 0);
  const rowOf = (code) => {
    const meant = forms(code);
    return rows().find((row) => JSON.parse(row.dataset.codes).some((known) => meant.includes(known)));
  };

  const colour = () => {
    let wanted = 0, have = 0;
    for (const row of rows()) {
      const [now, most] = [Number(quantityOf(row).value || 0), wantedOf(row)];
      const whole = row.dataset.measured !== undefined;
      row.classList.toggle("is-done", most > 0 && now >= most);
      row.classList.toggle("is-over", page.mode === "receive" && now > most);
      wanted += whole ? 1 : most;
      have += whole ? Number(now >= most && most > 0) : Math.min(now, most);
    }
    const progress = page.root.querySelector("[data-progress]");
    if (progress) progress.textContent = worded("progress", { have, wanted });
    const bar = page.root.querySelector("progress");
    if (bar) { bar.max = Math.max(wanted, 1); bar.value = have; }
  };

  const tick = (row) => {
    const field = quantityOf(row), title = row.dataset.title, most = wantedOf(row);
    const now = Number(field.value || 0);
    const measured = row.dataset.measured !== undefined;
    if (page.mode === "pick" && now >= most) { say(worded("enough", { title, most }), false); flash(row); return; }
    if (page.mode === "count" && measured) { field.focus(); field.select(); say(worded("weigh", { title }), true); return; }
    field.value = measured ? String(most) : String(now + 1);
    counted();
    flash(row);
    const over = page.mode === "receive" && now + 1 > most;
    const of = page.mode === "count" ? "" : ` / ${most}`;
    say(over ? worded("over", { title, most }) : `${title}: ${field.value}${of}`, !over);
  };

  const flash = (row) => {
    row.scrollIntoView({ block: "nearest" });
    row.classList.remove("flash");
    void row.offsetWidth; // begins the animation anew
    row.classList.add("flash");
  };

  const counted = () => {
    const moment = page.root.querySelector("[data-counted-at]");
    if (moment) moment.value = new Date(page.served + performance.now() - page.opened).toISOString();
    colour();
    keep();
  };

  // ---- a code has been read

  const take = async (text) => {
    const code = text.trim();
    if (!code) return;
    page.field.value = "";
    if (page.mode === "go") { page.field.value = code; page.form.requestSubmit(); return; }
    const row = rowOf(code);
    if (row) { tick(row); return; }
    if (page.mode !== "count") { say(worded("wrong", { code }), false); return; }
    say(worded("asking", { code }), true);
    try {
      const answer = await fetch(`${page.root.dataset.goods}?goods=${encodeURIComponent(code)}`);
      if (answer.status === 404) { say(worded("unknown", { code }), false); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const goods = await answer.json();
      tick(rowOf(goods.sku) || add(goods));
    } catch {
      page.field.value = code;
      say(worded("offline"), false);
    }
  };

  const add = (goods) => {
    const row = page.root.querySelector("template[data-new-row]").content.firstElementChild.cloneNode(true);
    Object.assign(row.dataset, { sku: goods.sku, title: goods.title, codes: JSON.stringify(goods.codes) });
    row.dataset.goods = JSON.stringify(goods);
    if (goods.measured) {
      row.dataset.measured = "";
      for (const step of row.querySelectorAll("[data-step]")) step.remove();
    }
    row.querySelector("[data-title]").textContent = goods.title;
    row.querySelector("[data-sku-text]").textContent = goods.measured ? `${goods.sku} · ${goods.unit}` : goods.sku;
    row.querySelector("input[name=sku]").value = goods.sku;
    const field = quantityOf(row);
    field.name = field.id = `q-${goods.name}`;
    field.step = goods.measured ? "0.001" : "1";
    field.setAttribute("aria-label", goods.title);
    page.root.querySelector("[data-rows]").prepend(row);
    page.root.querySelector("[data-nothing-yet]")?.setAttribute("hidden", "");
    return row;
  };

  // ---- what was ticked stays: fields, added rows, and the key under which sending again is safe

  const store = () => `scan:${window.location.pathname}`;
  const keep = () => {
    if (page.mode === "go") return;
    const fields = {};
    for (const one of page.form.elements) {
      if (!one.name || one.type === "submit" || one.type === "button" || ["csrf", "sku", "code"].includes(one.name)) continue;
      if (/^(open-|line$|unit$)/.test(one.name) || (one.type === "radio" && !one.checked)) continue;
      fields[one.name] = one.value;
    }
    const added = rows().filter((row) => row.dataset.goods).map((row) => JSON.parse(row.dataset.goods)).reverse();
    try { sessionStorage.setItem(store(), JSON.stringify({ fields, added })); } catch { /* a full or forbidden store */ }
  };
  const forget = () => { try { sessionStorage.removeItem(store()); } catch { /* nothing kept */ } };
  const restore = () => {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(store()) || "null"); } catch { return; }
    if (!kept || page.mode === "go") return;
    for (const goods of kept.added) if (!rowOf(goods.sku)) add(goods);
    for (const [name, value] of Object.entries(kept.fields)) {
      const found = page.form.elements.namedItem(name);
      if (found) found.value = value; // a list of radio buttons takes a value too
    }
    if (rows().some((row) => Number(quantityOf(row).value) > 0)) say(worded("restored"), true);
  };

  // ---- sending: by fetch, so that a lost connection leaves the page as it is

  const send = async (event) => {
    if (page.mode === "go") return;
    event.preventDefault();
    event.stopPropagation();
    if (page.sending) return;
    const button = event.submitter;
    page.sending = true;
    button?.classList.add("btn-loading");
    keep();
    const body = new URLSearchParams(new FormData(page.form, button));
    try {
      const answer = await fetch(page.form.action, { method: "POST", body, headers: { "x-scan": "1" } });
      if (answer.status === 204) { forget(); window.location.assign(answer.headers.get("x-location")); return; }
      if (answer.status === 401 || (answer.status === 403)) { window.location.reload(); return; }
      if (answer.status >= 500) throw new Error(String(answer.status));
      forget();
      swap(await answer.text());
    } catch {
      say(worded("offline"), false);
    } finally {
      if (page) page.sending = false;
      button?.classList.remove("btn-loading");
    }
  };
  const swap = (text) => {
    stopCamera();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    document.getElementById("main").replaceWith(fresh.getElementById("main"));
    start();
    keep();
    document.querySelector("[data-focus]")?.focus();
  };

  // ---- a wedge scanner types wherever the focus is, and ends with Enter. Where nothing else takes keys they go to the
  // field; where something does, they are known by their speed and taken out of it again.

  let burst = "", first = 0, last = 0, touched = null, before = "";
  document.addEventListener("keydown", (event) => {
    if (!page || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const now = event.timeStamp;
    if (event.key === "Enter") {
      const code = burst, fast = now - first < BURST_MEAN_MS * code.length;
      burst = "";
      const typed = event.target === page.field;
      if (!typed && !(fast && code.length >= BURST_LENGTH_MIN)) return;
      event.preventDefault();
      event.stopPropagation();
      if (!typed && touched) touched.value = before;
      page.field.focus({ preventScroll: true });
      take(typed ? page.field.value : code);
      return;
    }
    if (event.key.length !== 1) return;
    if (!event.target.closest("input, textarea, select, [contenteditable]") && !"/ ".includes(event.key)) {
      page.field.value = "";
      page.field.focus({ preventScroll: true });
      burst = "";
      return;
    }
    if (now - last > BURST_PAUSE_MS || !burst || (touched && touched !== event.target)) {
      burst = "";
      first = now;
      touched = event.target.matches("input, textarea") ? event.target : null;
      before = touched ? touched.value : "";
    }
    burst += event.key;
    last = now;
  }, true);

  // ---- the camera

  let stream = null, looking = 0;
  const stopCamera = () => {
    looking += 1;
    for (const track of stream ? stream.getTracks() : []) track.stop();
    stream = null;
    const view = page?.root.querySelector("[data-camera]");
    if (view) view.hidden = true;
    page?.root.querySelector("[data-camera-toggle]")?.setAttribute("aria-pressed", "false");
  };
  const startCamera = async () => {
    const turn = ++looking, view = page.root.querySelector("[data-camera]"), video = view.querySelector("video");
    say(worded("starting"), true);
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false,
      });
      stream = opened;
      if (turn !== looking) { stopCamera(); return; }
      video.srcObject = opened;
      await video.play();
      view.hidden = false;
      page.root.querySelector("[data-camera-toggle]").setAttribute("aria-pressed", "true");
      const track = opened.getVideoTracks()[0], torch = view.querySelector("[data-torch]");
      torch.hidden = !track.getCapabilities?.().torch;
      torch.onclick = () => {
        const on = torch.getAttribute("aria-pressed") !== "true";
        track.applyConstraints({ advanced: [{ torch: on }] }).then(() => torch.setAttribute("aria-pressed", String(on)), () => {});
      };
      await look(await window.barcodeDetector(FORMATS), video, turn);
    } catch (error) {
      stopCamera();
      say(worded(error.name === "NotAllowedError" ? "denied" : "noCamera"), false);
    }
  };
  const look = async (reader, video, turn) => {
    say(worded("ready"), true);
    const seen = new Map();
    while (turn === looking) {
      const now = performance.now();
      for (const { rawValue } of video.readyState >= 2 ? await reader.detect(video) : []) {
        const before = seen.get(rawValue);
        seen.set(rawValue, now);
        if (turn === looking && (before === undefined || now - before > GONE_AFTER_MS)) await take(rawValue);
      }
      await new Promise((resolve) => { setTimeout(resolve, LOOK_EVERY_MS); });
    }
  };

  // ---- begin

  const start = () => {
    const root = document.querySelector("[data-scanner]");
    if (!root) { page = null; return; }
    const field = root.querySelector("[data-scan-field]");
    page = {
      root, field, form: root.querySelector("form[data-scan-form]"), mode: root.dataset.scanner, sending: false,
      texts: JSON.parse(root.dataset.texts), served: Number(root.dataset.served), opened: performance.now(),
    };
    if (!page.form) { page = null; return; }
    for (const one of root.querySelectorAll("[data-needs-script]")) one.hidden = false;
    const camera = root.querySelector("[data-camera-toggle]");
    camera.hidden = !navigator.mediaDevices?.getUserMedia;
    camera.addEventListener("click", () => (stream ? stopCamera() : startCamera()));
    root.querySelector("[data-camera-stop]").addEventListener("click", stopCamera);
    root.addEventListener("click", (event) => {
      const step = event.target.closest("[data-step]"), gone = event.target.closest("[data-remove]");
      if (gone) { gone.closest("[data-row]").remove(); counted(); }
      if (!step) return;
      const input = quantityOf(step.closest("[data-row]"));
      input.value = String(Math.max(0, Number(input.value || 0) + Number(step.dataset.step)));
      counted();
    });
    root.addEventListener("input", (event) => { if (event.target.matches("[data-quantity]")) counted(); else keep(); });
    const adding = root.querySelector("[data-add]");
    adding?.addEventListener("click", (event) => { event.preventDefault(); take(field.value); });
    page.form.addEventListener("submit", send);
    restore();
    colour();
  };
  window.addEventListener("pagehide", stopCamera);
  document.addEventListener("visibilitychange", () => { if (document.hidden) stopCamera(); });
  start();
})();
