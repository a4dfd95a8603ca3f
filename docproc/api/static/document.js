// A document: an answer that is chosen leads to the page where it stands.
import { bind } from "./keys.js";

const cards = [...document.querySelectorAll(".answer")];
const step = (by) => () => {
  const at = cards.indexOf(document.activeElement.closest?.(".answer"));
  const next = cards[at < 0 ? 0 : Math.min(cards.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
};
bind("Answers", "j", "next answer", step(1));
bind("Answers", "k", "previous answer", step(-1));
bind("Answers", "Enter", "look at it on its page", () => {
  const link = document.activeElement.closest?.(".answer")?.querySelector(".answer-head a");
  if (!link) return false;
  link.click();
  return true;
});
bind("Pages", "v", "look at the first page", () => { document.querySelector(".thumb")?.click(); });
