// SQL: a statement with parameters, its rows as a table and a plot, saved queries.

import { announce, call, make, Problem, sorry, toast, token } from "./api.js";
import { bind } from "./keys.js";

const at = (id) => document.getElementById(id);
const desk = at("desk"), statement = at("sql"), fault = at("sql-fault"), run = at("run");
const SHOWN = 500; // rows in the page; a download has all
const DRAWN = 5000;
let queries = JSON.parse(desk.dataset.queries);
let open = queries.find((one) => one.name === desk.dataset.chosen) ?? null;
let asked = null; // what was run: {body, table}
let running = null;

// The :names of a statement: not those in strings, quoted names and comments, and no casts.
const PASSED = /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|\$(\w*)\$[^]*?(?:\$\1\$|$)|::/g;
const names = (sql) => [...new Set([...sql.replace(PASSED, " ").matchAll(/(?<![\w:]):([A-Za-z_]\w*)/g)].map((found) => found[1]))];

function parameters() {
  const place = at("parameters"), wanted = names(statement.value);
  const known = new Map([...place.children].map((row) => [row.dataset.name, row]));
  if (wanted.join() === [...known.keys()].join()) return;
  place.replaceChildren(...wanted.map((name) => known.get(name) ?? parameter(name, open?.parameters.find((one) => one.name === name))));
  place.hidden = wanted.length === 0;
}

function parameter(name, saved) {
  const value = make("input", { id: `p-${name}`, type: "text", autocomplete: "off", value: saved?.default ?? "" });
  const kind = make("select", { "aria-label": `Type of ${name}` }, ...["text", "number", "date"].map((one) => make("option", { selected: one === (saved?.type ?? "text") }, one)));
  const shape = () => { value.type = kind.value === "date" ? "date" : "text"; value.inputMode = kind.value === "number" ? "decimal" : "text"; };
  let chosen = Boolean(saved); // by a person: from then on nothing is guessed
  kind.addEventListener("change", () => { chosen = true; shape(); });
  value.addEventListener("change", () => {
    if (chosen) return;
    const text = value.value.trim();
    kind.value = text !== "" && !Number.isNaN(Number(text)) ? "number" : /^\d{4}-\d\d-\d\d$/.test(text) ? "date" : "text";
    shape();
  });
  shape();
  return make("div", { class: "parameter", "data-name": name }, make("label", { class: "name", for: `p-${name}` }, saved?.label || name), value, kind);
}

// A parameter that is empty is asked for, once: an empty text may be meant.
function lacking() {
  const row = [...at("parameters").children].find((one) => !one.dataset.told && one.querySelector("input").value === "");
  if (!row) return "";
  row.dataset.told = "yes";
  row.querySelector("input").focus();
  return `${row.dataset.name} needs a value; run it again to ask with an empty text.`;
}

function values() {
  const found = {};
  for (const row of at("parameters").children) {
    const text = row.querySelector("input").value, kind = row.querySelector("select").value;
    if (kind === "number" && text.trim() !== "" && Number.isNaN(Number(text))) throw new Error(`${row.dataset.name}: ${text} is no number`);
    if (text.trim() === "" && kind !== "text") throw new Error(`${row.dataset.name} needs a value`);
    found[row.dataset.name] = kind === "number" ? Number(text) : text;
  }
  return found;
}

function wrong(text) {
  fault.textContent = text;
  fault.hidden = !text;
  statement.toggleAttribute("aria-invalid", Boolean(text));
  if (text) statement.setAttribute("aria-invalid", "true");
}

async function ask(event) {
  event?.preventDefault();
  running?.abort();
  const lacks = lacking();
  wrong(lacks);
  if (lacks) return;
  const mine = running = new AbortController();
  run.setAttribute("aria-busy", "true");
  run.querySelector("span").textContent = "Runs…";
  try {
    const body = { sql: statement.value, parameters: values(), limit: Number(at("limit").value), seconds: 30 };
    const table = await call("POST", "/v1/sql", body, { signal: mine.signal });
    asked = { body, table };
    show(table);
  } catch (error) {
    if (error.name !== "AbortError") wrong(error.message);
  } finally {
    if (running === mine) { run.removeAttribute("aria-busy"); run.querySelector("span").textContent = "Run"; }
  }
}

function cell(value) {
  if (value === null) return make("td", {}, make("span", { class: "none" }, "null"));
  if (typeof value === "number") return make("td", { class: "num" }, String(value));
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const cut = text.length > 600 ? `${text.slice(0, 600)}…` : text;
  return make("td", { class: text.length > 80 ? "long" : text.length < 22 ? "nowrap" : null }, cut);
}

function show(table) {
  const numeric = table.columns.map((_, index) => table.rows.some((row) => typeof row[index] === "number"));
  at("rows").replaceChildren(
    make("caption", { class: "unseen" }, "Rows of the query"),
    make("thead", {}, make("tr", {}, ...table.columns.map((name, index) => make("th", { scope: "col", class: numeric[index] ? "num" : null }, name)))),
    make("tbody", {}, ...table.rows.slice(0, SHOWN).map((row) => make("tr", {}, ...row.map(cell)))),
  );
  const count = table.rows.length;
  const words = `${count} row${count === 1 ? "" : "s"}${table.truncated ? ", and there are more" : ""}, ${table.seconds.toFixed(2)} s${count > SHOWN ? `; the first ${SHOWN} are shown, a download has all` : ""}`;
  at("result").hidden = false;
  at("told").textContent = words;
  axes(table);
}

// Plot: dates or words across, the first column of numbers as values.
const DATE = /^\d{4}-\d\d-\d\d([T ]|$)/;
function sort(table, index) {
  const there = table.rows.map((row) => row[index]).filter((value) => value !== null);
  if (there.length && there.every((value) => typeof value === "number")) return "number";
  return there.length && there.every((value) => typeof value === "string" && DATE.test(value)) ? "date" : "word";
}

function axes(table) {
  const place = at("plot");
  place.hidden = table.rows.length < 2 || table.columns.length === 0;
  if (place.hidden) return;
  const sorts = table.columns.map((_, index) => sort(table, index));
  const option = (index, chosen) => make("option", { value: index, selected: index === chosen }, table.columns[index]);
  let x = sorts.indexOf("date");
  if (x < 0) x = sorts.indexOf("word");
  if (x < 0) x = 0;
  const numbers = sorts.map((one, index) => (one === "number" && index !== x ? index : -1)).filter((index) => index >= 0);
  at("plot-x").replaceChildren(...table.columns.map((_, index) => option(index, x)));
  at("plot-y").replaceChildren(make("option", { value: "" }, "how many"), ...sorts.map((one, index) => (one === "number" ? option(index, numbers[0]) : null)).filter(Boolean));
  at("plot-kind").value = "";
  draw();
}

const theme = () => document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
let drawing = null;
async function draw() {
  if (!asked || at("plot").hidden) return;
  const { table } = asked, image = at("picture"), said = at("plot-fault");
  const rows = table.rows.slice(0, DRAWN), x = Number(at("plot-x").value), y = at("plot-y").value;
  const pick = (index) => ({ name: table.columns[index].slice(0, 200), values: rows.map((row) => { const value = row[index]; return value !== null && typeof value === "object" ? JSON.stringify(value).slice(0, 200) : typeof value === "string" ? value.slice(0, 200) : value; }) });
  const body = { x: pick(x), kind: at("plot-kind").value || null, title: "", theme: theme(), narrow: matchMedia("(max-width: 600px)").matches };
  if (y !== "") body.y = pick(Number(y));
  drawing?.abort();
  const mine = drawing = new AbortController();
  said.hidden = true;
  try {
    const reply = await fetch("/v1/charts/plot", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": token() }, body: JSON.stringify(body), signal: mine.signal });
    if (!reply.ok) throw new Problem(reply.status, await reply.json().catch(() => ({})));
    const kind = reply.headers.get("X-Plot");
    const address = URL.createObjectURL(await reply.blob());
    image.onload = () => URL.revokeObjectURL(address);
    image.alt = `${kind} plot of ${y === "" ? "how many rows" : table.columns[Number(y)]} by ${table.columns[x]}; the numbers are in the table above`;
    image.src = address;
    image.hidden = false;
  } catch (error) {
    if (error.name === "AbortError") return;
    image.hidden = true;
    said.textContent = error.message;
    said.hidden = false;
  }
}

async function download(form) {
  if (!asked) return;
  try {
    const reply = await fetch(`/v1/sql?format=${form}`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": token() }, body: JSON.stringify(asked.body) });
    if (!reply.ok) throw new Problem(reply.status, await reply.json().catch(() => ({})));
    const address = URL.createObjectURL(await reply.blob());
    make("a", { href: address, download: `${open?.name ?? "query"}.${form}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    announce(`Downloaded as ${form}`);
  } catch (error) { sorry(error); }
}

function listed() {
  at("saved").replaceChildren(...(queries.length ? queries.map((one) => make("li", {},
    make("button", { type: "button", class: "open", "aria-current": open?.name === one.name ? "true" : null, onclick: () => choose(one) }, one.name, one.description ? make("small", {}, one.description) : null),
    make("button", { type: "button", class: "icon-button", "aria-label": `Remove ${one.name}`, onclick: () => remove(one) }, "×"),
  )) : [make("li", { class: "nothing" }, "None yet.")]));
}

function choose(one) {
  open = one;
  statement.value = one.sql;
  at("parameters").replaceChildren();
  parameters();
  at("save-name").value = one.name;
  at("save-about").value = one.description;
  history.replaceState(null, "", `/sql?saved=${encodeURIComponent(one.name)}`);
  listed();
  if (one.parameters.every((parameter) => parameter.default !== null)) ask();
  else at("parameters").querySelector("input")?.focus();
}

async function remove(one) {
  if (!confirm(`Remove the query ${one.name}?`)) return;
  try {
    await call("DELETE", `/v1/queries/${encodeURIComponent(one.name)}`);
    queries = queries.filter((other) => other !== one);
    if (open === one) open = null;
    listed();
    toast(`${one.name} is removed.`);
  } catch (error) { sorry(error); }
}

async function save(event) {
  event.preventDefault();
  const said = at("save-fault"), name = at("save-name").value.trim();
  said.hidden = true;
  const known = queries.find((one) => one.name === name);
  const body = {
    sql: statement.value, description: at("save-about").value,
    parameters: [...at("parameters").children].map((row) => ({ name: row.dataset.name, type: row.querySelector("select").value, default: row.querySelector("input").value.trim() || null })),
  };
  try {
    if (!name) throw new Error("A query needs a name.");
    if (known && known !== open && !confirm(`There is a query ${name} already. Save this one in its place?`)) return;
    const headers = known ? { "If-Match": `"${known.revision}"` } : { "If-None-Match": "*" };
    open = await call("PUT", `/v1/queries/${encodeURIComponent(name)}`, body, { headers });
    queries = [...queries.filter((one) => one.name !== name), open].sort((a, b) => (a.name < b.name ? -1 : 1));
    listed();
    saving(false);
    toast(`Saved as ${name}.`);
  } catch (error) {
    said.textContent = error.message;
    said.hidden = false;
    at("save-name").focus();
  }
}

function saving(on) {
  at("save").hidden = !on;
  at("save-open").setAttribute("aria-expanded", on);
  (on ? at("save-name") : at("save-open")).focus();
}

function insert(text) {
  const { selectionStart: from, selectionEnd: to } = statement;
  statement.setRangeText(text, from, to, "end");
  statement.focus();
  parameters();
}

at("ask").addEventListener("submit", ask);
statement.addEventListener("input", parameters);
at("ask").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask(event); });
at("save-open").addEventListener("click", () => saving(at("save").hidden));
at("save-close").addEventListener("click", () => saving(false));
at("save").addEventListener("submit", save);
at("save").addEventListener("keydown", (event) => { if (event.key === "Escape") saving(false); });
for (const id of ["plot-kind", "plot-x", "plot-y"]) at(id).addEventListener("change", draw);
document.addEventListener("theme", draw);
at("downloads").addEventListener("click", (event) => { const form = event.target.closest("button")?.dataset.form; if (form) download(form); });
document.querySelector(".views").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.insert) insert(button.dataset.insert);
  if (button?.dataset.ask) { statement.value = button.dataset.ask; open = null; parameters(); listed(); ask(); }
});
bind("SQL", "e", "write the statement", () => { statement.focus(); });
bind("SQL", "r", "run it", () => { ask(); });
parameters();
listed();
if (open) { at("save-about").value = open.description; }
