/** What the host page chose. */

import type { Settings } from "./shapes";

export const settings: Settings = {};
