/** Survey and case pages with JavaScript: what is written stays in the tab until it is stored, and is sent again when
 *  the network returns. Without this file the page is an ordinary form; the server does everything else. */

const PATIENCE = 30_000;
const WAITS = [2_000, 5_000, 15_000, 30_000, 60_000];

const memory = new Map();
let sending = false;
let waiting = null; // what could not be sent yet: {action, body, tries}
let timer = 0;

const survey = () => document.querySelector("#survey, #reply");
const keyOf = (form, what) => `feedback:${what}:${form.getAttribute("action")}`;

/** sessionStorage where it is allowed, else the page's own memory. */
function keep(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // Storage is blocked: memory serves while the page lives.
  }
  if (value === null) memory.delete(key);
  else memory.set(key, value);
}

function kept(key) {
  try {
    return sessionStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function tell(text) {
  const place = document.getElementById("told");
  if (place) place.textContent = text;
}

const answers = (form) =>
  [...form.elements].filter((field) => field.name && !field.name.startsWith("fb_") && !/hidden|submit/.test(field.type));

/** Remember everything that was answered; hidden fields are the server's and stay out. */
function remember(form) {
  const found = answers(form)
    .filter((field) => (/radio|checkbox/.test(field.type) ? field.checked : field.value))
    .map((field) => [field.name, field.value]);
  keep(keyOf(form, "typed"), JSON.stringify(found));
}

/** Fill in what was remembered, but only where the server has nothing: what it shows is newer. */
function restore(form) {
  let found = [];
  try {
    found = JSON.parse(kept(keyOf(form, "typed")) ?? "[]");
  } catch {
    return;
  }
  const fields = answers(form);
  const filled = new Set(
    fields.filter((field) => (/radio|checkbox/.test(field.type) ? field.checked : field.value)).map((field) => field.name),
  );
  for (const [name, value] of found) {
    if (filled.has(name)) continue;
    for (const field of fields) {
      if (field.name !== name) continue;
      if (!/radio|checkbox/.test(field.type)) field.value = value;
      else if (field.value === value) field.checked = true;
    }
  }
}

/** How much may still be written, in the reader's digits; the server counts the same way, by code points. */
function count(area) {
  const most = Number(area.dataset.max);
  const place = area.closest(".question")?.querySelector(".count");
  if (!most || !place) return;
  const now = [...area.value.replaceAll("\r\n", "\n").trim()].length;
  const numbers = new Intl.NumberFormat(survey()?.dataset.numbers || undefined);
  place.textContent = now > most / 2 ? `${numbers.format(now)} / ${numbers.format(most)}` : "";
  place.classList.toggle("over", now > most);
}

function begin() {
  const form = survey();
  if (!form) return;
  restore(form);
  form.querySelectorAll("textarea[data-max]").forEach(count);
  const body = kept(keyOf(form, "unsent"));
  if (body !== null && !waiting) send({ action: form.action, body, tries: 0, key: keyOf(form, "unsent") });
}

/** Do what changes the page the way pages change: with the motion of css/public.css, for whoever doesn't mind it. */
function change(how) {
  if (!document.startViewTransition || !matchMedia("(prefers-reduced-motion: no-preference)").matches) return how();
  document.startViewTransition(how).ready.catch(() => {}); // a page that nobody sees changes without
}

/** Show the page that the server answered with, as if the browser had gone there. */
function show(page, address, late) {
  const words = survey()?.dataset.sent ?? "";
  document.documentElement.lang = page.documentElement.lang;
  document.documentElement.dir = page.documentElement.dir;
  document.title = page.title;
  document.body.className = page.body.className;
  document.body.replaceChildren(...page.body.childNodes);
  if (address && address !== location.href) history.replaceState(null, "", address);
  scrollTo(0, 0);
  begin();
  const first = document.querySelector("#problems a, .notice:not(#problems), #done, h1");
  if (first?.matches(".notice, h1")) first.tabIndex = -1;
  first?.focus();
  if (late) setTimeout(tell, 100, words);
}

function send(what) {
  clearTimeout(timer);
  sending = true;
  waiting = what;
  survey()?.setAttribute("aria-busy", "true");
  const call = new XMLHttpRequest();
  call.open("POST", what.action);
  call.responseType = "document"; // parsed by the browser: no string of ours ever becomes markup
  call.timeout = PATIENCE;
  call.setRequestHeader("Accept", "text/html");
  call.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
  const done = () => {
    sending = false;
    survey()?.removeAttribute("aria-busy");
  };
  call.onload = () => {
    waiting = null;
    if (call.status >= 500 || call.status === 429 || !call.response?.body) {
      done();
      tell(survey()?.dataset.failed ?? "");
      return;
    }
    keep(what.key, null);
    if (call.status < 400) keep(what.key.replace(":unsent:", ":typed:"), null);
    change(() => {
      done();
      show(call.response, call.responseURL, what.tries > 0);
    });
  };
  call.onerror = call.ontimeout = () => {
    done();
    keep(what.key, what.body);
    tell(survey()?.dataset.kept ?? "");
    what.tries += 1;
    timer = setTimeout(again, WAITS[Math.min(what.tries, WAITS.length) - 1]);
  };
  call.send(what.body);
}

function again() {
  if (waiting && !sending) send(waiting);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form !== survey() || typeof XMLHttpRequest === "undefined") return;
  event.preventDefault();
  if (sending) return; // a second click: the first one is on its way
  const data = new URLSearchParams(new FormData(form));
  const button = event.submitter ?? form.querySelector("button.primary");
  if (button?.name) data.append(button.name, button.value);
  remember(form);
  tell(form.dataset.sending);
  send({ action: form.action, body: data.toString(), tries: 0, key: keyOf(form, "unsent") });
});

document.addEventListener("input", (event) => {
  const form = survey();
  if (!form?.contains(event.target)) return;
  remember(form);
  if (event.target.matches("textarea[data-max]")) count(event.target);
});

addEventListener("online", again);
document.readyState === "loading" ? addEventListener("DOMContentLoaded", begin) : begin();
