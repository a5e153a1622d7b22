/** The loader's own script tag: which service it came from, and for which site. */

const { currentScript } = document;

/** None where something else runs us. Other elements may bear the property's name, but are no scripts. */
export const tag = (
  currentScript instanceof HTMLScriptElement ? currentScript : document.querySelector("script[data-site][src*=widget]")
) as HTMLScriptElement;
export const site = tag?.dataset["site"] ?? "";
export const base = site && new URL(tag.src).origin;
