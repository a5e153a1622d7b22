/** Types for pages that show surveys with `/widget/v1.js`. Reference this file, or copy it into your project. */

export {};

declare global {
  /** Before the loader has come, calls wait in a queue:
   *  `window.feedback ||= Object.assign((...call) => feedback.q.push(call), { q: [] })`. */
  function feedback(verb: "setup", options: FeedbackOptions): void;
  /** Who is signed in: a token that your server signed for at most an hour. It never stands in an address. Of what you
   *  say besides, `locale` is used if nothing else says which language to speak. Nothing else of it is kept or sent. */
  function feedback(verb: "identify", token: string | null, attributes?: { locale?: string }): void;
  /** The language of this visitor, before what `setup` said, until `reset`. */
  function feedback(verb: "setLanguage", tag: string): void;
  /** Something happened: surveys with `data-feedback-on-<event>` are asked. Facts fill in the questions named so. */
  function feedback(verb: "track", event: string, facts?: FeedbackAnswers): void;
  /** After a click the survey opens; otherwise a small question in the corner comes first. */
  function feedback(verb: "show", survey: string, options?: FeedbackShow): void;
  /** Take away what is open. It doesn't count as dismissed. */
  function feedback(verb: "hide"): void;
  /** `unknown-survey` also where the service can't be asked. */
  function feedback(verb: "canShow", survey: string, callback: (decision: FeedbackDecision) => void): void;
  /** Somebody signed out: forget who it was, their language, what they answered, typed and didn't send, and what
   *  happened on this page. What `setup` said stays. */
  function feedback(verb: "reset"): void;
  /** `window` hears the same as `feedback:<event>`, which can be taken back by `removeEventListener`. */
  function feedback(
    verb: "on",
    event: FeedbackEventName | `feedback:${FeedbackEventName}`,
    callback: (detail: FeedbackDetail) => void,
  ): void;

  interface FeedbackOptions {
    /** `#rrggbb`. The survey makes it readable; the small question uses it for edges only. */
    color?: string;
    /** A language tag; without one, the language of the page. */
    locale?: string;
    /** `"none"`: nothing is ever written to this page's localStorage. */
    storage?: "none";
  }

  interface FeedbackShow {
    mode?: "popover" | "tab" | "dialog" | "inline" | "question";
    /** Where `inline` and `question` are drawn: an element or its selector. Shown there again, it takes the place of
     *  what it showed before. */
    mount?: Element | string;
    prefill?: FeedbackAnswers;
    locale?: string;
    /** The token of a survey link, when the page knows whom it asks about what. */
    token?: string;
    storage?: "none";
  }

  /** Answers by the key of their question; several where several can be chosen. */
  type FeedbackAnswers = Readonly<Record<string, string | number | readonly string[]>>;

  interface FeedbackDecision {
    visible: boolean;
    reason: "ok" | "unknown-survey" | "not-live" | "not-here" | "asked-before" | "quiet-time" | "not-drawn";
  }

  type FeedbackEventName = "ready" | "shown" | "answered" | "submitted" | "dismissed" | "error";

  interface FeedbackDetail {
    survey: string;
    /** Counts the embeds of this page from 1; 0 where it didn't come to one. */
    embed: number;
  }

  interface WindowEventMap {
    "feedback:ready": CustomEvent<FeedbackDetail>;
    "feedback:shown": CustomEvent<FeedbackDetail>;
    "feedback:answered": CustomEvent<FeedbackDetail>;
    "feedback:submitted": CustomEvent<FeedbackDetail>;
    "feedback:dismissed": CustomEvent<FeedbackDetail>;
    "feedback:error": CustomEvent<FeedbackDetail>;
  }
}
