/** The third file of the widget: everything that is drawn in the host's page itself. */

import { askInPlace } from "./asking";
import { overlay, type Overlay } from "./overlay";
import type { Order, Stage } from "./shapes";
import { tab } from "./tab";
import { viewOf } from "./view";

let over: Overlay | undefined;

export default function draw(order: Order): void {
  const stage: Stage = { ...order, view: viewOf(order) };
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
  else if (!over?.host.isConnected) begin().prompt(); // pages that change may have taken it along
}
