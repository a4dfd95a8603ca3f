// The page viewer: boxes and answers tied to each other, zoom, pages, and reviews where the page is looked at.

import { announce, call, sorry, toast } from "./api.js";
import { refresh } from "./base.js";
import { bind } from "./keys.js";
import { acceptable, editor, imageOf, level, say, undo } from "./reviewing.js";
import { Stage, zoomTools } from "./stage.js";

const root = document.getElementById("viewer");
const page = Number(root.dataset.page);
const part = document.getElementById("answers");
const mayReview = root.dataset.review === "1";
const stage = new Stage(document.getElementById("stage"), { onhover: (id) => point(id, false), onpick: (id) => choose(cards().find((one) => one.id === id)) });
const cards = () => [...part.querySelectorAll(".answer")];
const answerOf = (card) => JSON.parse(card.dataset.answer);
let hits = [];

function marked() {
  const boxes = [];
  for (const card of cards()) {
    const answer = answerOf(card);
    for (const [at, ...box] of answer.boxes) if (at === page) boxes.push({ id: card.id, box, kind: level(answer), label: `${answer.key}: ${answer.text ?? answer.status}` });
  }
  stage.mark([...hits.map((box) => ({ box, kind: "hit" })), ...boxes]);
  point(chosen()?.id ?? null, false);
}

const chosen = () => document.activeElement?.closest?.(".answer") ?? part.querySelector(".answer.on");

function point(id, move = true) {
  for (const card of cards()) card.classList.toggle("on", card.id === id);
  stage.point(id);
  const card = id && document.getElementById(id);
  if (!card) return;
  if (move) {
    const box = answerOf(card).boxes.find(([at]) => at === page);
    if (box) stage.reveal(box.slice(1));
  } else card.scrollIntoView({ block: "nearest" });
}

function choose(card) { if (card) { card.focus({ preventScroll: true }); card.scrollIntoView({ block: "nearest" }); } }

part.addEventListener("focusin", (event) => { const card = event.target.closest(".answer"); if (card) point(card.id); });
part.addEventListener("pointerover", (event) => { const card = event.target.closest(".answer"); if (card && !card.classList.contains("on") && !part.contains(document.activeElement)) point(card.id); });
part.addEventListener("refreshed", marked);

function step(by) {
  const every = cards(), at = every.indexOf(chosen());
  choose(every[at < 0 ? (by > 0 ? 0 : every.length - 1) : Math.min(every.length - 1, Math.max(0, at + by))]);
}

async function done(card, result, words) {
  const id = card.id;
  await refresh(part);
  choose(document.getElementById(id));
  toast(words, "", result ? ["Undo", () => back(id, result.log_id)] : null);
}

async function back(id, logId) {
  try {
    await undo(logId);
    await refresh(part);
    choose(document.getElementById(id));
    announce("taken back");
  } catch (error) { sorry(error); }
}

const drawn = new Map(); // card id → boxes that were drawn and not sent yet
const withBoxes = (card) => drawn.has(card.id) ? { boxes: drawn.get(card.id) } : {};

const ways = {
  async accept(card) {
    const answer = answerOf(card);
    if (!acceptable(answer)) { toast(`There is no value to accept here (${answer.status}); correct it, or mark it as absent.`, "bad"); return; }
    await done(card, await say(answer, "accept", withBoxes(card)), `${answer.key}: accepted`);
    drawn.delete(card.id);
  },
  async absent(card) {
    const answer = answerOf(card);
    await done(card, await say(answer, "absent"), `${answer.key}: marked as absent`);
  },
  correct(card) {
    if (card.querySelector(".editor")) return;
    const answer = answerOf(card), value = card.querySelector(".value");
    const close = () => { form.element.remove(); value.hidden = false; card.focus(); };
    const form = editor(answer, {
      oncancel: close,
      onsave: async (said) => {
        const result = await say(answer, "correct", { value: said, ...withBoxes(card) });
        drawn.delete(card.id);
        await done(card, result, `${answer.key}: corrected to ${result.answer.text?.slice(0, 80) ?? ""}`);
      },
    });
    value.hidden = true;
    value.after(form.element);
    form.focus();
  },
  async box(card) {
    const answer = answerOf(card), before = answer.boxes.find(([at]) => at === page);
    const box = await stage.draw(before?.slice(1));
    if (!box) { card.focus(); return; }
    drawn.set(card.id, [[page, ...box]]);
    card.focus();
    stage.mark([...stage.boxes.filter((one) => one.id !== card.id), { id: card.id, box, kind: "person" }]);
    stage.point(card.id);
    if (acceptable(answer) && answer.status === "ok") toast("Box drawn. Enter accepts the value with it; c corrects the value.");
    else ways.correct(card);
  },
  async undo(card) {
    const answer = answerOf(card);
    if (!answer.reviewed || !answer.log_id) { toast("Nobody has reviewed this answer; there is nothing to take back."); return; }
    await back(card.id, answer.log_id);
  },
};

const run = (name) => (event) => {
  const card = chosen();
  if (!card || (event?.key === "Enter" && !part.contains(document.activeElement))) return name === "accept" ? false : void step(1);
  Promise.resolve(ways[name](card)).catch(sorry);
  return true;
};

part.addEventListener("click", (event) => {
  const button = event.target.closest("[data-way]");
  if (button) { Promise.resolve(ways[button.dataset.way](button.closest(".answer"))).catch(sorry); return; }
  const card = event.target.closest(".answer");
  if (card && !event.target.closest("a, button, input, textarea, select, summary, details, form") && !getSelection().toString()) card.focus();
});

const turn = (name) => (event) => {
  if (event.key.startsWith("Arrow") && document.activeElement === stage.place) return false;
  const link = root.querySelector(`[rel=${name}]`);
  if (!link) { announce(name === "next" ? "this is the last page" : "this is the first page"); return true; }
  location.href = link.href;
  return true;
};
const jump = document.getElementById("jump");
const pages = Number(jump.textContent.match(/of (\d+)/)[1]);
jump.addEventListener("submit", (event) => {
  event.preventDefault();
  const to = Number(jump.elements[0].value);
  if (Number.isInteger(to) && to >= 1 && to <= pages) location.href = `/documents/${root.dataset.document}/pages/${to}${location.search}`;
  else { toast(`There is no page ${jump.elements[0].value}: the document has ${pages}.`, "bad"); jump.elements[0].value = page; jump.elements[0].select(); }
});
bind("Pages", "#", "go to a page by its number", () => { jump.elements[0].focus(); jump.elements[0].select(); });
bind("Pages", ["n", "ArrowRight"], "next page", turn("next"));
bind("Pages", ["p", "ArrowLeft"], "previous page", turn("prev"));
const zoom = zoomTools(stage, document.getElementById("tools"));
bind("Zoom", ["+", "="], "closer", zoom.in);
bind("Zoom", "-", "further away", zoom.out);
bind("Zoom", "0", "whole page", zoom.fit);
bind("Zoom", "w", "full width", zoom.width);
bind("Zoom", "1", "100 %", zoom.full);
const along = (by) => () => document.activeElement === stage.place ? false : (step(by), true);
bind("Answers", ["j", "ArrowDown"], "next answer", along(1));
bind("Answers", ["k", "ArrowUp"], "previous answer", along(-1));
if (mayReview) {
  bind("Answers", "Enter", "accept the chosen one", run("accept"));
  bind("Answers", "c", "correct it", run("correct"));
  bind("Answers", "a", "mark it as absent", run("absent"));
  bind("Answers", "b", "draw its box", run("box"));
  bind("Answers", "u", "take its review back", run("undo"));
}

async function searched() {
  if (!root.dataset.query) return;
  try {
    const found = await call("GET", `/v1/documents/${root.dataset.document}/pages/${page}/words?limit=0&find=${encodeURIComponent(root.dataset.query)}`);
    hits = found.found;
    document.getElementById("hits").textContent = hits.length ? `${hits.length} found on this page` : "not found on this page as it is written";
    marked();
    if (hits.length) stage.reveal(hits[0]);
  } catch (error) { sorry(error); }
}

stage.show(root.dataset.image, Number(root.dataset.width), Number(root.dataset.height), `Page ${page} of ${root.dataset.name}`);
if (matchMedia("(max-width: 900px)").matches) stage.fit("width");
stage.image.addEventListener("load", () => { if (page < pages) new Image().src = imageOf(root.dataset.document, page + 1); }, { once: true });
marked();
searched();
const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (wanted?.matches?.(".answer")) choose(wanted);
