/** Attributes that begin alike, as `{rest of the name: value}`: `data-feedback-`, or `data-feedback-prefill-`. */
export const asked = (mount: Element, start: string): Record<string, string> =>
  Object.fromEntries(
    [...mount.attributes].flatMap(({ name, value }) =>
      name.startsWith(start) ? [[name.slice(start.length), value]] : [],
    ),
  );
