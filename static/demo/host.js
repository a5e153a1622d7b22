// The shop's own script: all that its page has to do with the widget beyond the one line of code.

window.feedback ||= Object.assign((...call) => feedback.q.push(call), { q: [] });

const { identity } = document.body.dataset;
if (identity) feedback("identify", identity);

const log = document.getElementById("happened");
for (const name of ["ready", "shown", "answered", "submitted", "dismissed", "error"]) {
  feedback("on", name, ({ survey }) => {
    const line = document.createElement("li");
    line.textContent = `${name}: ${survey}`;
    log.querySelector(".first")?.remove();
    log.append(line);
  });
}

document.addEventListener("click", ({ target }) => {
  const { show, mode, ask } = target.dataset;
  if (show) feedback("show", show, { mode });
  if (ask) {
    feedback("canShow", ask, ({ visible, reason }) => {
      document.getElementById("allowed").textContent = `${visible ? "✓" : "–"} ${reason}`;
    });
  }
});
