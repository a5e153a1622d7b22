/** The second file of the widget: when and whether a survey is shown, and what pages can ask for. Draws nothing. */

import { memoryOf, today } from "./memory";
import type { Answers, More, Wanted, Widget } from "./shapes";
import { siteOf } from "./site";
import { decide, within, type Decision } from "./targeting";
import { tell } from "./telling";
import { eventsOfPage, moment } from "./triggers";
import { viewOf } from "./view";

declare const INLINE_FILE: string;

const MODES = ["inline", "question", "popover", "tab", "dialog"];

export default function more(widget: Widget): More {
  const memory = memoryOf(widget);
  const events = eventsOfPage();
  const draws: Record<string, number> = {};
  let hidden = new AbortController();
  /** What stands in the page: put up again, in another language say, it waits for nothing that it waited for once. */
  let standing = new WeakMap<Element, Wanted>();

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
    const { survey, sample = 100, "once-per": days } = wanted;
    const asked = () => within(Number(days) || Infinity, memory.seen(wanted)[survey], today());
    return draws[survey]! >= Number(sample) || (days !== undefined && asked());
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
    if ("once-per" in wanted) memory.remember(wanted);
    if (mode === "inline") return mount.append(widget.open(wanted).frame);
    const view = viewOf(await siteOf(widget), widget, wanted);
    const { default: draw } = await import(widget.base + INLINE_FILE);
    if (!gone.signal.aborted) draw({ widget, memory, wanted, mount, byHand, hidden, view });
  }

  const tried = (wanted: Wanted, mount: Element, byHand = false, again?: boolean) =>
    show(wanted, mount, byHand, again).catch((error) => {
      tell("error", { survey: wanted.survey, embed: 0 });
      throw error;
    });

  const verbs: Record<string, (byHand: boolean, ...given: any[]) => unknown> = {
    show(byHand, survey: string, { mount, ...options }: { mount?: Element | string; prefill?: Answers } = {}) {
      const place = typeof mount === "string" ? document.querySelector(mount) : mount;
      return tried({ mode: "popover", ...options, survey, gone: hidden }, place!, byHand);
    },
    hide() {
      hidden.abort();
      hidden = new AbortController();
    },
    async canShow(_, survey: string, callback: (decision: Decision) => void) {
      let decided: Decision = { visible: false, reason: "unknown-survey" };
      try {
        decided = await decision({ survey } as Wanted, false, false);
      } finally {
        // Whatever happened, the page may wait for it; and what its own function throws is its own.
        setTimeout(callback, 0, decided);
      }
    },
    track: (_, event: string, facts?: Answers) => events.track(event, facts),
    reset(byHand) {
      delete widget.settings.identity;
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
      const prefill = again ? stood.prefill : { ...wanted.prefill, ...(await moment(wanted, events)) };
      await tried({ ...wanted, prefill }, mount, false, again);
    },
    call(verb, given, byHand) {
      if (!Object.hasOwn(verbs, verb)) throw new Error(`"${verb}" is no verb`);
      return verbs[verb]!(byHand, ...given);
    },
  };
}
