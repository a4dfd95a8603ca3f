// Typed fields for an answer's value: made for a kind, read back as what the API takes.
// Values come as the API tells them (JSON); they go back as JSON or as text, which the server reads as it reads a page.

import { make } from "./api.js";

const text = (value) => value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
const HINTS = {
  date: "2024-03-31, 2024-03 or 2024; or as printed",
  dates: "one date a line",
  list: "one item a line",
  number: "1234.5, or as printed",
  integer: "12",
  money: "1021.91 GBP, or as printed",
  tables: "JSON",
};

// A field: {element, read(), focus(), hint}. labelled: the id of what names it; question: {key, kind, choices, columns}.
export function field(question, value, labelled) {
  const named = { "aria-labelledby": labelled, autocomplete: "off", spellcheck: "false" };
  const makers = { boolean: yesOrNo, choice: oneOf, text: lines, list: listed, dates: listed, tables: listed, table: rows };
  return (makers[question.kind] || line)(question, value, named);
}

function line(question, value, named) {
  const input = make("input", { type: "text", inputmode: { integer: "numeric" }[question.kind] || null, value: text(value), placeholder: HINTS[question.kind] || "", ...named });
  return { element: input, read: () => input.value.trim(), focus: () => { input.focus(); input.select(); }, set: (said) => { input.value = text(said); } };
}

function lines(question, value, named) {
  const area = make("textarea", { rows: 6, ...named });
  area.value = text(value);
  return { element: area, read: () => area.value.trim(), focus: () => { area.focus(); area.select(); }, set: (said) => { area.value = text(said); }, many: true };
}

function listed(question, value, named) {
  const plain = question.kind !== "tables";
  const area = make("textarea", { rows: Math.min(12, Math.max(3, (Array.isArray(value) ? value.length : 0) + 1)), placeholder: HINTS[question.kind], ...named });
  const put = (said) => { area.value = !Array.isArray(said) ? text(said) : plain ? said.map(text).join("\n") : JSON.stringify(said, null, 1); };
  put(value);
  const read = () => plain ? area.value.split("\n").map((item) => item.trim()).filter(Boolean) : JSON.parse(area.value);
  return { element: area, read, focus: () => { area.focus(); area.setSelectionRange(0, 0); }, set: put, many: true };
}

function chosen(options, value, named, labels) {
  const group = `g${Math.random().toString(36).slice(2)}`;
  const box = make("div", { class: "choices", role: "radiogroup", "aria-labelledby": named["aria-labelledby"] });
  options.forEach((option, at) => {
    const radio = make("input", { type: "radio", name: group, value: String(at), checked: text(option) === text(value) });
    box.append(make("label", { class: "check" }, radio, labels[at]));
  });
  const radios = () => [...box.querySelectorAll("input")];
  return {
    element: box,
    read: () => { const on = radios().find((radio) => radio.checked); return on ? options[Number(on.value)] : ""; },
    focus: () => (radios().find((radio) => radio.checked) || radios()[0]).focus(),
    set: (said) => radios().forEach((radio, at) => { radio.checked = text(options[at]) === text(said); }),
  };
}

const yesOrNo = (question, value, named) => chosen([true, false], value, named, ["yes", "no"]);

function oneOf(question, value, named) {
  const choices = question.choices || [];
  if (choices.length <= 6) return chosen(choices, value, named, choices);
  const select = make("select", named, ...(choices.includes(value) ? [] : [make("option", { value: "" }, "–")]), ...choices.map((choice) => make("option", { value: choice, selected: choice === value }, choice)));
  return { element: select, read: () => select.value, focus: () => select.focus(), set: (said) => { select.value = said; } };
}

function rows(question, value, named) {
  const columns = (question.columns || []).map((column) => typeof column === "string" ? { name: column, kind: "string" } : column);
  const body = make("tbody");
  const width = (column) => Math.min(24, Math.max(4, ...(Array.isArray(value) ? value : []).map((row) => text(row?.[column.name]).length + 1)));
  const add = (row = {}) => {
    const line = make("tr", {}, ...columns.map((column) => {
      const cell = make("input", { type: "text", value: text(row?.[column.name]), size: String(width(column)), "aria-label": column.name, autocomplete: "off", spellcheck: "false", "data-column": column.name });
      return make("td", { class: column.kind }, cell);
    }));
    line.append(make("td", {}, make("button", { type: "button", class: "icon-button", "aria-label": "Remove this row", onclick: () => { const next = line.nextElementSibling || line.previousElementSibling; line.remove(); next?.querySelector("input")?.focus(); } }, "×")));
    body.append(line);
    return line;
  };
  const put = (said) => { body.replaceChildren(); (Array.isArray(said) && said.length ? said : [{}]).forEach((row) => add(row)); };
  put(value);
  body.addEventListener("keydown", (event) => {
    const column = event.target.dataset?.column;
    const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!column || !to) return;
    event.preventDefault();
    event.target.closest("tr")[to]?.querySelector(`[data-column="${CSS.escape(column)}"]`)?.focus();
  });
  const table = make("table", { class: "grid", "aria-labelledby": named["aria-labelledby"] },
    make("thead", {}, make("tr", {}, ...columns.map((column) => make("th", { scope: "col" }, column.name.replaceAll("_", " "))), make("th", {}, make("span", { class: "unseen" }, "remove")))), body);
  const more = make("button", { type: "button", class: "button small", onclick: () => add().querySelector("input").focus() }, "Add a row");
  const read = () => [...body.rows].map((row) => Object.fromEntries([...row.querySelectorAll("[data-column]")].map((cell) => [cell.dataset.column, cell.value.trim() || null]))).filter((row) => Object.values(row).some((cell) => cell !== null));
  return { element: make("div", { class: "rows" }, make("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": named["aria-labelledby"] }, table), more), read, focus: () => body.querySelector("input")?.focus(), set: put, many: true };
}

// A value as people read it; an element.
export function told(value, kind = "", columns = null) {
  if (value === null || value === undefined || value === "") return make("span", { class: "muted" }, "–");
  if (kind === "tables" && Array.isArray(value)) {
    return make("div", {}, ...value.slice(0, 6).map((table, at) => {
      const name = table.caption || `Table ${at + 1}`;
      const body = table.grid.slice(0, 30).map((row) => make("tr", {}, ...row.slice(0, 20).map((cell) => make("td", {}, text(cell)))));
      return make("figure", { class: "grid-table" }, make("figcaption", { class: "small" }, name), make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": name }, make("table", { class: "mini" }, make("tbody", {}, ...body))));
    }));
  }
  if (Array.isArray(value) && value.length && value.every((row) => row && typeof row === "object" && !Array.isArray(row))) {
    const names = columns?.length ? columns.map((column) => column.name || column) : Object.keys(value[0]);
    const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col" }, name.replaceAll("_", " "))));
    const body = value.slice(0, 30).map((row) => make("tr", {}, ...names.map((name) => make("td", {}, text(row[name])))));
    const more = value.length > 30 ? make("p", { class: "muted small" }, `and ${value.length - 30} more rows`) : null;
    return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${value.length} rows` }, make("table", { class: "mini" }, make("thead", {}, head), make("tbody", {}, ...body)), more);
  }
  if (Array.isArray(value)) return make("span", {}, value.map(text).join(", "));
  if (typeof value === "boolean") return make("span", {}, value ? "yes" : "no");
  return make("span", {}, text(value));
}
