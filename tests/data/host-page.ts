/** What the author of a host page may write; the type checker of the tests reads it, nothing runs it. */

/// <reference path="../../static/widget/feedback-widget.d.ts" />

feedback("setup", { color: "#0b6e4f", locale: "fa", storage: "none" });
feedback("identify", "header.claims.signature", { locale: "sw" });
feedback("setLanguage", "ne");
feedback("track", "order_placed", { place: "Kariakoo" });
feedback("show", "nps", { mode: "dialog", prefill: { score: "9" } });
feedback("show", "nps", { mode: "inline", mount: "#feedback", prefill: { score: 9, topics: ["price", "time"] } });
feedback("hide");
feedback("canShow", "nps", ({ visible, reason }) => console.log(visible || reason === "quiet-time"));
feedback("reset");
feedback("identify", null);
feedback("on", "feedback:shown", ({ embed }) => console.log(embed));
feedback("on", "submitted", ({ survey, embed }) => console.log(survey.length + embed));
addEventListener("feedback:dismissed", (event) => console.log(event.detail.survey));

// @ts-expect-error There is no such verb.
feedback("open", "nps");
// @ts-expect-error There is no such mode.
feedback("show", "nps", { mode: "banner" });
// @ts-expect-error Answers never come to the host page.
addEventListener("feedback:answered", (event) => console.log(event.detail.answer));
