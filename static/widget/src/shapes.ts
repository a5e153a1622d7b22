/** What the files of the widget hand to each other. Types only: nothing here reaches the browser. */

import type { Memory } from "./memory";
import type { View } from "./view";

export type Answers = Readonly<Record<string, string>>;
export type Happening = "ready" | "shown" | "answered" | "submitted" | "dismissed" | "error";

/** What a host page chose by `setup`, `setLanguage` and `identify`. */
export interface Settings {
  color?: string | undefined;
  locale?: string | undefined;
  storage?: string | undefined;
  identity?: string | undefined;
}

/** What one embed is to show, and how: the attributes of its mount, or what `show` was given. */
export interface Wanted {
  survey: string;
  /** `inline`, `popover`, `tab` or `dialog`; whatever else stands in the attribute is told to the developer. */
  mode: string;
  /** Aborted when the embed has to go: with it go its frame and everything it listens to. */
  gone: AbortController;
  prefill?: Answers | undefined;
  locale?: string | undefined;
  token?: string | undefined;
  storage?: string | undefined;
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

/** What the loader lends to the files that come later. */
export interface Widget {
  readonly base: string;
  readonly site: string;
  readonly tag: HTMLScriptElement;
  readonly settings: Settings;
  open(wanted: Wanted): Embed;
  /** What a frame says; an answer in the host's page counts as one in the frame. */
  hear(embed: Embed, said: { t: string }): void;
  restart(): void;
}

/** What the second file does for the loader. What it throws is told to the developer of the page. */
export interface More {
  place(mount: Element, wanted: Wanted): unknown;
  call(verb: string, given: unknown[], byHand: boolean): unknown;
  remember(embed: Embed): void;
  refused(embed: Embed): never;
}

/** Everything that drawing one survey takes. */
export interface Stage {
  widget: Widget;
  memory: Memory;
  view: View;
  wanted: Wanted;
  mount: Element;
  /** Somebody pressed something of the host's just now. */
  byHand: boolean;
  /** Aborted when the page wants away whatever is open. */
  hidden: AbortController;
}
