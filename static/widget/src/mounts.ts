/** Elements with `data-feedback-survey`, now and whenever the page changes. */

import { asked } from "./asked";
import { open } from "./embeds";
import { later } from "./later";
import type { Wanted } from "./shapes";

/** What is more than a survey in its place waits for the second file. */
const MORE = /inline|delay|scroll|exit|sample|on(ce)?-/;
const SURVEY = "data-feedback-survey";

const mounted = new Map<Element, Wanted>();

export function watch(): void {
  new MutationObserver(look).observe(document, { attributeFilter: [SURVEY], childList: true, subtree: true });
  look();
}

/** Put everything up again, as the settings now are. */
export function restart(): void {
  mounted.forEach(({ gone }) => gone.abort());
  if (mounted.size) look();
}

function look(): void {
  mounted.forEach(({ survey, gone }, mount) => {
    if (mount.isConnected && mount.getAttribute(SURVEY) === survey && !gone.signal.aborted) return;
    gone.abort();
    mounted.delete(mount);
  });
  document.querySelectorAll<HTMLElement>(`[${SURVEY}]`).forEach((mount) => mounted.has(mount) || place(mount));
}

function place(mount: HTMLElement): void {
  const { mode = "inline", ...rest } = asked(mount, "data-feedback-");
  const prefill = asked(mount, "data-feedback-prefill-");
  mount.querySelector("iframe")?.remove(); // of a copy: some pages keep themselves as markup to go back to
  const wanted = { ...rest, mode, prefill, gone: new AbortController() } as Wanted;
  mounted.set(mount, wanted);
  if (mode !== "inline" || MORE.test(`${Object.keys(rest)}`)) later((more) => more.place(mount, wanted));
  else mount.append(open(wanted).frame);
}
