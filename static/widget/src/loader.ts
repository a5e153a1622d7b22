/** The loader: one script tag, one global, surveys in their place. Everything else comes with the later files. */

import { identified, listen } from "./embeds";
import { later, warn } from "./later";
import { restart, watch } from "./mounts";
import { page, settings } from "./settings";
import type { Settings } from "./shapes";
import { site } from "./tag";

type Call = [verb: string, ...given: any[]];

const verbs: Record<string, (...given: any[]) => void> = {
  // @ts-expect-error No verb is inherited.
  __proto__: null,
  setup: (chosen) => choose(page, chosen),
  setLanguage: (locale) => choose(settings, { locale }),
  identify(identity, about) {
    settings.identity = identity;
    settings.locale ??= about?.locale;
    identified();
  },
  on(name, callback) {
    addEventListener("feedback:" + `${name}`.replace("feedback:", ""), (event) =>
      callback?.((event as CustomEvent).detail),
    );
  },
};

const said = () => JSON.stringify([page, settings]);

/** Whoever says again what holds already, as pages do that draw themselves anew, disturbs nobody who is typing. */
function choose(where: Settings, chosen: Settings): void {
  const before = said();
  Object.assign(where, chosen);
  if (said() !== before) restart();
}

function feedback(...[verb, ...given]: Call): void {
  const byHand = navigator.userActivation?.isActive;
  const own = verbs[verb];
  if (own) own(...given);
  else later((more) => more.call(verb, given, byHand));
}

declare global {
  interface Window {
    feedback?: { (...call: Call): void; q?: readonly Call[]; v?: number; site?: string };
  }
}

feedback.v = 1;
feedback.site = site;
const queue = window.feedback;
if (site && queue?.v !== 1) {
  window.feedback = feedback;
  // What else has this name, such as a form with its fields, is no queue.
  queue?.q?.forEach?.((call) => feedback(...call));
  listen();
  watch();
} else if (queue?.site !== site) warn({ message: `data-site="${site}" isn't shown` });
