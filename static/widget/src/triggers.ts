/** When a mount's moment has come: its event, then its delay, then how far was read, then the wish to leave. */

import type { Answers, Wanted } from "./shapes";

export interface Events {
  track(event: string, facts?: Answers): void;
  /** The facts of the first of these events. One that happened before anybody waited for it counts once. */
  one(names: readonly string[], gone: AbortController): Promise<Answers>;
  forget(): void;
}

export function eventsOfPage(): Events {
  const missed = new Map<string, Answers>();
  const waiting = new Set<() => boolean>();
  return {
    track(name, facts = {}) {
      const event = `${name}`.toLowerCase(); // as attributes are
      missed.set(event, facts);
      if ([...waiting].map((look) => look()).includes(true)) missed.delete(event);
    },
    one: (names, gone) =>
      new Promise((resolve) => {
        function look(): boolean {
          const event = names.find((name) => missed.has(name));
          if (event === undefined) return false;
          resolve(missed.get(event)!);
          return waiting.delete(look);
        }
        if (gone.signal.aborted) return;
        waiting.add(look);
        gone.signal.addEventListener("abort", () => waiting.delete(look));
        if (look()) names.forEach((name) => missed.delete(name));
      }),
    forget: () => missed.clear(),
  };
}

/** Once the test holds, now or after an event. */
function once(type: string, { gone }: Wanted, test: (event?: MouseEvent) => unknown): Promise<void> {
  return new Promise((resolve) => {
    const look = (event?: Event) => test(event as MouseEvent) && resolve();
    document.addEventListener(type, look, { signal: gone.signal });
    look();
  });
}

/** Until the page has come: what there is of it before is short, and would count as read. */
const whole = () =>
  document.readyState !== "complete" && new Promise((done) => addEventListener("load", done, { once: true }));

function read(): number {
  const { clientHeight, scrollHeight, scrollTop } = document.documentElement;
  return ((scrollTop + clientHeight) / scrollHeight) * 100;
}

/** The pointer goes for the tabs and the address: over the upper edge, to nothing. */
const leaving = (event?: MouseEvent): boolean => event?.relatedTarget === null && event.clientY <= 0;

/** Gives what the event told, if there was one. */
export async function moment(wanted: Wanted, events: Events): Promise<Answers> {
  const { delay, scroll, exit } = wanted;
  const names = Object.keys(wanted).flatMap((name) => (name.startsWith("on-") ? [name.slice(3)] : []));
  const facts = names.length ? await events.one(names, wanted.gone) : {};
  if (delay) await new Promise((resolve) => setTimeout(resolve, parseFloat(`${delay}`) * 1000));
  if (scroll) {
    await whole();
    await once("scroll", wanted, () => read() >= parseFloat(`${scroll}`));
  }
  if (exit !== undefined) await once("mouseout", wanted, leaving);
  return facts;
}
