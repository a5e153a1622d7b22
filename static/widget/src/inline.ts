/** The third file of the widget: everything that is drawn in the host's page itself. */

import { askInPlace } from "./asking";
import { overlay, type Overlay } from "./overlay";
import type { Stage } from "./shapes";
import { tab } from "./tab";

let over: Overlay | undefined;

export default function draw(stage: Stage): void {
  const { mode } = stage.wanted;

  /** One at a time. */
  function begin(left?: () => void): Overlay {
    over?.leave();
    over = overlay(stage, () => {
      over = undefined;
      left?.();
    });
    return over;
  }

  if (mode === "question") askInPlace(stage);
  else if (mode === "tab") tab(stage, begin);
  else if (stage.byHand) begin().open();
  else if (!over) begin().prompt();
}
