// The comparison: kinds are taken over as they are ticked, lines come as they are scrolled to, and keys lead from one
// difference to the next. Without this there are a button and links.

import { load } from "./live.js";

const kinds = document.getElementById("kinds");
const sight = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting)) queue(extend);
  },
  { rootMargin: "800px" },
);
/** The last of the fetches that change lines: they go one after the other. */
let turn = Promise.resolve();

function queue(work) {
  turn = turn.then(work, work);
  return turn;
}

function equip() {
  for (const row of document.querySelectorAll("#pairs [data-differs]")) row.tabIndex = -1;
  const more = document.getElementById("more");
  if (more) sight.observe(more);
}

/** Appends the next lines. */
async function extend() {
  const more = document.getElementById("more");
  if (!more) return;
  const { view } = await load(more.href);
  const chunk = view.querySelector("#pairs .chunk");
  if (!chunk) return;
  document.getElementById("pairs").append(document.adoptNode(chunk));
  const next = view.getElementById("more")?.parentElement;
  if (next) more.parentElement.replaceWith(document.adoptNode(next));
  else more.parentElement.remove();
  equip();
}

/** Shows the kinds that are ticked now. */
async function choose() {
  const address = new URL(kinds.action);
  address.search = new URLSearchParams(new FormData(kinds));
  const { view } = await load(address);
  document.getElementById("rows").replaceWith(document.adoptNode(view.getElementById("rows")));
  history.replaceState(null, "", address);
  equip();
}

/** Leads to the next difference, or the one before. */
async function go(step) {
  const rows = [...document.querySelectorAll("#pairs [data-differs]")];
  const at = rows.indexOf(document.activeElement.closest?.("[data-differs]"));
  const row = rows[at < 0 && step < 0 ? rows.length - 1 : at + step];
  if (row) row.focus();
  else if (step > 0 && document.getElementById("more")) {
    await queue(extend);
    return go(step);
  }
}

if (kinds) {
  kinds.querySelector("button").hidden = true;
  kinds.addEventListener("change", () => queue(choose));
  kinds.addEventListener("submit", (event) => {
    event.preventDefault();
    queue(choose);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("input, select")) return;
    const step = { n: 1, p: -1 }[event.key];
    if (step) go(step);
  });
  equip();
}
