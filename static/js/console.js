// Conveniences of the console that need a script: copying an address. Everything works without this file.

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

// Keys that save a way on the page of a case. Nothing listens while something is typed, or with another key held.
const places = { r: "reply-text", n: "note-text", e: "resolve-outcome" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const keys = document.querySelector("[data-keys]");
  if (!keys) return;
  const field = document.getElementById(places[event.key]);
  if (event.key === "?") {
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  } else if (field) {
    const folded = field.closest("details");
    if (folded) folded.open = true;
    field.focus();
  } else {
    return;
  }
  event.preventDefault();
});

// What a page shows once there are scripts: the letter in its frame without a click, the panel of keys, the printer.
const show = () => {
  for (const keys of document.querySelectorAll("[data-keys][hidden]")) keys.hidden = false;
  for (const form of document.querySelectorAll("form[data-send-at-once]")) {
    form.removeAttribute("data-send-at-once");
    form.requestSubmit();
    form.hidden = true;
    for (const plain of document.querySelectorAll("details[data-plain]")) plain.open = false;
  }
};

show();
document.addEventListener("htmx:after:swap", show);
if (document.querySelector("[data-print]")) addEventListener("load", () => print());
