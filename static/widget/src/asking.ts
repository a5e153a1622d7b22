/** The first question of a survey in the host's page itself; its answer is handed over when the frame is there. */

import { button, element } from "./elements";
import { face } from "./faces";
import type { Embed, Stage } from "./shapes";
import type { Text } from "./site";
import { tell } from "./telling";

/** `go` when somebody answered, or wants to; in the corner somebody may say `no`. */
export function ask({ widget, view }: Stage, embed: Embed, go: () => void, no?: () => void): HTMLElement {
  const { title, question } = view.survey;
  const { key, kind, points, low, high } = question;
  const inputs = points.map(({ value }) => element("input", { type: "radio", name: key, value }));
  const chosen = () => inputs.find((input) => input.checked);
  const next = button({ class: "main" }, goOn, view.word("open"));
  const box = element("fieldset", {}, element("legend", {}, view.said(title)));
  let byPointer = false;

  function goOn(): void {
    const value = chosen()?.value;
    if (value) {
      embed.prefill = { ...embed.prefill, [key]: value };
      widget.hear(embed, { t: "fb:answered" });
    }
    go();
  }

  /** What an end of the scale means, told with the number that it is about. */
  function end(id: string, meaning: Text, place: number): HTMLElement {
    const { label, mood } = points[place]!;
    inputs[place]!.setAttribute("aria-describedby", id);
    return element("span", { id }, mood ? "" : `${view.said(label)} = `, view.said(meaning));
  }

  if (points.length) {
    const tiles = points.map(({ label, mood }, index) => {
      inputs[index]!.checked = `${embed.prefill?.[key]}` === inputs[index]!.value;
      const words = view.said(label);
      return element("label", {}, inputs[index]!, element("span", {}, ...(mood ? [face(mood)] : []), words));
    });
    box.append(element("div", { class: kind }, ...tiles));
    if (low && high) box.append(element("p", {}, end("low", low, 0), end("high", high, points.length - 1)));
    // Arrows choose before anybody has decided: a tap goes on by itself, keys have a button for it.
    next.hidden = !chosen();
  }
  box.append(next);
  if (no && !points.length) box.append(button({}, no, view.word("no")));

  box.addEventListener("pointerdown", () => (byPointer = true));
  box.addEventListener("keydown", ({ key, target }) => {
    byPointer = false;
    if (key === "Enter" && target !== next && chosen()) goOn();
  });
  box.addEventListener("change", () => {
    next.hidden = false;
    if (byPointer) goOn();
  });
  return box;
}

/** The focus goes on into the frame, unless somebody took it elsewhere meanwhile. */
export function follow({ base }: { base: string }, { frame }: Embed, host: Element): void {
  if (document.activeElement !== host && document.activeElement !== document.body) return;
  frame.focus({ preventScroll: true });
  frame.contentWindow?.postMessage({ t: "fb:focus", v: 1 }, base);
}

/** The first question in its place, and the survey in the same place after it. */
export function askInPlace(stage: Stage): void {
  const { widget, noted, view, wanted, mount } = stage;
  const embed = widget.open({ ...wanted, mode: "inline" });
  embed.mode = "question"; // is shown now, and not when its frame comes
  const { frame, gone } = embed;
  const { host, root } = view.place();
  const box = ask(stage, embed, () => {
    frame.style.height = `${box.offsetHeight}px`; // as high as the question was, until the survey says
    host.replaceWith((wanted.inPage = frame));
  });
  root.append(box);
  embed.heard = (what) => what === "fb:ready" && follow(widget, embed, host);
  gone.signal.addEventListener("abort", () => host.remove());
  mount.append((wanted.inPage = host));
  tell("shown", embed);
  noted(embed);
}
