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
