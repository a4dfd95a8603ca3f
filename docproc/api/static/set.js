// A question set in its editor: checked while it is written, compared, saved, tried on a page.

import { announce, call, make, sorry, toast } from "./api.js";
import { imageOf, percent } from "./reviewing.js";
import { Stage } from "./stage.js";

const at = (id) => document.getElementById(id);
const bench = at("bench"), source = at("source");
const name = bench.dataset.name;
let revision = bench.dataset.revision, saved = source.value, newer = null;

// Checked while it is written: every fault with its place.
let checking = null, timer = 0;
async function check() {
  checking?.abort();
  const mine = checking = new AbortController();
  try {
    const found = await call("POST", "/v1/sets/check", { source: source.value }, { signal: mine.signal });
    const count = found.faults.length;
    at("state").className = `small ${found.ok ? "good" : "bad"}`;
    at("state").textContent = found.ok ? `No faults: ${found.asks.length} question${found.asks.length === 1 ? "" : "s"}.` : `${count} fault${count === 1 ? "" : "s"}.`;
    source.setAttribute("aria-invalid", String(!found.ok));
    at("faults").replaceChildren(...found.faults.map((fault) => make("li", {}, make("button", { type: "button", onclick: () => lead(fault.line) },
      fault.detail, make("span", { class: "where" }, `line ${fault.line}${fault.path ? `, ${fault.path}` : ""}`)))));
    return found;
  } catch (error) {
    if (error.name !== "AbortError") at("state").textContent = error.message;
    return null;
  }
}

function lead(line) {
  const lines = source.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  source.focus();
  source.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  source.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(source).lineHeight));
}

// Saved as a version, on top of the one that is seen here.
async function save(event, over = null) {
  event?.preventDefault();
  at("conflict").hidden = true;
  const found = await check();
  if (!found) return;
  if (!found.ok) { at("faults").querySelector("button")?.focus(); return; }
  const fresh = found.name !== name;
  const seen = over ?? (fresh ? null : revision);
  const headers = seen ? { "If-Match": `"${seen}"` } : { "If-None-Match": "*" };
  try {
    const kept = await call("PUT", `/v1/sets/${encodeURIComponent(found.name)}`, { source: source.value }, { headers });
    saved = source.value;
    revision = kept.revision;
    toast(`${kept.name} is saved as revision ${kept.revision}.`);
    location.assign(`/sets/${encodeURIComponent(kept.name)}`);
  } catch (error) {
    if (error.status !== 409) { sorry(error); return; }
    newer = await call("GET", `/v1/sets/${encodeURIComponent(found.name)}`).catch(() => null);
    at("conflict-says").textContent = fresh ? `There is a set called ${found.name} already.` : error.message;
    at("conflict").hidden = false;
    at("conflict-compare").focus();
  }
}

async function retire() {
  if (!confirm(`Take ${name} out of use? Its versions and its answers stay.`)) return;
  try {
    await call("DELETE", `/v1/sets/${encodeURIComponent(name)}`, undefined, { headers: { "If-Match": `"${revision}"` } });
    saved = source.value;
    location.assign("/sets");
  } catch (error) { sorry(error); }
}

// Lines that differ, by the longest common subsequence.
function lines(before, after) {
  const a = before.split("\n"), b = after.split("\n");
  if (a.length * b.length > 4e6) return [...a.map((text) => ["less", text]), ...b.map((text) => ["more", text])];
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const found = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) { found.push(["", a[i]]); i += 1; j += 1; }
    else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1])) { found.push(["less", a[i]]); i += 1; }
    else { found.push(["more", b[j]]); j += 1; }
  }
  return found;
}

function compare(title, other) {
  const found = lines(other, source.value);
  const near = (index) => found.slice(Math.max(0, index - 2), index + 3).some(([kind]) => kind);
  const rows = [];
  let cut = false;
  found.forEach(([kind, text], index) => {
    if (!near(index)) { if (!cut) rows.push(make("div", { class: "cut" }, "⋯")); cut = true; return; }
    cut = false;
    rows.push(make("div", { class: kind }, `${{ less: "−", more: "+" }[kind] ?? " "} ${text}`));
  });
  const changed = found.filter(([kind]) => kind).length;
  at("compared-title").textContent = changed ? `${title}: − is there, + is in the editor` : `${title}: no difference`;
  at("diff").replaceChildren(...(changed ? rows : []));
  at("compared").hidden = false;
  at("compared-title").focus();
}

// Tried on a page, answers beside it.
let stage = null;
function point(id) {
  for (const button of document.querySelectorAll(".tried button")) button.classList.toggle("on", button.dataset.key === id);
  stage?.point(id);
}

async function attempt(event) {
  event?.preventDefault();
  const run = at("try-run"), fault = at("try-fault");
  if (!run || run.getAttribute("aria-busy")) return;
  const document_ = at("try-document").value, page = Number(at("try-page").value);
  fault.hidden = true;
  run.setAttribute("aria-busy", "true");
  run.querySelector("span").textContent = "Asks…";
  at("try-told").textContent = "The page is being asked.";
  try {
    const [found, sheet] = await Promise.all([
      call("POST", "/v1/sets/try", { source: source.value, document: document_, page, engine: at("try-engine").value }),
      call("GET", `/v1/documents/${document_}/pages/${page}`),
    ]);
    answered(found, sheet);
  } catch (error) {
    at("try-told").textContent = "";
    fault.textContent = error.errors.length ? [error.message.split("\n")[0], ...error.errors.map((one) => one.detail)].join("\n") : error.message;
    fault.hidden = false;
  } finally {
    run.removeAttribute("aria-busy");
    run.querySelector("span").textContent = "Try";
  }
}

function answered(found, sheet) {
  const every = Object.entries(found.answers);
  const values = every.filter(([, answer]) => answer.status === "ok").length;
  at("try-told").textContent = `${values} of ${every.length} questions have a value on page ${found.page}; ${found.engine.split(":")[0]}, ${found.seconds.toFixed(1)} s.`;
  at("stage").hidden = false;
  stage ??= new Stage(at("stage"), { onhover: point, onpick: (id) => document.querySelector(`.tried [data-key="${CSS.escape(id)}"]`)?.focus() });
  stage.show(imageOf(found.document, found.page), sheet.width, sheet.height, `Page ${found.page} of ${sheet.name}`);
  const boxes = every.flatMap(([key, answer]) => answer.boxes.filter(([on]) => on === found.page).map(([, ...box]) => ({ id: key, box, label: key, kind: answer.confidence >= .9 ? "" : answer.confidence >= .6 ? "mid" : "low" })));
  stage.mark(boxes);
  const reveal = (key) => { point(key); const box = boxes.find((one) => one.id === key); if (box) stage.reveal(box.box); };
  at("tried").replaceChildren(...every.map(([key, answer]) => make("li", {}, make("button", { type: "button", "data-key": key, onclick: () => reveal(key), onfocus: () => reveal(key), onpointerenter: () => point(key) },
    make("span", { class: "key" }, key),
    make("span", {}, answer.status === "ok" ? words(answer) : make("span", { class: "muted" }, answer.status)),
    make("span", { class: "muted" }, answer.status === "ok" ? percent(answer.confidence) : "")))));
}

function words(answer) {
  if (Array.isArray(answer.value)) return `${answer.value.length} ${answer.value.length === 1 ? "entry" : "entries"}: ${JSON.stringify(answer.value).slice(0, 160)}`;
  return `${typeof answer.value === "object" ? JSON.stringify(answer.value) : answer.value}${answer.currency ? ` ${answer.currency}` : ""}`.slice(0, 300);
}

source.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(check, 350); });
at("edit").addEventListener("submit", save);
at("retire")?.addEventListener("click", retire);
at("try")?.addEventListener("submit", attempt);
at("try-document")?.addEventListener("change", (event) => { at("try-page").max = event.target.selectedOptions[0].dataset.pages; at("try-page").value = 1; });
at("compared-close").addEventListener("click", () => { at("compared").hidden = true; source.focus(); });
at("conflict-compare").addEventListener("click", () => { if (newer) compare(`Revision ${newer.revision}`, newer.source); });
at("conflict-over").addEventListener("click", () => { if (newer) save(null, newer.revision); });
document.querySelector(".versions")?.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (event.target.closest("[data-compare]")) compare(`Revision ${item.dataset.revision}`, item.dataset.source);
  if (event.target.closest("[data-take]")) { source.value = item.dataset.source; source.focus(); check(); announce(`Revision ${item.dataset.revision} is in the editor`); }
});
bench.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  if (event.key === "s" && at("save")) { event.preventDefault(); save(); }
  if (event.key === "Enter" && event.target === source) { event.preventDefault(); attempt(); }
});
addEventListener("beforeunload", (event) => { if (source.value !== saved) event.preventDefault(); });
check();
