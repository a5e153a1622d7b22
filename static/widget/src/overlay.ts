/** What lies over the page: first a small question in the corner, and the survey once somebody wants it. */

import { ask, follow } from "./asking";
import { button, element, lift } from "./elements";
import type { Stage } from "./shapes";
import { tell } from "./telling";

export interface Overlay {
  host: Element;
  /** Ask in the corner, without taking the focus. */
  prompt(): void;
  /** Show the survey itself; only ever because somebody pressed something. */
  open(): void;
  /** Away with it, without a word. */
  leave(): void;
}

export function overlay(stage: Stage, left: () => void): Overlay {
  const { widget, memory, noted, view, wanted } = stage;
  let before = focused();
  const gone = new AbortController();
  const embed = widget.open({ ...wanted, gone });
  const { host, root } = view.place();
  // Whoever came in by the keyboard later goes back to where that was.
  host.addEventListener("focusin", ({ relatedTarget }) => {
    const from = relatedTarget as HTMLElement | null;
    if (from && !from.shadowRoot) before = from;
  });
  const shut = button({ class: "close", "aria-label": view.word("close") }, dismiss, "✕");

  function show(name: "section" | "dialog", className: string, inside: Node): HTMLElement {
    const first = !host.isConnected;
    const attributes = { class: `box ${className}`, "aria-label": view.word("title"), tabindex: "-1" };
    const box = element(name, attributes, shut, inside);
    box.addEventListener("keydown", (event) => (event as KeyboardEvent).key === "Escape" && dismiss());
    box.addEventListener("close", dismiss);
    root.replaceChildren(box);
    document.body.append(host);
    if (name === "section") lift(box);
    if (wanted.mode !== "tab") wanted.inPage = host;
    if (first) {
      tell("shown", embed);
      noted(embed);
    }
    return box;
  }

  const prompt = () => show("section", "", ask(stage, embed, open, dismiss));

  function open(): void {
    const box = show(wanted.mode === "dialog" ? "dialog" : "section", "survey", embed.frame);
    if (wanted.mode === "dialog") (box as HTMLDialogElement).showModal();
    box.focus({ preventScroll: true });
  }

  function dismiss(): void {
    if (!gone.signal.aborted && embed.said !== "submitted") {
      memory.remember(embed);
      tell("dismissed", embed);
    }
    leave();
  }

  function leave(): void {
    if (gone.signal.aborted) return;
    const inside = document.activeElement === host;
    gone.abort();
    if (wanted.inPage === host) delete wanted.inPage;
    host.remove();
    if (inside) before?.focus({ preventScroll: true });
    left();
  }

  embed.heard = (what) => {
    if (what === "fb:close") dismiss();
    if (what === "refused") leave();
    if (what !== "fb:ready") return;
    shut.remove(); // the survey has one of its own
    follow(widget, embed, host);
  };
  for (const { signal } of [wanted.gone, stage.hidden]) signal.addEventListener("abort", leave);
  return { host, prompt, open, leave };
}

/** What has the focus, also inside the host's own shadow trees. */
function focused(): HTMLElement | null {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found as HTMLElement | null;
}
