/** Whether a survey is shown here and now, and the rule that decided. The same as feedback/widget/targeting.py: both
 *  run over tests/data/targeting.json. */

import type { Days } from "./memory";

export interface Placed {
  live: boolean;
  /** Of a hundred visitors, how many are asked. */
  sample: number;
  /** Days until the same survey may be shown again; 0: at once. */
  again: number;
  /** Paths of pages with * for anything; none: every page. */
  paths: readonly string[];
}

export interface Here {
  slug: string;
  path: string;
  today: string;
  seen: Days;
  /** At least 0 and below 100, drawn once. */
  draw: number;
  /** Days without any second survey. */
  quiet: number;
  /** Asked for by the page itself: what only spares the visitor doesn't count. */
  forced: boolean;
}

export type Reason = "ok" | "unknown-survey" | "not-live" | "not-here" | "asked-before" | "quiet-time" | "not-drawn";
export type Decision = { visible: boolean; reason: Reason };

const DAY = 86_400_000;

/** Whether that was less than so many days ago; what is no date was long ago. */
export const within = (days: number, day: string | undefined, today: string): boolean =>
  (Date.parse(today) - Date.parse(day!)) / DAY < days;

function onPath(pattern: string, path: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}$`).test(path.split(/[?#]/)[0]!);
}

function reasonFor(survey: Placed | null | undefined, here: Here): Reason {
  if (!survey) return "unknown-survey";
  if (!survey.live) return "not-live";
  if (survey.paths.length && !survey.paths.some((pattern) => onPath(pattern, here.path))) return "not-here";
  if (within(survey.again, here.seen[here.slug], here.today)) return "asked-before";
  if (here.forced) return "ok";
  if (Object.values(here.seen).some((day) => within(here.quiet, day, here.today))) return "quiet-time";
  return here.draw < survey.sample ? "ok" : "not-drawn";
}

export function decide(survey: Placed | null | undefined, here: Here): Decision {
  const reason = reasonFor(survey, here);
  return { visible: reason === "ok", reason };
}
