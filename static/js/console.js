// Conveniences of the console that need a script: copying an address, keys. Everything works without this file.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied;
  } catch {
    // No permission: the text is selected, so that the keyboard can copy it.
  }
});

for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;

// All of a list, or none where all are chosen.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-choose]");
  if (!button) return;
  const boxes = [...button.form.querySelectorAll(`[name="${button.dataset.choose}"]`)];
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
});

// Keys that save a way. Nothing listens while something is typed, with another key held, or once they are switched off
// in this browser: whoever speaks to the machine, or brushes keys, would set them off by chance.
const OFF = "feedback:keys-off";
const places = { r: "reply-text", n: "note-text", e: "resolve-outcome", "/": "q" };
const steps = { j: 1, k: -1 };
/** Where the letters of another script stand, the place of the key counts. */
const codes = { KeyR: "r", KeyN: "n", KeyE: "e", KeyJ: "j", KeyK: "k", Slash: "/" };

const switched = {
  get off() {
    try {
      return localStorage.getItem(OFF) !== null;
    } catch {
      return false;
    }
  },
  set off(value) {
    try {
      if (value) localStorage.setItem(OFF, "");
      else localStorage.removeItem(OFF);
    } catch {
      // Storage is blocked: they stay on.
    }
  },
};

function pressed({ key, code, shiftKey }) {
  if (/^[!-~]$/.test(key)) return key;
  if (code === "Slash" && shiftKey) return "?";
  return shiftKey ? undefined : codes[code];
}

/** The next or previous case of the list takes the focus; at its ends nothing happens. */
function step(by) {
  const cases = [...document.querySelectorAll("a.list__title")];
  const at = cases.indexOf(document.activeElement);
  const there = cases[at < 0 ? 0 : at + by];
  there?.focus();
  return Boolean(there);
}

function go(key, keys) {
  const field = document.getElementById(places[key]);
  if (key === "?") {
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  } else if (key in steps) {
    return step(steps[key]);
  } else if (field) {
    const folded = field.closest("details");
    if (folded) folded.open = true;
    field.focus();
  } else {
    return false;
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || switched.off) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const keys = document.querySelector("[data-keys]");
  if (keys && go(pressed(event), keys)) event.preventDefault();
});

const label = (button) => {
  button.textContent = switched.off ? button.dataset.on : button.dataset.off;
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keys-switch]");
  if (!button) return;
  switched.off = !switched.off;
  label(button);
});

// What a page shows once there are scripts: the letter in its frame without a click, the panel of keys, the printer.
const show = () => {
  for (const keys of document.querySelectorAll("[data-keys][hidden]")) keys.hidden = false;
  for (const button of document.querySelectorAll("[data-keys-switch]")) label(button);
  for (const form of document.querySelectorAll("form[data-send-at-once]")) {
    form.removeAttribute("data-send-at-once");
    form.requestSubmit();
    form.hidden = true;
    for (const plain of document.querySelectorAll("details[data-plain]")) {
      plain.open = false;
      plain.parentElement.append(plain);
    }
  }
};

/** A form that was refused far below: where the address has a fragment, or a part was swapped, the page opens elsewhere. */
const showWrong = () => {
  const wrong = document.querySelector(".summary-of-errors[autofocus]");
  wrong?.focus();
  wrong?.scrollIntoView();
};

show();
showWrong();
document.addEventListener("htmx:after:swap", show);
document.addEventListener("htmx:finally:swap", showWrong);
if (document.querySelector("[data-print]")) addEventListener("load", () => print());
