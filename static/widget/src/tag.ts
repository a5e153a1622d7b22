/** The loader's own script tag: which service it came from, and for which site. */

export const tag = (document.currentScript ?? document.querySelector("[data-site][src*=widget]")) as HTMLScriptElement;
export const base = new URL(tag.src).origin;
export const site = tag.dataset["site"] ?? "";
