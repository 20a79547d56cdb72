// The comparison: kinds are taken over as they are ticked, lines come as they are scrolled to, and keys lead from one
// difference to the next. Without this there are a button and links.

import { load } from "./live.js";

const kinds = document.getElementById("kinds");
/** Says how many lines are shown, when that has changed. */
const said = document.createElement("p");
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
  if (!chunk) {
    // A trace has left. The lines that are here stay, and the reason is told in the place of more.
    const reason = view.querySelector(".refused");
    if (reason) more.parentElement.replaceWith(document.adoptNode(reason));
    else more.parentElement.remove();
    return;
  }
  document.getElementById("pairs").append(document.adoptNode(chunk));
  const next = view.getElementById("more")?.parentElement;
  if (next) more.parentElement.replaceWith(document.adoptNode(next));
  else more.parentElement.remove();
  equip();
}

/** Shows the kinds that are ticked now; when none is, all. */
async function choose() {
  const boxes = [...kinds.querySelectorAll("[type=checkbox]")];
  if (!boxes.some((box) => box.checked)) for (const box of boxes) box.checked = true;
  const address = new URL(kinds.action);
  address.search = new URLSearchParams(new FormData(kinds));
  const { view } = await load(address);
  const rows = view.getElementById("rows");
  if (!rows) {
    location.assign(address);
    return;
  }
  document.getElementById("rows").replaceWith(document.adoptNode(rows));
  history.replaceState(null, "", address);
  equip();
  const pairs = document.getElementById("pairs");
  const lines = pairs ? Number(pairs.getAttribute("aria-rowcount")) - 1 : 0;
  said.textContent = lines === 1 ? "1 line is shown" : `${lines.toLocaleString("en")} lines are shown`;
}

/** Leads to the next difference, or the one before. */
async function go(step) {
  const rows = [...document.querySelectorAll("#pairs [data-differs]")];
  const at = rows.indexOf(document.activeElement.closest?.("[data-differs]"));
  const row = rows[at < 0 && step < 0 ? rows.length - 1 : at + step];
  if (row) row.focus();
  else if (step > 0) {
    const more = document.getElementById("more");
    if (more) await queue(extend);
    // As long as there was something, there may be more.
    if (more && !more.isConnected) return go(step);
  }
}

if (kinds) {
  kinds.querySelector("button").hidden = true;
  said.className = "note";
  said.setAttribute("role", "status");
  kinds.append(said);
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
