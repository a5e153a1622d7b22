/** Which survey was answered or waved away on which day: one key of the host's storage, or this page's own memory. */

import type { Widget } from "./shapes";

type Allowance = { storage?: string | undefined };
export type Days = Readonly<Record<string, string>>;

export interface Memory {
  seen(wanted: Allowance): Days;
  remember(wanted: Allowance & { survey: string }): void;
  forget(): void;
}

export const today = (): string => new Date().toISOString().slice(0, 10);

export function memoryOf({ site, settings, tag }: Widget): Memory {
  const key = `feedback:${site}`;
  let here: Days = {};
  const allowed = ({ storage }: Allowance) =>
    ![storage, settings.storage, tag.dataset["feedbackStorage"]].includes("none");

  function seen(wanted: Allowance): Days {
    try {
      return { ...(allowed(wanted) && JSON.parse(localStorage.getItem(key)!)), ...here };
    } catch {
      return here;
    }
  }

  return {
    seen,
    remember(wanted) {
      here = { ...here, [wanted.survey]: today() };
      try {
        if (allowed(wanted)) localStorage.setItem(key, JSON.stringify(seen(wanted)));
      } catch {
        // Storage is blocked or full: this page still remembers.
      }
    },
    forget() {
      here = {};
      try {
        localStorage.removeItem(key);
      } catch {
        // Then there is nothing to forget either.
      }
    },
  };
}
