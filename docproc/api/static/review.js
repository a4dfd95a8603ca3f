// Review: one answer after the other, the least sure first. What is said is shown at once and sent behind it.

import { announce, call, make, sorry, toast } from "./api.js";
import { told } from "./inputs.js";
import { bind } from "./keys.js";
import { acceptable, editor, EVIDENCE, imageOf, level, percent, say, undo, valueOf } from "./reviewing.js";
import { Stage, zoomTools } from "./stage.js";

const root = document.getElementById("review");
const card = document.getElementById("card");
const stage = new Stage(document.getElementById("stage"));
const wanted = JSON.parse(root.dataset.wanted);
const AT_ONCE = 100;

let items = []; // {document, name, answer, page, boxes, said, sizes}
let at = 0;
let next = null, loading = null;
const trail = []; // indices of what was said, in order, to be taken back
let editing = null;

async function load() {
  const query = new URLSearchParams({ ...wanted, limit: String(AT_ONCE), ...(next ? { cursor: next } : {}) });
  const found = await call("GET", `/v1/reviews/queue?${query}`);
  next = found.next;
  for (const one of found.items) items.push({ document: one.document, name: one.name, by: one.by, answer: { ...one.answer, document: one.document }, page: one.answer.page || 1, boxes: null, said: null });
}

// More of the queue, before its end is reached.
function ahead() {
  if (!next || loading || at < items.length - 15) return loading;
  loading = load().catch(sorry).finally(() => { loading = null; });
  return loading;
}

const sizes = new Map();
async function sizeOf(item) {
  const key = `${item.document}/${item.page}`;
  if (!sizes.has(key)) sizes.set(key, call("GET", `/v1/documents/${item.document}/pages/${item.page}`).catch((error) => { sizes.delete(key); throw error; }));
  return sizes.get(key);
}

function fetched(item) {
  if (!item) return;
  sizeOf(item).then((page) => { new Image().src = address(item, page); }).catch(() => {});
}
const address = (item, page) => `${imageOf(item.document, item.page)}${page.image ? `?v=${page.image}` : ""}`;
const boxesOf = (item) => (item.boxes || item.answer.boxes).filter(([page]) => page === item.page).map((box) => box.slice(1));

async function show(index, focus = true) {
  stage.cancel();
  editing = null;
  at = Math.max(0, Math.min(items.length, index));
  progress();
  const item = items[at];
  root.classList.toggle("empty-queue", !item);
  document.getElementById("done").hidden = Boolean(item);
  card.hidden = !item;
  if (!item) { finished(); return; }
  written(item);
  if (focus) { card.focus({ preventScroll: true }); announce(`${item.answer.key.replaceAll("_", " ")}: ${item.answer.text ?? item.answer.status}, ${percent(item.answer.confidence)}. ${item.name}, page ${item.page}.`); }
  await drawn(item);
  fetched(items[at + 1]);
  fetched(items[at + 2]);
  ahead();
}

async function drawn(item) {
  try {
    const page = await sizeOf(item);
    if (items[at] !== item) return;
    item.pages = page.pages;
    document.getElementById("pager").hidden = page.pages < 2;
    document.getElementById("page-of").textContent = `Page ${item.page} of ${page.pages}`;
    stage.show(address(item, page), page.width, page.height, `Page ${item.page} of ${item.name}`);
    placed(item);
  } catch (error) { sorry(error); }
}

// Another page of the document: the value may stand there.
function turn(by) {
  const item = items[at];
  if (!item || editing) return;
  const to = item.page + by;
  if (to < 1 || to > (item.pages || 1)) { announce(by > 0 ? "this is the last page" : "this is the first page"); return; }
  item.page = to;
  announce(`page ${to} of ${item.pages}`);
  drawn(item);
}

// The boxes of this answer, and the zoom that shows them well.
function placed(item) {
  const boxes = boxesOf(item);
  stage.mark(boxes.map((box, place) => ({ id: `b${place}`, box, kind: item.boxes ? "person on" : `${level(item.answer)} on` })));
  if (!boxes.length) { stage.fit("width"); stage.place.scrollTo(0, 0); return; }
  const all = [Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1])), Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3]))];
  stage.look(all);
}

function finished() {
  stage.show("", 1, 1, "");
  stage.place.classList.remove("loading");
  const count = trail.length;
  if (count) {
    document.getElementById("done-title").textContent = "All of it is reviewed";
    document.getElementById("done-text").textContent = `You reviewed ${count} answer${count === 1 ? "" : "s"}. The views in SQL show what you said; it stays when documents are asked again. (u takes the last one back.)`;
  }
  announce(document.getElementById("done-title").textContent);
}

function progress() {
  const done = items.filter((item) => item.said).length;
  const total = `${items.length}${next ? "+" : ""}`;
  const place = items.length ? Math.min(at + 1, items.length) : 0;
  document.getElementById("progress").replaceChildren(make("span", { id: "place" }, `${place} of ${total}`), make("span", {}, `${done} reviewed by ${root.dataset.who}`));
  const bar = document.getElementById("bar");
  bar.max = Math.max(1, items.length);
  bar.value = done;
}

const SAID = { accept: "accepted", correct: "corrected", absent: "marked as absent" };
const NONE = { absent: "The page does not tell", invalid: "No value of its kind was said", unreadable: "Not readable", missing: "No answer came" };

function written(item) {
  const answer = item.answer;
  const value = make("div", { class: `value${answer.status === "ok" ? "" : " none"}`, id: "value", tabindex: ["text", "table", "tables", "list"].includes(answer.kind) ? "0" : null },
    answer.status === "ok" ? told(valueOf(answer), answer.kind, answer.columns) : NONE[answer.status]);
  if (answer.kind === "text") value.classList.add("long");
  const signals = make("ul", { class: "signals" },
    make("li", {}, make("strong", { class: answer.confidence >= .9 ? "good" : answer.confidence >= .6 ? "warn" : "bad" }, percent(answer.confidence)), " sure"),
    answer.status === "ok" ? make("li", {}, item.boxes ? "box drawn by you" : EVIDENCE[answer.evidence] || "not looked up") : null,
    answer.quote && answer.quote !== answer.text ? make("li", {}, `“${answer.quote.slice(0, 140)}”`) : null,
    answer.said ? make("li", { class: "cut", title: answer.said.engine }, answer.said.engine.split(/[:@+]/)[0]) : null,
    answer.steps.length ? make("li", {}, answer.steps.join(" → ")) : null);
  const way = (name, label, key, kind = "") => make("button", { type: "button", class: `button ${kind}`, onclick: () => ways[name](), disabled: name === "accept" && !acceptable(answer) }, label, make("kbd", {}, key));
  card.classList.toggle("sent", Boolean(item.said));
  card.replaceChildren(...[
    make("p", { class: "place" }, make("a", { href: `/documents/${item.document}/pages/${item.page}` }, item.name), ` · page ${item.page} · ${answer.set}`),
    item.said ? make("p", { class: "state" }, `✓ ${SAID[item.said]}${item.failed ? ", but not sent" : ""}`) : null,
    make("h2", { id: "key" }, answer.key.replaceAll("_", " ")),
    make("p", { class: "ask" }, answer.ask),
    value, signals,
    make("div", { class: "review-ways" },
      way("accept", answer.status === "absent" ? "Accept: it is absent" : "Accept", "↵", "primary"),
      way("correct", "Correct", "c"), way("absent", "Absent", "a"),
      way("box", "Draw the box", "b"), way("undo", "Undo", "u"),
      way("back", "Previous", "p", "quiet"), way("skip", "Skip", "n", "quiet")),
  ].filter(Boolean));
}

// Say it, go on at once; where the server refuses, come back to it.
function tell(action, more = {}) {
  const item = items[at];
  if (!item) return;
  const index = at;
  item.said = action;
  trail.push(index);
  if (item.boxes && action !== "absent") more.boxes = item.boxes;
  // Two answers of one document may hang together: what is said is sent in order.
  item.sent = (tell.last = (tell.last || Promise.resolve()).catch(() => {}).then(() => say(item.answer, action, more)));
  item.sent.then((result) => { item.answer = { ...result.answer, document: item.document }; item.log = result.log_id; }, (error) => {
    item.said = null;
    trail.splice(trail.lastIndexOf(index), 1);
    progress();
    toast(`${item.answer.key} was not stored: ${error.message}`, "bad", ["Go back to it", () => show(index)]);
    if (error.status === 409) again(item);
  });
  announce(SAID[action]);
  onward();
}

// Somebody else was quicker: what stands now.
async function again(item) {
  try {
    const found = await call("GET", `/v1/documents/${item.document}/answers?set=${encodeURIComponent(item.answer.set)}`);
    const now = found.items.find((one) => one.key === item.answer.key);
    if (now) item.answer = { ...now, document: item.document };
    if (items[at] === item) written(item);
  } catch (error) { sorry(error); }
}

async function onward() {
  if (at + 1 >= items.length && next) await ahead();
  let to = at + 1;
  while (to < items.length && items[to].said) to += 1;
  show(to);
}

const ways = {
  accept() {
    const item = items[at];
    if (!item || editing) return;
    if (!acceptable(item.answer)) { toast("There is no value to accept here: correct it (c), or mark it as absent (a).", "bad"); return; }
    tell("accept");
  },
  absent() { if (items[at] && !editing) tell("absent"); },
  correct() {
    const item = items[at];
    if (!item || editing) return;
    const value = document.getElementById("value");
    const close = () => { editing = null; form.element.remove(); value.hidden = false; card.focus(); };
    const form = editor(item.answer, {
      label: `The ${item.answer.kind} that is right`,
      oncancel: close,
      onsave: async (said) => {
        const result = await say(item.answer, "correct", { value: said, ...(item.boxes ? { boxes: item.boxes } : {}) });
        item.answer = { ...result.answer, document: item.document };
        item.log = result.log_id;
        item.said = "correct";
        trail.push(items.indexOf(item));
        announce("corrected");
        onward();
      },
    });
    editing = form;
    value.hidden = true;
    value.after(form.element);
    form.focus();
  },
  async box() {
    const item = items[at];
    if (!item || editing) return;
    const box = await stage.draw(boxesOf(item)[0]);
    if (items[at] !== item) return;
    if (box) { item.boxes = [[item.page, ...box]]; placed(item); written(item); announce("Box drawn. Enter accepts the value with it, c corrects the value."); }
    card.focus();
  },
  async undo() {
    if (editing) return;
    const index = trail.pop();
    if (index === undefined) { toast("There is nothing of this visit to take back."); return; }
    const item = items[index];
    try {
      await item.sent;
      const result = await undo(item.log);
      item.answer = { ...result.answer, document: item.document };
      item.said = null;
      item.boxes = null;
      toast(`${item.answer.key}: taken back`);
      show(index);
    } catch (error) { sorry(error); }
  },
  back() { if (!editing) show(at - 1); },
  skip() { if (!editing && at < items.length) { if (at + 1 >= items.length && next) onward(); else show(at + 1); } },
};

const bound = (name) => () => { if (document.activeElement === stage.place && stage.drawing) return false; ways[name](); return true; };
bind("Review", "Enter", "accept", bound("accept"));
bind("Review", "c", "correct", bound("correct"));
bind("Review", "a", "absent", bound("absent"));
bind("Review", "b", "draw the box", bound("box"));
bind("Review", "u", "take the last one back", bound("undo"));
bind("Review", "n", "next, without a word", bound("skip"));
bind("Review", "p", "previous", bound("back"));
bind("Review", "]", "next page of the document", () => { turn(1); });
bind("Review", "[", "previous page of the document", () => { turn(-1); });
document.getElementById("pager").addEventListener("click", (event) => { const button = event.target.closest("[data-turn]"); if (button) turn(Number(button.dataset.turn)); });
const zoom = zoomTools(stage, document.getElementById("tools"));
bind("Zoom", ["+", "="], "closer", zoom.in);
bind("Zoom", "-", "further away", zoom.out);
bind("Zoom", "0", "whole page", zoom.fit);
bind("Zoom", "w", "full width", zoom.width);
bind("Zoom", "f", "the answer's place", () => { if (items[at]) placed(items[at]); });

load().then(() => show(0, false), (error) => { sorry(error); progress(); });
