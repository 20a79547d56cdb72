// Live views: fetch the same page again, and take over what changed.

const INTERVAL = 1000;
const INTERVAL_WITHOUT_ANSWER = 5000;

/**
 * Fetches a view as a document; `null` when it still has that tag. The browser's own parser reads it as it reads any
 * page, and runs nothing of it: no text is made into markup here.
 */
export function load(url, tag) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = 20000;
    if (tag) request.setRequestHeader("If-None-Match", tag);
    request.onload = () => {
      if (request.status === 304) resolve(null);
      else if (request.response) resolve({ view: request.response, tag: request.getResponseHeader("ETag"), status: request.status });
      else reject(new Error(`no document at ${url}`));
    };
    request.onerror = request.ontimeout = () => reject(new Error(`no answer from ${url}`));
    request.send();
  });
}

/** Where an element stands, so that the one in its place can be found: below what has an id, the first, second … such. */
function placeOf(element) {
  const home = element.closest("[id]");
  const href = element.getAttribute("href");
  const alike = element.localName + (href === null ? "" : `[href="${CSS.escape(href)}"]`);
  return { id: home.id, alike, at: element === home ? -1 : [...home.querySelectorAll(alike)].indexOf(element) };
}

function at(place) {
  const home = document.getElementById(place.id);
  return place.at < 0 ? home : home?.querySelectorAll(place.alike)[place.at];
}

/** Puts the new view's live parts in the place of the old ones, and what the reader did there back: focus, ticks, folds. */
function takeOver(view) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = view.getElementById(part.id);
    if (!fresh) {
      // Another kind of view: what was missing has arrived, or the other way round.
      location.reload();
      return;
    }
    if (fresh.isEqualNode(part)) continue;
    // What has come to its end is live no more.
    part.toggleAttribute("data-live", fresh.hasAttribute("data-live"));
    const focused = part.contains(document.activeElement) ? placeOf(document.activeElement) : null;
    const ticked = new Set(Array.from(part.querySelectorAll(".tick:checked"), (tick) => tick.value));
    const folds = Array.from(part.querySelectorAll("details"), (details) => [placeOf(details), details.open]);
    part.replaceChildren(...document.adoptNode(fresh).childNodes);
    for (const [place, open] of folds) at(place)?.toggleAttribute("open", open);
    for (const tick of part.querySelectorAll(".tick")) tick.checked = ticked.has(tick.value);
    if (focused) at(focused)?.focus({ preventScroll: true });
  }
  const chosen = document.getElementById("service");
  const known = new Set(Array.from(chosen?.options ?? [], (option) => option.value));
  for (const option of view.querySelectorAll("#service option")) {
    if (chosen && !known.has(option.value)) chosen.append(document.adoptNode(option.cloneNode(true)));
  }
}

/** Adds the switch, and asks for changes while it is on and the page is in sight. */
export function watch(refresh) {
  if (!document.querySelector("[data-live]")) return;
  const button = document.createElement("button");
  const dot = document.createElement("span");
  const state = document.createElement("span");
  dot.className = "dot";
  dot.setAttribute("aria-hidden", "true");
  state.setAttribute("role", "status");
  button.type = "button";
  button.append(dot, "Live");
  document.getElementById("live").append(state, button);

  let on = true;
  let tag = null;
  let gone = false;
  let timer;

  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
    button.setAttribute("aria-pressed", String(on));
  };
  const next = (after) => {
    clearTimeout(timer);
    if (on) timer = setTimeout(ask, after);
  };
  async function ask() {
    if (document.hidden) return next(INTERVAL);
    const start = performance.now();
    try {
      const found = await load(location.href, tag);
      if (found && on) {
        tag = found.tag;
        // A trace that left for newer ones stays on the screen of whoever reads it.
        gone = found.status === 404 && !document.getElementById("message");
        if (!gone) {
          takeOver(found.view);
          await refresh?.(found.view);
        }
        if (!document.querySelector("[data-live]")) {
          document.getElementById("live").replaceChildren();
          return;
        }
      }
      if (on) say(gone ? "No longer held" : "");
      // A large trace takes its time to fetch again: most of it is left for reading.
      next(Math.max(INTERVAL, 4 * (performance.now() - start)));
    } catch {
      if (on) say("No answer");
      next(INTERVAL_WITHOUT_ANSWER);
    }
  }
  button.addEventListener("click", () => {
    on = !on;
    say(on ? "" : "Paused");
    next(0);
  });
  say("");
  next(0);
}
