/** The five faces of templates/macros/icons.html, drawn the same; 1 is the worst. */

import { drawing } from "./elements";

const LOOKS = [
  "M12 16.500l7.500 2M36 16.500l-7.500 2M17 22.500v2.500M31 22.500v2.500M14.500 36.500q9.500-10.500 19 0",
  "M17 18.500v3M31 18.500v3M16 34.500q8-6.500 16 0",
  "M17 18.500v3M31 18.500v3M16 32.500h16",
  "M17 18.500v3M31 18.500v3M14.500 29.500q9.500 9 19 0",
  "M12.500 21q4-5.500 8 0M27.500 21q4-5.500 8 0M13 27.500h22q-1.500 11-11 11t-11-11z",
];
const TINTS = ["#f3b9a9", "#f7d1a4", "#f3e3ae", "#d9e6ae", "#b3dcb1"];

export const face = (mood: number): Element =>
  drawing(
    "svg",
    { viewBox: "0 0 48 48", "aria-hidden": "true" },
    drawing("circle", { cx: "24", cy: "24", r: "22", fill: TINTS[mood - 1]! }),
    drawing("path", { d: LOOKS[mood - 1]! }),
  );
