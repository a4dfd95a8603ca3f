// Calls of the API, and what is said to the person who made them.

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `the server answered ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.errors = body.errors || [];
    this.retryable = Boolean(body.retryable);
  }
}

export const token = () => document.querySelector('meta[name="csrf-token"]').content;

// A request to the API; JSON in, JSON out. Raises Problem with the server's own words.
export async function call(method, path, body, more = {}) {
  const headers = { Accept: "application/json", ...more.headers };
  if (method !== "GET") headers["X-CSRF-Token"] = token();
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  let reply;
  try {
    reply = await fetch(path, { method, headers, body, credentials: "same-origin", signal: more.signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The server cannot be reached. Is docproc serve still running?", retryable: true });
  }
  const text = await reply.text();
  let said = {};
  try { said = text ? JSON.parse(text) : {}; } catch { said = { detail: reply.ok ? "" : text.slice(0, 300) }; }
  if (reply.ok) return said;
  if (reply.status === 401) said.detail = "You are signed out. Sign in again, then repeat this.";
  throw new Problem(reply.status, said);
}

// Tell a screen reader.
export function announce(text) {
  const place = document.getElementById("announcer");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

// A message in the corner; `action` is [label, what to do].
export function toast(text, kind = "", action = null) {
  const message = document.createElement("div");
  message.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  message.append(words);
  const gone = () => message.remove();
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = action[0];
    button.addEventListener("click", () => { gone(); action[1](); });
    message.append(button);
  }
  document.getElementById("toasts").append(message);
  announce(text);
  setTimeout(gone, kind === "bad" ? 12000 : 5000);
  return gone;
}

export const sorry = (error) => { if (error.name !== "AbortError") toast(error.message, "bad"); };

// An element: make("a", {href: "/", class: "row"}, "text", child, …). Text is never parsed.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
export function drawn(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
