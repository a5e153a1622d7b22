/** The name of a frame for screen readers, in the languages of the service; a test keeps it equal to the catalogues.
 *  It stands here because inline surveys load nothing else; all other words come with the site's module. */
const TITLES: Readonly<Record<string, string>> = {
  en: "Feedback",
  sw: "Maoni",
  ne: "प्रतिक्रिया",
  fa: "بازخورد",
  mn: "Санал хүсэлт",
  hy: "Արձագանք",
};

export const titleIn = (language: string): string => TITLES[language.slice(0, 2)] ?? TITLES["en"]!;
