/** How the widget speaks and looks on this page: language, direction, words, colour. */

import type { Order } from "./shapes";
import type { Survey, Text, Word } from "./site";

export interface View {
  readonly survey: Survey;
  said(text: Text): string;
  word(word: Word): string;
  /** A closed-off place of ours in the host's page, which is there when it is appended. */
  place(): { host: HTMLElement; root: ShadowRoot };
}

export function viewOf({ site, css, widget: { settings }, wanted }: Order): View {
  const survey = site.surveys[wanted.survey]!;
  const offered = Object.keys(survey.title);
  const wishes = [wanted.locale, settings.locale, document.documentElement.lang, ...navigator.languages];
  const language = wishes.map((wish) => wish?.slice(0, 2).toLowerCase()).find((wish) => offered.includes(wish!)) ?? offered[0]!;
  return {
    survey,
    said: (text) => text[language] ?? Object.values(text)[0]!, // numbers are alike in most languages
    word: (word) => (site.words[language] ?? Object.values(site.words)[0]!)[word],
    place() {
      const host = document.createElement("feedback-widget");
      host.lang = language;
      host.dir = site.rtl.includes(language) ? "rtl" : "ltr";
      host.style.setProperty("--accent", settings.color || site.color);
      const root = host.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
      return { host, root };
    },
  };
}
