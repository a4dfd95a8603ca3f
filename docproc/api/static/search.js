// Beside a hit: the piece of the page where it stands. And the hits by keyboard.
import { bind } from "./keys.js";

const SHARE = .55; // of the page's width that is seen

function place(crop) {
  const image = crop.querySelector("img"), over = crop.querySelector("svg");
  const boxes = JSON.parse(crop.dataset.boxes).filter(([page]) => page === Number(crop.dataset.page));
  if (!boxes.length || !image.naturalWidth) return;
  const [, x0, y0, x1, y1] = boxes[0];
  const wide = crop.clientWidth / Math.min(1, Math.max(SHARE, (x1 - x0) * 1.2));
  const high = wide * image.naturalHeight / image.naturalWidth;
  const left = Math.min(0, Math.max(crop.clientWidth - wide, crop.clientWidth / 2 - (x0 + x1) / 2 * wide));
  const top = Math.min(0, Math.max(crop.clientHeight - high, crop.clientHeight / 2 - Math.min((y0 + y1) / 2, y0 + .02) * high));
  for (const part of [image, over]) {
    part.style.width = `${wide}px`;
    part.style.height = `${high}px`;
    part.style.left = `${left}px`;
    part.style.top = `${top}px`;
  }
}

for (const crop of document.querySelectorAll(".crop")) {
  const image = crop.querySelector("img");
  if (image.complete) place(crop);
  image.addEventListener("load", () => place(crop));
  image.addEventListener("error", () => crop.remove());
}
addEventListener("resize", () => document.querySelectorAll(".crop").forEach(place));

const links = [...document.querySelectorAll(".hit-link")];
const step = (by) => () => {
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
};
if (links.length) {
  bind("Hits", ["j", "ArrowDown"], "next hit", step(1));
  bind("Hits", ["k", "ArrowUp"], "previous hit", step(-1));
}
