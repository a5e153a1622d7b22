/** What the files of the widget hand to each other. Types only: nothing here reaches the browser. */

import type { Memory } from "./memory";
import type { Site } from "./site";
import type { View } from "./view";

export type Answers = Readonly<Record<string, string>>;
export type Happening = "ready" | "shown" | "answered" | "submitted" | "dismissed" | "error";

/** What a host page chose by `setup`, `setLanguage` and `identify`. */
export interface Settings {
  color?: string | undefined;
  locale?: string | undefined;
  storage?: string | undefined;
  /** 0: somebody has signed out, and what they typed isn't for the next one. */
  identity?: string | 0 | undefined;
}

/** What one embed is to show, and how: the attributes of its mount, or what `show` was given. */
export interface Wanted {
  survey: string;
  /** `inline`, `popover`, `tab` or `dialog`; whatever else stands in the attribute is told to the developer. */
  mode: string;
  /** Aborted when the embed has to go: with it go its frame and everything it listens to. */
  gone: AbortController;
  /** What stands in the page for it: whoever takes it out gets it again. */
  inPage?: Element | undefined;
  prefill?: Answers | undefined;
  locale?: string | undefined;
  token?: string | undefined;
  storage?: string | undefined;
  sample?: string | undefined;
  "once-per"?: string | undefined;
  [attribute: string]: unknown;
}

/** A survey in its frame. */
export interface Embed extends Wanted {
  /** Counts the embeds of this page, so that a host can tell two of the same survey apart. */
  embed: number;
  frame: HTMLIFrameElement;
  ready?: boolean;
  said?: "answered" | "submitted";
  /** What else is to be done when the frame says something, or is refused. */
  heard?: (what: string) => unknown;
}

/** What a frame says to the page. */
export interface Said {
  t: string;
  /** With `fb:resize`: how high it is. */
  h?: number;
  /** With `fb:ready`: what the survey is called, in its language; nothing where there is none, but a word about it. */
  title?: string;
}

/** What the loader lends to the files that come later. */
export interface Widget {
  readonly base: string;
  readonly site: string;
  readonly tag: HTMLScriptElement;
  readonly settings: Settings;
  open(wanted: Wanted): Embed;
  /** What a frame says; an answer in the host's page counts as one in the frame. */
  hear(embed: Embed, said: Said): void;
  restart(): void;
}

/** What the second file does for the loader. What it throws is told to the developer of the page. */
export interface More {
  place(mount: Element, wanted: Wanted): unknown;
  call(verb: string, given: unknown[], byHand: boolean): unknown;
  remember(embed: Embed): void;
  refused(embed: Embed): never;
}

/** What the second file hands to the third. */
export interface Order {
  widget: Widget;
  site: Site;
  /** Of everything that is drawn; the second file has the room for it. */
  css: string;
  memory: Memory;
  /** It is seen now. */
  noted(embed: Embed): void;
  wanted: Wanted;
  mount: Element;
  /** Somebody pressed something of the host's just now. */
  byHand: boolean;
  /** Aborted when the page wants away whatever is open. */
  hidden: AbortController;
}

/** Everything that drawing one survey takes. */
export interface Stage extends Order {
  view: View;
}
