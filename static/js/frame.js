/** A survey inside somebody else's page: tells that page how high it is and what happened, takes the name of a signed-in
 *  customer and first answers from it. Both sides name each other exactly; without a known host it is silent. */

const { host, mode } = document.documentElement.dataset;
const ours = Boolean(host) && parent !== window;
const HIGHEST = 5000;
const LONGEST = 4096; // as the server has it

let identity = null;
let prefill = {};
let height = 0;
let answered = false;
let wentOn = false;
let told = null; // the part of the page that was told of last: each is told of once

const form = () => document.getElementById("survey");
const say = (what, more) => ours && parent.postMessage({ t: `fb:${what}`, v: 1, ...more }, host);

function measure() {
  const now = Math.min(Math.ceil(document.body.getBoundingClientRect().height), HIGHEST);
  if (now === height) return;
  height = now;
  say("resize", { h: now });
}

/** What the host knows already; never over what the customer has said. Gives whether a choice was made by it. */
function fillIn() {
  let chose = false;
  for (const [name, value] of Object.entries(prefill)) {
    const fields = [...form().querySelectorAll("input:not([type=hidden]), textarea")].filter(
      (field) => field.name === name && !/^(fb_|$)/.test(name),
    );
    if (!fields.length) continue;
    delete prefill[name];
    const choices = fields.filter((field) => /radio|checkbox/.test(field.type));
    if (choices.some((field) => field.checked)) continue;
    const wanted = [value].flat().filter((one) => one !== null && typeof one !== "object").map(String);
    for (const field of choices) chose = (field.checked = wanted.includes(field.value)) || chose;
    const words = choices.length ? null : fields[0];
    if (words && !words.value) words.value = wanted[0] ?? "";
    fields[0].dispatchEvent(new Event("input", { bubbles: true }));
  }
  return chose;
}

/** Somebody has signed out on the host's page: what they typed and didn't send isn't for whoever comes next. */
function forget() {
  try {
    for (const key of Object.keys(sessionStorage)) if (/^feedback:typed:/.test(key)) sessionStorage.removeItem(key);
  } catch {
    // Storage is blocked: then it was in the page only that is gone.
  }
  form()?.reset();
}

/** Whoever has tapped the first answer on the host's page isn't asked for it again. A step without a link stores nothing. */
function goOn() {
  const next = form().querySelector("button.primary[value=next]");
  if (wentOn || !next || !form().fb_identity) return;
  wentOn = true;
  form().requestSubmit(next);
}

/** The page has come, or the next step of it. */
function drawn() {
  const close = document.querySelector("button.close");
  if (close) close.hidden = !ours || mode === "inline";
  const asked = form();
  if (asked) {
    if (asked.hasAttribute("data-refused")) identity = null;
    if (asked.fb_identity) asked.fb_identity.value = identity ?? "";
    if (fillIn()) goOn();
  }
  const news = document.querySelector("[data-frame]");
  if (news && news !== told) say(news.dataset.frame);
  told = news;
  measure();
}

function hear({ source, origin, data }) {
  if (source !== parent || origin !== host || data?.v !== 1) return;
  if (data.t === "fb:focus") {
    const first =
      document.querySelector("#problems a, main input:not([type=hidden], [tabindex]), main textarea") ??
      document.querySelector("main button, main a, button.close");
    // Of choices, one that was made already: a key pressed by mistake must not change it.
    const chosen = [...(form()?.elements ?? [])].find(({ name, checked }) => checked && name === first?.name);
    (chosen ?? first)?.focus();
  } else if (data.t === "fb:init") {
    identity = typeof data.identity === "string" && data.identity.length <= LONGEST ? data.identity : null;
    if (data.identity === 0) forget();
    if (data.prefill && typeof data.prefill === "object") prefill = { ...data.prefill };
    form()?.removeAttribute("data-refused");
    drawn();
  }
}

if (ours) {
  addEventListener("message", hear);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const open = document.querySelector("details[open]");
    if (!open) return mode !== "inline" && say("close");
    open.open = false;
    open.querySelector("summary").focus();
  });
  addEventListener("click", (event) => event.target.closest?.("button.close") && say("close"));
  addEventListener("change", (event) => {
    if (answered || !form()?.contains(event.target) || /^fb_/.test(event.target.name)) return;
    answered = true;
    say("answered");
  });
  new ResizeObserver(measure).observe(document.body);
  new MutationObserver(drawn).observe(document.body, { childList: true });
  say("ready", document.querySelector("[data-frame=error]") ? {} : { title: form()?.dataset.title ?? document.title });
  drawn();
}
