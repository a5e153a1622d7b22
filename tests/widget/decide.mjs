/** Runs the browser's targeting rule over the cases of a file: prints {name: decision}. */

import { readFileSync } from "node:fs";
import { build } from "esbuild";

const entry = new URL("../../static/widget/src/targeting.ts", import.meta.url).pathname;
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm" });
const { decide } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(Object.fromEntries(cases.map(({ name, survey, here }) => [name, decide(survey, here)]))));
