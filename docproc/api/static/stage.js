// A page image that is looked at closely: zoomed, moved, with boxes over it, and boxes drawn on it.
// Boxes are [x0, y0, x1, y1], fractions of the page, as the API tells them.

import { announce, drawn, make } from "./api.js";

const LEAST = 0.05, MOST = 8, STEP = 1.25;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Stage {
  // place: an element that scrolls; it takes the focus, and arrow keys move what it shows.
  constructor(place, { onhover, onpick } = {}) {
    this.place = place;
    this.mode = "fit";
    this.scale = 1;
    this.size = [1, 1];
    this.boxes = [];
    this.drawing = null;
    this.image = make("img", { alt: "", draggable: "false", decoding: "async" });
    this.overlay = drawn("svg", { class: "boxes", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" });
    this.sheet = make("div", { class: "sheet" }, this.image, this.overlay);
    place.replaceChildren(this.sheet);
    this.image.addEventListener("load", () => {
      place.classList.remove("loading");
      if (!this.known) { this.size = [this.image.naturalWidth, this.image.naturalHeight]; this.#apply(); }
    });
    this.image.addEventListener("error", () => { place.classList.remove("loading"); place.classList.add("broken"); });
    place.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    place.addEventListener("pointerdown", (event) => this.#down(event));
    this.overlay.addEventListener("pointerover", (event) => onhover?.(event.target.dataset?.id ?? null));
    this.overlay.addEventListener("pointerleave", () => onhover?.(null));
    this.overlay.addEventListener("click", (event) => { if (!this.moved && event.target.dataset?.id) onpick?.(event.target.dataset.id); });
    new ResizeObserver(() => { if (this.mode !== "free") this.#apply(); }).observe(place);
  }

  // Show a page: its image's address, its size in pixels, what it is called.
  show(address, width, height, alt) {
    this.known = Boolean(width && height); // a page that was not drawn yet tells its size when its picture comes
    this.size = this.known ? [width, height] : [1240, 1754];
    this.image.alt = alt;
    this.place.classList.remove("broken");
    if (this.image.getAttribute("src") !== address) {
      this.place.classList.add("loading");
      this.image.src = address;
    }
    this.mark([]);
    this.#apply();
  }

  // boxes: [{id, box, kind, label}]; kind is a class of the style sheet.
  mark(boxes) {
    this.boxes = boxes;
    this.overlay.replaceChildren(...boxes.map(({ id, box: [x0, y0, x1, y1], kind = "", label = "" }) => {
      const rect = drawn("rect", { x: x0, y: y0, width: Math.max(x1 - x0, .0005), height: Math.max(y1 - y0, .0005), class: `box ${kind}` });
      if (id) rect.dataset.id = id;
      if (label) { const title = drawn("title"); title.textContent = label; rect.append(title); }
      return rect;
    }));
  }

  // Make the boxes of one answer stand out; null: none.
  point(id) {
    for (const rect of this.overlay.querySelectorAll("rect.box")) rect.classList.toggle("on", id !== null && rect.dataset.id === id);
  }

  // Bring a box into view, without changing the zoom.
  reveal(box) {
    const [wide, high] = this.#drawnSize();
    const left = box[0] * wide, right = box[2] * wide, top = box[1] * high, bottom = box[3] * high;
    const { scrollLeft: x, scrollTop: y, clientWidth: w, clientHeight: h } = this.place;
    const out = left < x || right > x + w || top < y || bottom > y + h;
    if (out) this.place.scrollTo({ left: (left + right - w) / 2, top: (top + bottom - h) / 2, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  // Zoom so that a box is read easily, with what stands around it.
  look(box) {
    const [w, h] = this.size;
    const wide = Math.max((box[2] - box[0]) * w, 1), high = Math.max((box[3] - box[1]) * h, 1);
    const fit = Math.min((this.place.clientWidth * .55) / wide, (this.place.clientHeight * .4) / high);
    const whole = (this.place.clientWidth - 24) / w;
    const line = wide > high * 1.2 ? 34 / high : Infinity; // a line of text is not made taller than is easily read
    this.zoom(clamp(Math.min(fit, line), Math.min(whole, 1), 2), null, "free");
    const [dw, dh] = this.#drawnSize();
    this.place.scrollTo({ left: ((box[0] + box[2]) * dw - this.place.clientWidth) / 2, top: ((box[1] + box[3]) * dh - this.place.clientHeight) / 2 });
  }

  fit(mode) { this.mode = mode; this.#apply(); announce({ fit: "whole page", width: "full width", full: "100 percent" }[mode]); }
  closer() { this.zoom(this.scale * STEP); }
  further() { this.zoom(this.scale / STEP); }

  // at: [x, y] in the window that stays where it is; else the middle.
  zoom(scale, at = null, mode = "free") {
    const bounds = this.place.getBoundingClientRect();
    const [ax, ay] = at ?? [bounds.left + this.place.clientWidth / 2, bounds.top + this.place.clientHeight / 2];
    const before = this.sheet.getBoundingClientRect();
    const fx = (ax - before.left) / before.width, fy = (ay - before.top) / before.height;
    this.mode = mode;
    this.scale = clamp(scale, LEAST, MOST);
    this.#apply();
    const after = this.sheet.getBoundingClientRect();
    this.place.scrollBy(after.left + fx * after.width - ax, after.top + fy * after.height - ay);
  }

  #drawnSize() { return [this.size[0] * this.scale, this.size[1] * this.scale]; }

  #apply() {
    const [w, h] = this.size, pad = 24;
    const across = (this.place.clientWidth - pad) / w, down = (this.place.clientHeight - pad) / h;
    if (this.mode === "fit") this.scale = clamp(Math.min(across, down), LEAST, MOST);
    if (this.mode === "width") this.scale = clamp(across, LEAST, MOST);
    if (this.mode === "full") this.scale = 1;
    this.sheet.style.width = `${w * this.scale}px`;
    this.sheet.style.height = `${h * this.scale}px`;
    this.place.dispatchEvent(new CustomEvent("zoomed", { detail: this.scale }));
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(this.scale * Math.exp(-event.deltaY / 300), [event.clientX, event.clientY]);
  }

  #down(event) {
    if (event.button !== 0 || event.pointerType === "touch" && !this.drawing) return;
    if (this.drawing) { this.#drag(event); return; }
    const from = [event.clientX, event.clientY, this.place.scrollLeft, this.place.scrollTop];
    this.moved = false;
    const move = (moved) => {
      if (Math.hypot(moved.clientX - from[0], moved.clientY - from[1]) > 4) { this.moved = true; this.place.classList.add("panning"); }
      if (this.moved) this.place.scrollTo(from[2] - moved.clientX + from[0], from[3] - moved.clientY + from[1]);
    };
    const up = () => { removeEventListener("pointermove", move); this.place.classList.remove("panning"); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
    addEventListener("pointercancel", up, { once: true });
  }

  #at(event) {
    const bounds = this.sheet.getBoundingClientRect();
    return [clamp((event.clientX - bounds.left) / bounds.width, 0, 1), clamp((event.clientY - bounds.top) / bounds.height, 0, 1)];
  }

  #drag(event) {
    event.preventDefault();
    const [x, y] = this.#at(event);
    const move = (moved) => { const [a, b] = this.#at(moved); this.#sketch([Math.min(x, a), Math.min(y, b), Math.max(x, a), Math.max(y, b)]); };
    const up = (ended) => {
      removeEventListener("pointermove", move);
      move(ended);
      const box = this.drawing?.box;
      if (box && box[2] - box[0] > .002 && box[3] - box[1] > .002) this.finish();
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
  }

  // Draw a box: with the mouse, or with the arrow keys (Shift: its size; Alt: finer), Enter to take it, Escape to leave it.
  // start: where it begins; else the middle of what is seen. Resolves to the box, or null.
  draw(start = null) {
    this.cancel();
    return new Promise((resolve) => {
      const box = start ? [...start] : this.#middle();
      this.drawing = { box, resolve, keydown: (event) => this.#keyed(event) };
      this.place.classList.add("drawing");
      this.rect = drawn("rect", { class: "box sketch" });
      this.overlay.append(this.rect);
      this.#sketch(box);
      this.place.addEventListener("keydown", this.drawing.keydown);
      this.place.focus();
      announce("Draw a box: drag, or move it with the arrow keys and size it with Shift and the arrow keys. Enter takes it, Escape leaves it.");
    });
  }

  finish() { this.#end(this.drawing?.box ?? null); }
  cancel() { this.#end(null); }

  #end(box) {
    if (!this.drawing) return;
    const { resolve, keydown } = this.drawing;
    this.place.removeEventListener("keydown", keydown);
    this.place.classList.remove("drawing");
    this.rect?.remove();
    this.drawing = null;
    resolve(box && box.map((edge) => Math.round(edge * 100000) / 100000));
  }

  #middle() {
    const [wide, high] = this.#drawnSize();
    const x = (this.place.scrollLeft + Math.min(this.place.clientWidth, wide) / 2) / wide, y = (this.place.scrollTop + Math.min(this.place.clientHeight, high) / 2) / high;
    return [x - .08, y - .012, x + .08, y + .012].map((edge) => clamp(edge, 0, 1));
  }

  #sketch(box) {
    this.drawing.box = box;
    const [x0, y0, x1, y1] = box;
    for (const [name, value] of [["x", x0], ["y", y0], ["width", x1 - x0], ["height", y1 - y0]]) this.rect.setAttribute(name, value);
  }

  #keyed(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); this.finish(); return; }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.cancel(); return; }
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.altKey ? .001 : .006;
    let [x0, y0, x1, y1] = this.drawing.box;
    const [dx, dy] = [way[0] * step, way[1] * step];
    if (event.shiftKey) {
      x1 = clamp(x1 + dx, x0 + .002, 1);
      y1 = clamp(y1 + dy, y0 + .002, 1);
    } else {
      const [mx, my] = [clamp(dx, -x0, 1 - x1), clamp(dy, -y0, 1 - y1)];
      [x0, y0, x1, y1] = [x0 + mx, y0 + my, x1 + mx, y1 + my];
    }
    this.#sketch([x0, y0, x1, y1]);
    this.reveal(this.drawing.box);
  }
}

// The zoom buttons of a toolbar ([data-zoom="fit"], "width", "full", "in", "out") and its [data-scale] label.
export function zoomTools(stage, bar) {
  const ways = { fit: () => stage.fit("fit"), width: () => stage.fit("width"), full: () => stage.fit("full"), in: () => stage.closer(), out: () => stage.further() };
  bar.addEventListener("click", (event) => ways[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
  const told = () => {
    const label = bar.querySelector("[data-scale]");
    if (label) label.textContent = `${Math.round(stage.scale * 100)} %`;
    for (const button of bar.querySelectorAll("[data-zoom]")) if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(button.dataset.zoom === stage.mode));
  };
  stage.place.addEventListener("zoomed", told);
  told();
  return ways;
}
