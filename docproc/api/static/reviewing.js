// What a reviewer says of an answer, on the viewer and on the review page: sent, edited, taken back.

import { call, make } from "./api.js";
import { field } from "./inputs.js";

// answer: as the API shows it, with `document` beside it. Resolves to {log_id, document, answer}.
export function say(answer, action, more = {}) {
  const body = {
    document: answer.document, number: answer.number, set: answer.set, key: answer.key, action,
    answer_id: answer.answer_id, log_id: answer.log_id, ...more,
  };
  if (body.answer_id === null) { delete body.answer_id; delete body.log_id; }
  return call("POST", "/v1/reviews", body);
}

export const undo = (logId) => call("POST", "/v1/reviews/undo", logId ? { log_id: logId } : {});

export const acceptable = (answer) => answer.status === "ok" || answer.status === "absent";

export const EVIDENCE = {
  exact: "stands on the page just so",
  close: "stands on the page nearly so",
  model: "where the model says that it stands",
  none: "not found on the page",
};

// A value as it is shown and edited: a table's cells as their canonical texts, so that an amount keeps its currency.
export const valueOf = (answer) => answer.kind === "table" && answer.text ? JSON.parse(answer.text) : answer.value ?? answer.text;

let count = 0;

// The form in which a value is corrected: {element, focus()}. onsave(value) may throw: what is wrong is shown.
export function editor(answer, { onsave, oncancel, label = "" }) {
  const name = `edit-${++count}`;
  const typed = field(answer, answer.status === "ok" ? valueOf(answer) : null, name);
  // A date or an amount is edited as its canonical text.
  if (answer.status === "ok" && typeof answer.value !== "object" && !["boolean", "choice"].includes(answer.kind)) typed.set(answer.text ?? answer.value);
  const fault = make("p", { class: "fault", role: "alert", id: `${name}-fault`, hidden: true });
  const save = make("button", { type: "submit", class: "button primary small" }, "Save ", make("kbd", {}, typed.many ? "Ctrl ↵" : "↵"));
  const cancel = make("button", { type: "button", class: "button quiet small", onclick: () => oncancel() }, "Leave it ", make("kbd", {}, "Esc"));
  const form = make("form", { class: "editor", novalidate: true },
    make("div", { class: "label", id: name }, label || `${answer.key.replaceAll("_", " ")}, ${answer.kind}`), typed.element, fault, make("div", { class: "buttons" }, save, cancel));
  const input = typed.element.matches("input, textarea, select") ? typed.element : null;
  if (input) input.setAttribute("aria-describedby", `${name}-fault`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.disabled) return;
    let value;
    try { value = typed.read(); } catch (error) { value = undefined; show(`This is not JSON: ${error.message}`); return; }
    if (value === "" || (Array.isArray(value) && !value.length)) { show("There is no value here. If the page does not tell it, mark it as absent."); return; }
    save.disabled = true;
    try { await onsave(value); } catch (error) { show(error.message); } finally { save.disabled = false; }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); oncancel(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    if (event.key === "Enter" && event.target.type === "radio") { event.preventDefault(); form.requestSubmit(); }
  });
  function show(text) {
    fault.textContent = text;
    fault.hidden = false;
    if (input) input.setAttribute("aria-invalid", "true");
    typed.focus();
  }
  return { element: form, focus: typed.focus };
}

export const level = (answer) => answer.reviewed ? "person" : answer.confidence >= .9 ? "" : answer.confidence >= .6 ? "mid" : "low";
export const percent = (value) => `${Math.round(value * 100)} %`;
export const imageOf = (document, page) => `/v1/documents/${document}/pages/${page}/image`;
