/** The second file of the widget: when and whether a survey is shown, and what pages can ask for. Draws nothing. */

import css from "./drawn.css";
import { memoryOf, today } from "./memory";
import type { Answers, Embed, More, Wanted, Widget } from "./shapes";
import { siteOf } from "./site";
import { decide, within, type Decision } from "./targeting";
import { tell } from "./telling";
import { eventsOfPage, moment } from "./triggers";

declare const INLINE_FILE: string;

const PERIODS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 };
const MODES = ["inline", "question", "popover", "tab", "dialog"];

export default function more(widget: Widget): More {
  const memory = memoryOf(widget);
  const events = eventsOfPage();
  let draws: Record<string, number> = {};
  let hidden = new AbortController();
  /** What stands in the page: put up again, in another language say, it waits for nothing that it waited for once. */
  let standing = new WeakMap<Element, Wanted>();
  /** What the page showed in its elements: another one takes its place. */
  const filled = new WeakMap<Element, AbortController>();

  /** `asked` is somebody who came by themselves: that they were asked before is no reason to send them away. */
  async function decision(wanted: Wanted, forced: boolean, asked: boolean): Promise<Decision> {
    const { survey: slug } = wanted;
    const { surveys, quiet } = await siteOf(widget);
    const draw = (draws[slug] ??= Math.random() * 100);
    const seen = asked ? {} : memory.seen(wanted);
    return decide(surveys[slug], { slug, path: location.pathname, today: today(), seen, draw, quiet, forced });
  }

  /** What the mount itself narrows: so many of a hundred visitors, so many days. */
  function withheld(wanted: Wanted): boolean {
    const { survey, sample = "100", "once-per": often } = wanted;
    const days = PERIODS[often!] ?? parseFloat(often!);
    const asked = () => within(days >= 0 ? days : Infinity, memory.seen(wanted)[survey], today());
    return draws[survey]! >= parseFloat(sample) || (often !== undefined && asked());
  }

  /** Only what was seen counts as once. */
  function noted(embed: Embed): void {
    if ("once-per" in embed) memory.remember(embed);
  }

  async function show(wanted: Wanted, mount: Element, byHand: boolean, again?: boolean): Promise<void> {
    const { mode, survey, gone, token } = wanted;
    if (!MODES.includes(mode)) throw new Error(`"${mode}" is no mode: ${MODES.join(", ")}`);
    const inPage = !["popover", "dialog"].includes(mode);
    if (!mount && inPage && mode !== "tab") throw new Error(`"${survey}" has no place: "mount" isn't on this page`);
    const { visible, reason } = await decision(wanted, byHand || !!token || inPage, byHand || again || mode === "tab");
    if (reason === "unknown-survey" || reason === "not-live") throw new Error(`"${survey}" isn't shown: ${reason}`);
    if (!visible || (!again && withheld(wanted)) || gone.signal.aborted) return;
    if (mount && inPage) {
      standing.set(mount, wanted);
      gone.signal.addEventListener("abort", () => mount.isConnected || standing.delete(mount));
    }
    if (mode === "inline") {
      const embed = widget.open(wanted);
      embed.heard = (what) => what === "fb:ready" && noted(embed);
      return mount.append((wanted.inPage = embed.frame));
    }
    const site = await siteOf(widget);
    const { default: draw } = await import(widget.base + INLINE_FILE);
    if (!gone.signal.aborted) draw({ widget, memory, noted, wanted, mount, byHand, hidden, site, css });
  }

  const tried = (wanted: Wanted, mount: Element, byHand = false, again?: boolean) =>
    show(wanted, mount, byHand, again).catch((error) => {
      tell("error", { survey: wanted.survey, embed: 0 });
      throw error;
    });

  const verbs: Record<string, (byHand: boolean, ...given: any[]) => unknown> = {
    show(byHand, survey: string, options?: { mode?: string; mount?: Element | string; prefill?: Answers }) {
      const { mount, ...rest } = { mode: "popover", ...options };
      const place = (typeof mount === "string" ? document.querySelector(mount) : mount) as Element;
      const gone = new AbortController();
      hidden.signal.addEventListener("abort", () => gone.abort());
      filled.get(place)?.abort();
      if (place) filled.set(place, gone);
      return tried({ ...rest, survey, gone }, place, byHand);
    },
    hide() {
      hidden.abort();
      hidden = new AbortController();
    },
    async canShow(_, survey: string, callback?: (decision: Decision) => void) {
      let decided: Decision = { visible: false, reason: "unknown-survey" };
      try {
        decided = await decision({ survey } as Wanted, false, false);
      } finally {
        // Whatever happened, the page may wait for it; and what its own function throws is its own.
        if (callback?.call) setTimeout(callback, 0, decided);
      }
    },
    track: (_, event: string, facts?: Answers) => events.track(event, facts),
    reset(byHand) {
      widget.settings.identity = 0;
      delete widget.settings.locale; // theirs: what the page set up stays
      draws = {};
      memory.forget();
      events.forget();
      standing = new WeakMap();
      verbs["hide"]!(byHand);
      widget.restart();
    },
  };

  return {
    remember: memory.remember,
    refused({ survey, heard }) {
      heard?.("refused");
      const { base, site } = widget;
      throw new Error(
        `No answer for "${survey}": is it published, is ${location.origin} an origin of site "${site}", ` +
          `and does this page's policy let frames of ${base} in?`,
      );
    },
    async place(mount, wanted) {
      if (wanted["inline"] === "question") wanted.mode = "question";
      const stood = standing.get(mount);
      const again = stood?.survey === wanted.survey;
      wanted.prefill = again ? stood.prefill : { ...wanted.prefill, ...(await moment(wanted, events)) };
      await tried(wanted, mount, false, again);
    },
    call(verb, given, byHand) {
      if (!Object.hasOwn(verbs, verb)) throw new Error(`"${verb}" is no verb`);
      return verbs[verb]!(byHand, ...given);
    },
  };
}
