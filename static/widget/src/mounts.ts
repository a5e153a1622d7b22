/** Elements with `data-feedback-survey`, now and whenever the page changes. */

import { open } from "./embeds";
import { later } from "./later";
import type { Wanted } from "./shapes";

/** What is more than a survey in its place waits for the second file. */
const MORE = /inline|delay|scroll|exit|sample|on(ce)?-/;
/** What a page may change of an element that stands there. */
const WATCHED = ["data-feedback-survey", "data-feedback-mode", "data-feedback-locale", "data-feedback-token"];
const mounted = new Map<Node, Wanted>();
/** How often we still put up again what a page took out of its element: one that wants none of it has the last word. */
let often = 50;

export function watch(): void {
  new MutationObserver(look).observe(document, { attributeFilter: WATCHED, childList: true, subtree: true });
  look([]);
}

/** Put everything up again, as the settings now are. */
export function restart(): void {
  mounted.forEach(({ gone }) => gone.abort());
  if (mounted.size) look([]);
}

function look(changes: readonly MutationRecord[]): void {
  changes.forEach(({ attributeName, target }) => attributeName && mounted.get(target)?.gone.abort());
  mounted.forEach(({ inPage, gone }, mount) => {
    if (mount.isConnected && !gone.signal.aborted && (!inPage || inPage.isConnected || often-- < 1)) return;
    gone.abort();
    mounted.delete(mount);
  });
  document.querySelectorAll<HTMLElement>(`[${WATCHED[0]}]`).forEach((mount) => mounted.has(mount) || place(mount));
}

function place(mount: HTMLElement): void {
  const given: Record<string, string> = { mode: "inline" };
  const prefill: Record<string, string> = {};
  for (const { name, value } of mount.attributes) {
    const [, first, rest] = /^data-feedback-(prefill-)?(.+)/.exec(name) ?? [];
    if (rest) (first ? prefill : given)[rest] = value;
  }
  const wanted = { ...given, prefill, gone: new AbortController() } as unknown as Wanted;
  mounted.set(mount, wanted);
  mount.querySelector("iframe")?.remove(); // of a copy: some pages keep themselves as markup to go back to
  if (wanted.mode !== "inline" || MORE.test(`${Object.keys(given)}`)) later((more) => more.place(mount, wanted));
  else mount.append((wanted.inPage = open(wanted).frame));
}
