/** The site's own module: its live surveys, and the words of the widget in its languages. */

import type { Placed } from "./targeting";

export type Text = Readonly<Record<string, string>>;
export type Word = "title" | "close" | "open" | "no";

export interface Point {
  value: string;
  label: Text;
  /** 1 to 5 for a face, the worst first. */
  mood?: number | null;
}

export interface Question {
  key: string;
  kind: string;
  /** None where it can't be answered by one tap. */
  points: readonly Point[];
  /** What the ends of a scale mean. */
  low?: Text;
  high?: Text;
}

export interface Survey extends Placed {
  /** What its first question asks, or its name where that can't be answered by one tap. */
  title: Text;
  question: Question;
}

export interface Site {
  quiet: number;
  color: string;
  languages: readonly string[];
  rtl: readonly string[];
  words: Readonly<Record<string, Readonly<Record<Word, string>>>>;
  surveys: Readonly<Record<string, Survey>>;
}

/** By import and not by fetch: a host's policy that lets the loader in lets this in. The browser asks once. */
export const siteOf = ({ base, site }: { base: string; site: string }): Promise<Site> =>
  import(`${base}/widget/${site}.js`).then((file) => file.default);
