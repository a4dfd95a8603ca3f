// Files are chosen or dropped, then sent in requests of bounded size: one job a request.

import { announce, make, token } from "./api.js";

const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const list = document.getElementById("list");
const send = document.getElementById("send");
const most = { files: Number(form.dataset.mostFiles), bytes: Number(form.dataset.mostBytes), request: Number(form.dataset.requestBytes) };
const PASSED_OVER = /^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i;
let files = []; // {file, name, row, state}
let sending = false;

const sizes = (bytes) => bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

function add(found) {
  let fresh = 0, again = 0;
  for (const [file, name] of found) {
    if (PASSED_OVER.test(file.name)) continue;
    if (files.some((one) => one.name === name && one.file.size === file.size && one.file.lastModified === file.lastModified)) { again += 1; continue; }
    const one = { file, name };
    one.row = row(one);
    if (file.size === 0) fault(one, "The file is empty.");
    else if (file.size > most.bytes) fault(one, `It is larger than ${sizes(most.bytes)}, which is the most that this server takes.`);
    files.push(one);
    fresh += 1;
  }
  list.append(...files.slice(files.length - fresh).map((one) => one.row));
  if (fresh || again) announce(`${many(fresh, "file")} added${again ? `, ${again} were there already` : ""}; ${files.length} in all`);
  shown();
}

function row(one) {
  const name = make("span", { class: "cut", title: one.name }, one.name);
  one.state = make("span", { class: "state muted" });
  one.remove = make("button", { type: "button", class: "icon-button", "aria-label": `Remove ${one.name}`, onclick: () => {
    const next = one.row.nextElementSibling || one.row.previousElementSibling;
    files = files.filter((other) => other !== one);
    one.row.remove();
    (next?.querySelector("button") || document.getElementById("files")).focus();
    shown();
  } }, "×");
  return make("li", {}, name, make("span", { class: "size" }, sizes(one.file.size)), one.state, one.remove);
}

function fault(one, why) {
  one.fault = why;
  one.row.querySelector(".why")?.remove();
  one.row.append(make("p", { class: "why" }, why));
}

function shown() {
  const good = files.filter((one) => !one.fault && !one.done);
  document.getElementById("chosen").hidden = files.length === 0;
  document.getElementById("chosen-title").textContent = `${many(files.length, "file")}, ${sizes(files.reduce((sum, one) => sum + one.file.size, 0))}`;
  drop.classList.toggle("small", files.length > 0);
  send.disabled = sending || good.length === 0;
  if (!sending) send.textContent = good.length ? `Upload ${many(good.length, "file")}` : "Upload";
}

async function walked(entry, path = "") {
  if (entry.isFile) return [[await new Promise((done, failed) => entry.file(done, failed)), path + entry.name]];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    for (const inner of some) found.push(...await walked(inner, `${path}${entry.name}/`));
  }
}

for (const type of ["dragenter", "dragover"]) addEventListener(type, (event) => { if ([...event.dataTransfer.types].includes("Files")) { event.preventDefault(); drop.classList.add("over"); } });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
addEventListener("drop", async (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  drop.classList.remove("over");
  if (sending) return;
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) { add([...event.dataTransfer.files].map((file) => [file, file.name])); return; }
  for (const entry of entries) add(await walked(entry));
});
for (const id of ["files", "folder"]) {
  document.getElementById(id).addEventListener("change", (event) => {
    add([...event.target.files].map((file) => [file, file.webkitRelativePath || file.name]));
    event.target.value = "";
  });
}
document.addEventListener("paste", (event) => { if (event.clipboardData?.files.length && !sending) add([...event.clipboardData.files].map((file) => [file, file.name])); });
document.getElementById("clear").addEventListener("click", () => { files = []; list.replaceChildren(); shown(); document.getElementById("files").focus(); });

const choice = document.getElementById("set");
function about() {
  const option = choice.selectedOptions[0];
  document.getElementById("set-about").textContent = option ? `${option.dataset.about} · ${many(Number(option.dataset.count), "question")}` : "There is no question set yet.";
}
choice.addEventListener("change", about);
about();

// Requests that the server takes: so many files, so many bytes.
function batches() {
  const found = [[]];
  let bytes = 0;
  for (const one of files.filter((one) => !one.fault && !one.done)) {
    if (found.at(-1).length === most.files || bytes + one.file.size > most.request * .95) { found.push([]); bytes = 0; }
    found.at(-1).push(one);
    bytes += one.file.size + 1000;
  }
  return found.filter((batch) => batch.length);
}

function body(batch) {
  const data = new FormData();
  data.append("set", choice.value);
  if (document.getElementById("engine").value) data.append("engine", document.getElementById("engine").value);
  for (const tag of document.getElementById("tags").value.split(",").map((word) => word.trim()).filter(Boolean)) data.append("tags", tag);
  if (document.getElementById("reference").value.trim()) data.append("reference", document.getElementById("reference").value.trim());
  for (const one of batch) data.append("files", one.file, one.name);
  return data;
}

function post(batch, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/jobs");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", token());
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`);
    request.upload.addEventListener("progress", (event) => told(event.loaded));
    request.addEventListener("error", () => reject(new Error("The server cannot be reached. Nothing of this part was taken; try again.")));
    request.addEventListener("load", () => {
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* not from docproc */ }
      if (request.status >= 200 && request.status < 300) resolve(said);
      else reject(Object.assign(new Error(said.detail || `the server answered ${request.status}`), { errors: said.errors || [] }));
    });
    request.send(body(batch));
  });
}

function progress(batch, loaded) {
  let left = loaded;
  for (const one of batch) {
    const part = Math.max(0, Math.min(1, left / Math.max(1, one.file.size)));
    left -= one.file.size;
    one.state.textContent = part >= 1 ? "sent" : part > 0 ? `${Math.floor(part * 100)} %` : "waits";
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  const parts = batches(), all = parts.flat().reduce((sum, one) => sum + one.file.size, 0);
  if (!parts.length) return;
  sending = true;
  const faults = document.getElementById("faults"), bar = document.getElementById("bar"), told = document.getElementById("told");
  faults.replaceChildren();
  document.getElementById("total").hidden = false;
  document.cookie = `docproc_set=${encodeURIComponent(choice.value)}; Path=/upload; Max-Age=31536000; SameSite=Lax`;
  files.forEach((one) => { one.remove.disabled = true; });
  send.textContent = "Uploading…";
  shown();
  const began = Date.now(), jobs = [];
  let before = 0;
  try {
    for (const batch of parts) {
      const job = await post(batch, (loaded) => {
        progress(batch, loaded);
        const done = Math.min(all, before + loaded), seconds = (Date.now() - began) / 1000;
        bar.value = done / all;
        told.textContent = `${sizes(done)} of ${sizes(all)}${seconds > 1 ? `, ${sizes(done / seconds)}/s` : ""}`;
      });
      batch.forEach((one) => { one.done = true; one.state.textContent = "taken"; one.state.className = "state good"; });
      before += batch.reduce((sum, one) => sum + one.file.size, 0);
      jobs.push(job.id ?? job.job);
    }
    announce("Uploaded.");
    location.href = jobs.length === 1 ? `/jobs/${jobs[0]}` : "/";
  } catch (error) {
    const notes = [error.message, ...(error.errors || []).map((one) => one.detail).filter((detail) => detail && !error.message.includes(detail))];
    faults.replaceChildren(make("div", { class: "notice bad" }, make("div", {}, ...notes.map((note) => make("p", {}, note)))));
    document.getElementById("total").hidden = true;
    files.forEach((one) => { one.remove.disabled = false; if (!one.done) one.state.textContent = ""; });
    sending = false;
    shown();
    send.focus();
  }
});
