/** A feedback screen with JavaScript: every screen is in the page already, so nothing waits for the network. Taps are
 *  kept on the tablet under a name of their own until the server has said that it has them, and are sent again until
 *  then; the server stores each name once. Without this file the page is an ordinary form. */

const KEPT = "feedback-kiosk";
const BATCH = 50;
const PATIENCE = 20_000;
const OPENING = 5_000;
const WAITS = [2_000, 5_000, 15_000, 30_000, 60_000];
const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
/** A second tap of an eager hand must not land on the screen that has just come. */
const SETTLING = 350;

const root = document.getElementById("kiosk");
const home = root.dataset.home ?? "";
const pieces = new Map();
for (const piece of document.querySelectorAll("template")) {
  pieces.set(`${piece.dataset.screen} ${piece.dataset.language}`, piece.content);
}

let language = home;
let shown = "";
let tap = null; // what this person has touched so far
let idle = 0;

/* ---- pairing ---- */

/** The token came in the address once; from then on the tablet has it and the address doesn't show it. A page that was
 *  installed carries the one of that day, for tablets that keep nothing of the browser's in there. */
function paired() {
  const given = new URLSearchParams(location.search);
  const key = `${KEPT}:${location.pathname}`;
  const installed = given.get("installed") ?? "";
  let token = given.get("token") ?? "";
  try {
    token ||= localStorage.getItem(key) ?? installed;
    if (token) localStorage.setItem(key, token);
    // Asked while staff stand there: else a tablet that runs out of space may throw away what it keeps for us.
    if (given.has("token")) navigator.storage?.persist?.().catch(() => {});
  } catch {
    // Storage is blocked: the address has to carry it.
    return token || installed;
  }
  const once = ["token", "installed", "lang"].filter((one) => given.has(one));
  if (once.length) {
    for (const one of once) given.delete(one);
    const query = given.toString();
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
  }
  return token;
}

const token = paired();
const place = new URLSearchParams(location.search).get("place") ?? "";
let trusted = token !== "";

function tellPairing(is) {
  trusted = is;
  const note = root.querySelector(".apart");
  if (note) note.hidden = is;
}

/* ---- taps, kept until the server has them ---- */

/** What this page knows stays here until the server has it, whether or not the tablet could write it down. */
const memory = new Map();
/** What the server has, by name and turn: a full disk forgets nothing either. */
const had = new Set();
const mark = (one) => `${one.id} ${one.turn}`;
let store = null;

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A write counts once it is on the disk: where that is full, it fails after its request has succeeded. */
function written(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = reject;
  });
}

async function open() {
  try {
    const opening = indexedDB.open(KEPT, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("taps", { keyPath: "id" });
    store = await asked(opening);
  } catch {
    // No database: memory serves while the page lives.
  }
}

/** There are browsers whose database never opens and never says so. */
const opened = Promise.race([open(), new Promise((resolve) => setTimeout(resolve, OPENING))]);

const taps = (mode) => store.transaction("taps", mode, { durability: "strict" }).objectStore("taps");

async function keep(one) {
  memory.set(one.id, one);
  await opened;
  try {
    const place = taps("readwrite");
    place.put(one);
    await written(place.transaction);
  } catch {
    // The disk is full, or the database gone: memory keeps it.
  }
}

/** Forget a tap that the server has, unless something was added to it since it was sent. */
async function forget(one) {
  had.add(mark(one));
  if (memory.get(one.id)?.turn === one.turn) memory.delete(one.id);
  try {
    const place = taps("readwrite");
    const there = await asked(place.get(one.id));
    if (there && there.turn === one.turn) place.delete(one.id);
    await written(place.transaction);
    had.delete(mark(one));
  } catch {
    // It stays written down: another page may send it once more, and the server stores it once.
  }
}

async function waiting() {
  await opened;
  let kept = [];
  try {
    kept = await asked(taps("readonly").getAll());
  } catch {
    // Memory has what this page was told.
  }
  const found = new Map([...kept, ...memory.values()].map((one) => [one.id, one]));
  return [...found.values()].filter((one) => !had.has(mark(one))).sort((one, other) => one.at - other.at);
}

let sending = false;
let more = false;
let tries = 0;
let timer = 0;

/** Kept taps by where they go and what vouches for them: one request holds only those of one kind. */
function kinds(kept) {
  const found = new Map();
  for (const one of kept) {
    const kind = JSON.stringify([one.path, one.token, one.place]);
    if (!found.has(kind)) found.set(kind, []);
    found.get(kind).push(one);
  }
  return [...found.values()];
}

/** Send what is kept, oldest first, one batch at a time, until nothing is left or the network fails. Where taps of an
 *  earlier pairing or survey find nobody who takes them, the others go on. */
async function send() {
  clearTimeout(timer);
  if (sending) {
    more = true;
    return;
  }
  sending = true;
  try {
    let failed;
    do {
      more = false;
      failed = null;
      const kept = kinds(await waiting());
      for (const same of kept.length ? kept : [[]]) {
        try {
          await post(same.slice(0, BATCH));
          more ||= same.length > BATCH;
        } catch (error) {
          failed = error;
        }
      }
    } while (more);
    if (failed) throw failed;
    tries = 0;
    timer = setTimeout(send, HOUR);
  } catch {
    timer = setTimeout(send, WAITS[Math.min(tries, WAITS.length - 1)]);
    tries += 1;
  }
  sending = false;
}

/** How long a tap has waited. Where that can't be true, since the tablet's clock was set meanwhile, as it is on one that
 *  had none until the network came back, the page's own count says it. */
function waited(tap, now) {
  const long = now - tap.at;
  const isTrue = long >= 0 && long < WEEK;
  return isTrue || tap.page !== performance.timeOrigin ? long : performance.now() - tap.tick;
}

async function post(batch) {
  const [first] = batch;
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  const now = Date.now();
  const reply = await fetch(first?.path ?? location.pathname, {
    method: "POST",
    signal: stop.signal,
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({
      kiosk: first?.token ?? token,
      place: first?.place ?? place,
      taps: batch.map((one) => {
        const { id, version, language, answers } = one;
        return { id, waited: waited(one, now), version, language, answers };
      }),
    }),
  });
  if (reply.status === 401) {
    // The site takes nothing from a tablet that was never paired.
    for (const one of batch) await forget(one);
    return;
  }
  if (!reply.ok) throw new Error(String(reply.status));
  const said = await reply.json();
  clearTimeout(patience);
  const there = new Set(said.taps.map((one) => one.id));
  const had = batch.filter((one) => there.has(one.id));
  if (batch.length && !had.length) throw new Error("nothing was taken");
  for (const one of had) await forget(one);
  if (!first || (first.path === location.pathname && first.token === token)) tellPairing(said.paired);
}

/* ---- screens ---- */

function show(name) {
  shown = name;
  root.replaceChildren(pieces.get(`${name} ${language}`).cloneNode(true));
  const screen = root.querySelector(".screen");
  document.documentElement.lang = screen.lang;
  document.documentElement.dir = screen.dir;
  tellPairing(trusted);
  root.classList.add("settling");
  setTimeout(() => root.classList.remove("settling"), SETTLING);
  root.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
  rest();
}

function start() {
  tap = null;
  language = home;
  show("ask");
}

/** Ready for the next person after a while in which nobody touched anything. */
function rest() {
  clearTimeout(idle);
  if (nobodyThere()) return;
  const seconds = shown.startsWith("thanks") ? root.dataset.thanked : root.dataset.idle;
  idle = setTimeout(start, Number(seconds) * 1000);
}

function name() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function answer(button) {
  if (shown === "ask") {
    tap = {
      id: name(),
      at: Date.now(),
      page: performance.timeOrigin,
      tick: performance.now(),
      turn: 1,
      path: location.pathname,
      token,
      place,
      version: Number(root.dataset.version),
      language,
      answers: { [button.name]: button.value },
      thanks: button.dataset.thanks,
    };
  } else {
    tap = { ...tap, turn: tap.turn + 1, answers: { ...tap.answers, [button.name]: button.value } };
  }
  keep(tap).then(send);
  show(shown === "ask" && button.dataset.why ? `why-${button.dataset.why}` : `thanks-${tap.thanks}`);
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !home) return;
  event.preventDefault();
  if (root.classList.contains("settling")) return;
  stay();
  if (button.name === "lang") {
    language = button.value;
    show("ask");
  } else if (button.dataset.go) start();
  else if (button.name === "fb_go") show(`thanks-${tap.thanks}`);
  else answer(button);
});

/** A finger that slips on its button means it all the same; browsers take that for the beginning of scrolling. The
 *  click of their own, if there is one, comes while the next screen settles. */
let pressed = null;
root.addEventListener("pointerdown", (event) => {
  if (event.isPrimary) pressed = event.target.closest("button");
});
root.addEventListener("pointerup", (event) => {
  if (!event.isPrimary || event.pointerType !== "touch") return;
  if (pressed?.contains(document.elementFromPoint(event.clientX, event.clientY))) pressed.click();
  pressed = null;
});

/** "Back" would leave for wherever the tablet came from: from the first touch on it leads here again. */
function stay() {
  if (!history.state?.stays) history.pushState({ stays: true }, "");
}

addEventListener("popstate", () => {
  if (!home) return;
  if (!history.state?.stays) history.forward();
  start();
});

for (const name of ["pointerdown", "keydown"]) addEventListener(name, rest);
for (const name of ["contextmenu", "dragstart"]) addEventListener(name, (event) => event.preventDefault());
addEventListener("online", send);

/* ---- the tablet: awake, offline, up to date ---- */

async function stayAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // Not allowed here, or the battery is low.
  }
}

const nobodyThere = () => shown === "ask" && language === home;

/** Fetch the page anew now and then while nobody stands there; a server that is away changes nothing. */
async function lookAgain() {
  if (!nobodyThere()) return;
  try {
    const reply = await fetch(location.href, { method: "HEAD" });
    if ((reply.ok || reply.status === 410) && nobodyThere()) location.reload();
  } catch {
    // Offline: the screen goes on with what it has.
  }
}

async function workOffline() {
  try {
    await navigator.serviceWorker.register("/kiosk/worker.js", { scope: "/kiosk/" });
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: location.href });
  } catch {
    // Not over plain HTTP: the screen works, but can't be opened again without a network.
  }
}

if (home) {
  start();
  setInterval(lookAgain, HOUR);
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  workOffline();
}
send();
