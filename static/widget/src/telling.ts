/** What leaves the widget for the host page: events that name survey and embed, and nothing else. */

import type { Embed, Happening } from "./shapes";

export function tell(happening: Happening, { survey, embed }: Pick<Embed, "survey" | "embed">): void {
  dispatchEvent(new CustomEvent(`feedback:${happening}`, { detail: { survey, embed } }));
}
