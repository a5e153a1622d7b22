/** A button at the side of the page that opens a survey whenever somebody wants it. */

import { button, element, lift } from "./elements";
import type { Overlay } from "./overlay";
import type { Stage } from "./shapes";

/** The tab of each survey, and where it ends in pixels from the middle of the window. */
const tabs = new Map<string, { label: Element; end: number }>();
/** Between two of them, in pixels. */
const GAP = 8;

export function tab({ view, wanted, byHand }: Stage, begin: (left: () => void) => Overlay): void {
  const { survey, gone } = wanted;
  if (tabs.get(survey)?.label.isConnected) return;
  const { host, root } = view.place();
  const attributes = { class: "tab", title: view.said(view.survey.title) };
  const label = button(attributes, press, element("span", {}, view.word("title")));
  let over: Overlay | undefined;

  const expanded = (is: boolean) => label.setAttribute("aria-expanded", `${is}`);

  function press(): void {
    if (over) return over.leave();
    over = begin(() => {
      over = undefined;
      expanded(false);
    });
    expanded(true);
    over.open();
  }

  expanded(false);
  root.append(label);
  document.body.append((wanted.inPage = host));
  lift(label);
  const height = label.offsetHeight;
  const above = [...tabs.values()].filter((one) => one.label.isConnected).map(({ end }) => end + GAP);
  const top = above.length ? Math.max(...above) : -height / 2;
  label.style.setProperty("--top", `${top}px`);
  tabs.set(survey, { label, end: top + height });
  gone.signal.addEventListener("abort", () => host.remove());
  if (byHand) press();
}
