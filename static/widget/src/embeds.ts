/** Surveys in frames: making them, and talking with them by messages of the exact origin. */

import { later } from "./later";
import { settings } from "./settings";
import type { Embed, Said, Wanted } from "./shapes";
import { base, site } from "./tag";
import { tell } from "./telling";

/** How long a frame that has loaded may stay silent before we call it refused, in milliseconds. */
const PATIENCE = 10_000;

const embeds = new Set<Embed>();
let count = 0;

export function open(wanted: Wanted): Embed {
  const lang = wanted.locale || settings.locale || document.documentElement.lang;
  const frame: HTMLIFrameElement = Object.assign(document.createElement("iframe"), {
    title: "Feedback", // until the survey tells its own, in its language
    loading: "lazy",
    referrerPolicy: "strict-origin",
    allow: "",
    sandbox: "allow-forms allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    src: address(wanted, lang),
    // Room is kept and nothing is seen until the survey says that it is there.
    style: "display:block;width:100%;height:20rem;border:0;visibility:hidden",
    onload: () => setTimeout(refused, PATIENCE, embed),
  });
  const embed: Embed = { ...wanted, embed: ++count, frame };
  embeds.add(embed);
  wanted.gone.signal.addEventListener("abort", () => {
    embeds.delete(embed);
    frame.remove();
  });
  return embed;
}

function address({ survey, mode, token = "" }: Wanted, lang: string): string {
  const { color = "" } = settings;
  // A page that can't be dark would have a dark hole in it wherever its reader prefers dark.
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  const query = new URLSearchParams({ host: location.origin, mode, lang, token, scheme, color });
  return `${base}/embed/${site}/${encodeURIComponent(survey)}?${query}`;
}

function refused(embed: Embed): void {
  if (embed.ready || !embeds.has(embed)) return;
  embed.frame.style.height = "0";
  tell("error", embed);
  later((more) => more.refused(embed));
}

function begin({ frame, prefill }: Embed): void {
  // By way of text: what a page gives by mistake, a promise say, can't be sent.
  const said = JSON.stringify({ t: "fb:init", v: 1, identity: settings.identity, prefill });
  frame.contentWindow?.postMessage(JSON.parse(said), base);
}

/** Whoever is identified later is made known to the surveys that are there. */
export function identified(): void {
  embeds.forEach((embed) => embed.ready && begin(embed));
}

export function listen(): void {
  addEventListener("message", ({ data, origin, source }) => {
    if (origin !== base || data?.v !== 1 || !source) return;
    embeds.forEach((embed) => embed.frame.contentWindow === source && hear(embed, data));
  });
}

export function hear(embed: Embed, { t, h, title }: Said): void {
  const { frame } = embed;
  const { style } = frame;
  if (t === "fb:ready") {
    style.visibility = "";
    begin(embed);
    if (embed.ready) return;
    embed.ready = true;
    if (title) {
      frame.title = title;
      tell("ready", embed);
      if (embed.mode === "inline") tell("shown", embed);
    }
  }
  // An integer of 0 to 5000, and nothing else.
  if (t === "fb:resize" && h! >>> 0 === h && h <= 5_000) style.height = `${h}px`;
  const said = t === "fb:done" ? "submitted" : t === "fb:answered" && "answered";
  if (said && embed.said !== said) {
    tell((embed.said = said), embed);
    later((more) => more.remember(embed));
  }
  if (t === "fb:error") tell("error", embed);
  embed.heard?.(t);
}
