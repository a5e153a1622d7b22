/** Making elements without any markup in strings, so that no policy of a host has anything against it. */

type Attributes = Readonly<Record<string, string>>;

function filled<Made extends Element>(made: Made, attributes: Attributes, inside: (Node | string)[]): Made {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

let lifted: Element | undefined;

/** Above everything of the page, and fixed to the window whatever the page does with its body; a dialog of the page that
 *  has to be answered first stays above, and so does what of ours was asked before. */
export function lift(box: HTMLElement): void {
  if (!box.showPopover || document.querySelector(":modal") || (lifted?.isConnected && box.matches(".tab"))) return;
  if (!box.matches(".tab")) lifted = box;
  box.popover = "manual";
  box.showPopover();
}

export const element = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[Name] => filled(document.createElement(name), attributes, inside);

export const drawing = (name: string, attributes: Attributes, ...inside: Node[]): Element =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, inside);

export function button(attributes: Attributes, press: () => void, ...inside: (Node | string)[]): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, ...inside);
  made.addEventListener("click", press);
  return made;
}
