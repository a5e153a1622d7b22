/** The loader: one script tag, one global, surveys in their place. Everything else comes with the later files. */

import { identified, listen } from "./embeds";
import { later } from "./later";
import { restart, watch } from "./mounts";
import { settings } from "./settings";

type Call = [verb: string, ...given: any[]];

const verbs: Record<string, (...given: any[]) => void> = {
  // @ts-expect-error No verb is inherited.
  __proto__: null,
  setup(chosen) {
    Object.assign(settings, chosen);
    restart();
  },
  setLanguage: (locale) => verbs["setup"]!({ locale }),
  identify(identity, about) {
    settings.identity = identity;
    settings.locale ??= about?.locale;
    identified();
  },
  on(name, callback) {
    addEventListener(`feedback:${name}`, (event) => callback((event as CustomEvent).detail));
  },
};

function feedback(...[verb, ...given]: Call): void {
  const byHand = navigator.userActivation?.isActive;
  const own = verbs[verb];
  if (own) own(...given);
  else later((more) => more.call(verb, given, byHand));
}

declare global {
  interface Window {
    feedback?: { (...call: Call): void; q?: readonly Call[]; v?: number };
  }
}

feedback.v = 1;
const queue = window.feedback;
if (queue?.v !== 1) {
  window.feedback = feedback;
  // What else has this name, such as a form with its fields, is no queue.
  queue?.q?.forEach?.((call) => feedback(...call));
  listen();
  watch();
}
