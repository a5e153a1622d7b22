/** A button at the side of the page that opens a survey whenever somebody wants it. */

import { button, element } from "./elements";
import type { Overlay } from "./overlay";
import type { Stage } from "./shapes";

export function tab({ view, wanted, byHand }: Stage, begin: (left: () => void) => Overlay): void {
  const { host, root } = view.place();
  const label = button({ class: "tab" }, press, element("span", {}, view.word("tab")));
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
  document.body.append(host);
  wanted.gone.signal.addEventListener("abort", () => host.remove());
  if (byHand) press();
}
