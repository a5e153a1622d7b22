/** What the host page chose, and over it what it said of its visitor: that goes when they sign out. */

import type { Settings } from "./shapes";

export const page: Settings = {};
export const settings: Settings = Object.create(page);
