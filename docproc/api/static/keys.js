// Single-key shortcuts: registered by pages, listed by `?`, and off where a person wants them off (WCAG 2.1.4).

const bound = new Map();
const groups = new Map();
const OFF = "docproc-keys-off";
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space" };

// keys: one name or several ("n", "ArrowRight", "g j"); run(event) may return false: not handled.
export function bind(group, keys, says, run) {
  const every = [].concat(keys);
  for (const key of every) bound.set(key, run);
  if (!says) return;
  if (!groups.has(group)) groups.set(group, []);
  groups.get(group).push([every, says]);
}

const writing = (target) => target.isContentEditable || (target.matches?.("input, select, textarea") && !target.matches?.('[type="checkbox"], [type="radio"], [type="file"], [type="button"]'));

let prefix = "";
function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(OFF)) return;
  if (writing(event.target) || document.querySelector("dialog[open]")) return;
  // Enter and space belong to the button or link that has the focus.
  if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("a, button, summary, [role=button]")) return;
  const key = prefix ? `${prefix} ${event.key}` : event.key;
  prefix = !prefix && [...bound.keys()].some((name) => name.startsWith(`${event.key} `)) ? event.key : "";
  if (prefix) { setTimeout(() => { prefix = ""; }, 1200); return; }
  const run = bound.get(key);
  if (run && run(event) !== false) event.preventDefault();
}

function listed() {
  const place = document.getElementById("keys-list");
  place.replaceChildren();
  for (const [group, rows] of groups) {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = group;
    const list = document.createElement("dl");
    for (const [keys, says] of rows) {
      const term = document.createElement("dt");
      keys.forEach((key, at) => {
        if (at) term.append(" ");
        for (const part of key === " " ? [key] : key.split(" ")) {
          const cap = document.createElement("kbd");
          cap.textContent = NAMES[part] || part;
          term.append(cap);
        }
      });
      const detail = document.createElement("dd");
      detail.textContent = says;
      list.append(term, detail);
    }
    section.append(title, list);
    place.append(section);
  }
}

export function start() {
  const dialog = document.getElementById("keys");
  const open = () => { listed(); dialog.showModal(); };
  document.addEventListener("keydown", pressed);
  document.querySelector("[data-keys-open]")?.addEventListener("click", open);
  dialog.querySelector("[data-keys-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  const on = document.getElementById("keys-on");
  on.checked = !localStorage.getItem(OFF);
  on.addEventListener("change", () => on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  bind("Everywhere", "?", "this help", open);
  const go = (address) => () => { location.href = address; };
  for (const [key, address, says] of [["j", "/", "jobs"], ["d", "/documents", "documents"], ["r", "/review", "review"], ["s", "/sql", "SQL"], ["u", "/upload", "upload"]]) {
    bind("Go to", `g ${key}`, says, go(address));
  }
  bind("Everywhere", "/", "search", () => {
    const field = document.querySelector("[data-search]");
    if (field) { field.focus(); field.select(); } else location.href = "/search";
  });
}
