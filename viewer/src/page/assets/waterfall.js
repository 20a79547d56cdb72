// The waterfall as a tree grid: folding, details in place, lines fetched when they come into sight.

import { load } from "./live.js";

/** Makes the table of spans a tree grid, and returns how to bring it up to date. */
export function waterfall() {
  const grid = document.getElementById("waterfall");
  if (!grid) return undefined;
  const folded = new Set();
  /** What shows a span's details, by the span's id. */
  const panels = new Map();
  /** The addresses of the chunks that are here. */
  const sources = [location.href];
  let current = null;
  /** The last of the fetches that change lines: they go one after the other. */
  let turn = Promise.resolve();

  const lines = () => [...grid.querySelectorAll(".span")];
  const visible = () => lines().filter((line) => !line.hidden);
  const level = (line) => Number(line.dataset.level);
  const chunks = () => grid.querySelectorAll(".chunk");

  function equip(chunk) {
    for (const line of chunk.querySelectorAll(".span")) {
      line.tabIndex = -1;
      line.setAttribute("aria-level", line.dataset.level);
      if ("folds" in line.dataset) line.setAttribute("aria-expanded", String(!folded.has(line.dataset.span)));
      line.querySelector(".operation").tabIndex = -1;
      line.querySelector("[role=cell]").setAttribute("role", "gridcell");
      const panel = panels.get(line.dataset.span);
      if (panel) place(panel, line);
    }
  }

  /** Hides what stands below a folded line. */
  function arrange() {
    let under = Infinity;
    for (const line of lines()) {
      const hidden = level(line) > under;
      if (!hidden) under = folded.has(line.dataset.span) ? level(line) : Infinity;
      if (line.hidden !== hidden) line.hidden = hidden;
      const panel = panels.get(line.dataset.span);
      if (panel) panel.hidden = hidden;
    }
    // One that is out of sight keeps the height that it had, unless it is told.
    for (const chunk of chunks()) chunk.hidden = !chunk.querySelector(".span:not([hidden])");
  }

  function mark(line) {
    if (current) current.tabIndex = -1;
    current = line;
    if (current) current.tabIndex = 0;
  }

  function goTo(line) {
    if (!line) return;
    mark(line);
    line.focus();
  }

  function fold(line, on) {
    if (!("folds" in line.dataset)) return;
    if (on) folded.add(line.dataset.span);
    else folded.delete(line.dataset.span);
    line.setAttribute("aria-expanded", String(!on));
    arrange();
  }

  function place(panel, line) {
    line.after(panel);
    line.querySelector(".operation").setAttribute("aria-expanded", "true");
  }

  async function open(line) {
    const { view } = await load(line.querySelector(".operation").href);
    const details = view.getElementById("details");
    if (!details || panels.has(line.dataset.span) || !line.isConnected) return;
    const panel = document.createElement("div");
    panel.className = "panel";
    panel.setAttribute("role", "row");
    const cell = document.createElement("div");
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-colspan", "2");
    cell.append(...document.adoptNode(details).childNodes);
    panel.append(cell);
    panels.set(line.dataset.span, panel);
    place(panel, line);
    panel.querySelector("h2").focus();
  }

  function close(line) {
    panels.get(line.dataset.span)?.remove();
    panels.delete(line.dataset.span);
    line.querySelector(".operation").removeAttribute("aria-expanded");
    goTo(line);
  }

  function toggle(line) {
    if (panels.has(line.dataset.span)) close(line);
    else open(line).catch(() => line.querySelector(".operation").removeAttribute("aria-expanded"));
  }

  function key(line, name) {
    const shown = visible();
    const at = shown.indexOf(line);
    const isFolded = folded.has(line.dataset.span);
    const folds = "folds" in line.dataset;
    switch (name) {
      case "ArrowDown": return goTo(shown[at + 1]);
      case "ArrowUp": return goTo(shown[at - 1]);
      case "Home": return goTo(shown[0]);
      case "End": return goTo(shown.at(-1));
      case "ArrowRight":
        if (isFolded) return fold(line, false);
        return folds ? goTo(shown[at + 1]) : undefined;
      case "ArrowLeft":
        if (folds && !isFolded) return fold(line, true);
        return goTo(shown.slice(0, at).findLast((above) => level(above) < level(line)));
      case "Enter":
      case " ": return toggle(line);
      case "Escape": return panels.has(line.dataset.span) ? close(line) : undefined;
      default: return false;
    }
  }

  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const panel = event.target.closest(".panel");
    if (panel) {
      if (event.key === "Escape") close(panel.previousElementSibling);
      return;
    }
    const line = event.target.closest(".span");
    if (line && key(line, event.key) !== false) event.preventDefault();
  });

  grid.addEventListener("click", (event) => {
    const line = event.target.closest(".span");
    if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    mark(line);
    if (event.target.closest(".fold")) {
      fold(line, !folded.has(line.dataset.span));
      line.focus();
    } else if (getSelection().isCollapsed) {
      toggle(line);
    }
  });

  grid.addEventListener("focusin", (event) => {
    const line = event.target.closest(".span");
    if (line) mark(line);
  });

  const sight = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) queue(extend);
    },
    { rootMargin: "800px" },
  );

  function queue(work) {
    turn = turn.then(work, work);
    return turn;
  }

  /** Puts the link to the next lines of that view in the place of the one here. */
  function follow(view) {
    const here = document.getElementById("more")?.parentElement;
    const next = view.getElementById("more")?.parentElement;
    here?.remove();
    if (!next) return;
    grid.after(document.adoptNode(next));
    sight.observe(document.getElementById("more"));
  }

  /** Appends the next lines. */
  async function extend() {
    const more = document.getElementById("more");
    if (!more) return;
    const found = await load(more.href);
    const chunk = found.view.querySelector(".chunk");
    if (!chunk) return;
    sources.push(more.href);
    grid.append(document.adoptNode(chunk));
    equip(chunk);
    arrange();
    follow(found.view);
  }

  /** Fetches all chunks again: a span that came late may stand anywhere. */
  async function renew(view) {
    const focused = grid.contains(document.activeElement) ? document.activeElement : null;
    const inPanel = focused?.closest(".panel");
    const kept = current?.dataset.span;
    const rowcount = count(view);
    for (const [at, old] of [...chunks()].entries()) {
      const fresh = at === 0 ? view : (await load(sources[at])).view;
      const chunk = fresh.querySelector(".chunk");
      if (!chunk) return;
      document.adoptNode(chunk);
      equip(chunk);
      old.replaceWith(chunk);
      if (at === sources.length - 1) follow(fresh);
    }
    grid.setAttribute("aria-rowcount", rowcount);
    arrange();
    const axis = view.querySelector("#waterfall .axis");
    if (axis) grid.querySelector(".axis").replaceChildren(...document.adoptNode(axis).childNodes);
    current = null;
    mark(lines().find((line) => line.dataset.span === kept) ?? lines()[0] ?? null);
    if (inPanel) focused.focus({ preventScroll: true });
    else if (focused) current?.focus({ preventScroll: true });
  }

  grid.setAttribute("role", "treegrid");
  for (const chunk of chunks()) equip(chunk);
  mark(lines()[0] ?? null);
  const more = document.getElementById("more");
  if (more) sight.observe(more);

  const count = (view) => view.getElementById("waterfall")?.getAttribute("aria-rowcount");
  let first = true;
  return (view) => {
    // The first answer is the page that is already here, unless something arrived in between.
    const same = first && count(view) === count(document);
    first = false;
    return same || !view.querySelector(".chunk") ? undefined : queue(() => renew(view));
  };
}
