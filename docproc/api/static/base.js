// On every page: the theme, the keys, what refreshes itself, buttons that call the API.

import { announce, call, sorry, toast } from "./api.js";
import * as keys from "./keys.js";

function theme() {
  document.querySelector("[data-theme-toggle]")?.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    const next = dark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    document.cookie = `docproc_theme=${next}; Path=/; Max-Age=31536000; SameSite=Lax`;
    document.dispatchEvent(new CustomEvent("theme", { detail: next }));
    announce(`${next} theme`);
  });
}

// A part of the page that is fetched again: <div data-live="/address" data-every="2">. The server sends the part alone.
// What is focused in it stays focused, and nothing is touched where nothing changed.
const asked = new WeakMap();
export async function refresh(part) {
  if (document.hidden || asked.get(part)) return;
  asked.set(part, true);
  try {
    const reply = await fetch(part.dataset.live, { headers: { "X-Part": "1" }, credentials: "same-origin" });
    if (reply.status === 401) { location.reload(); return; }
    if (!reply.ok) return;
    const text = await reply.text();
    part.removeAttribute("data-stale");
    if (part.dataset.last === undefined || text !== part.lastText) {
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
      if (part.lastText !== text) part.innerHTML = text;
      part.lastText = text;
      part.dataset.last = "";
      open.forEach((id) => { const one = document.getElementById(id); if (one) one.open = true; });
      if (focused) document.getElementById(focused)?.focus();
      const news = part.querySelector("[data-news]")?.dataset.news;
      if (news && part.lastNews !== news) { if (part.lastNews) announce(news); part.lastNews = news; }
      part.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
    }
    if (reply.headers.get("X-Part-Final")) part.dataset.every = "0";
  } catch {
    part.setAttribute("data-stale", "");
  } finally {
    asked.delete(part);
  }
}

function live() {
  for (const part of document.querySelectorAll("[data-live]")) {
    let slow = 0; // a server that takes long is asked less often
    const again = () => {
      const every = Number(part.dataset.every) * 1000;
      if (every <= 0) return;
      setTimeout(async () => {
        const began = performance.now();
        await refresh(part);
        slow = Math.min(30000, (performance.now() - began) * 4);
        again();
      }, Math.max(every, slow));
    };
    again();
    document.addEventListener("visibilitychange", () => { if (!document.hidden && Number(part.dataset.every) > 0) refresh(part); });
  }
}

// <button data-call="POST /v1/jobs/3/cancel" data-ask="Cancel job 3?" data-done="Job 3 is cancelled.">
function actions() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-call]");
    if (!button) return;
    if (button.dataset.ask && !confirm(button.dataset.ask)) return;
    const [method, path] = button.dataset.call.split(" ");
    button.disabled = true;
    try {
      await call(method, path);
      if (button.dataset.done) toast(button.dataset.done);
      const part = button.closest("[data-live]") || document.querySelector("[data-live]");
      if (part) { if (Number(part.dataset.every) === 0) location.reload(); else await refresh(part); }
    } catch (error) { sorry(error); } finally { button.disabled = false; }
  });
}

// Times are told as the server knows them and shown in the reader's zone.
export function times(root = document) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.dateTime;
    const today = at.toDateString() === new Date().toDateString();
    time.textContent = at.toLocaleString([], today ? { hour: "2-digit", minute: "2-digit" } : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", ...(at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }) });
  }
}

// A form that is sent when one of its fields changes.
function forms() {
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
}

theme();
keys.start();
live();
actions();
forms();
times();
document.addEventListener("refreshed", (event) => times(event.target));
