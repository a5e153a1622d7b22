/** The second file, fetched once and only when something needs it. */

import { hear, open } from "./embeds";
import { restart } from "./mounts";
import { settings } from "./settings";
import type { More, Widget } from "./shapes";
import { base, site, tag } from "./tag";

declare const MORE_FILE: string;

const widget: Widget = { base, site, tag, settings, hear, open, restart };
let more: Promise<More> | undefined;

const told: Record<string, true> = {};

/** A line for the developer of the page; the same is said once. */
export function warn({ message }: { message: string }): void {
  told[message] ??= (console.warn(`[feedback] ${message}`), true);
}

/** Whatever goes wrong ends here. */
export function later(use: (more: More) => unknown): void {
  more ??= import(base + MORE_FILE).then((file) => file.default(widget));
  more.then(use).catch(warn);
}
