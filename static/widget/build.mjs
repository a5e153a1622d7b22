/** Makes dist/ of src/: the same bytes from the same sources, wherever it runs. `node build.mjs [folder]`. */

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = process.argv[2] ?? join(HERE, "dist");
const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));

/** Style sheets are shrunk and then text: they become constructable sheets, the only kind a strict policy lets in. */
const sheets = {
  name: "sheets",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = readFileSync(path, "utf8");
      const { code } = await transform(css, { loader: "css", minify: true, target: "chrome110" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const TYPES = "feedback-widget.d.ts";
const files = {};

async function make(name, format, define = {}) {
  const { outputFiles } = await build({
    absWorkingDir: HERE,
    entryPoints: [`src/${name}.ts`],
    bundle: true,
    write: false,
    minify: true,
    charset: "utf8",
    target: "es2021",
    tsconfigRaw: {}, // tsconfig.json is for the type check
    legalComments: "none",
    plugins: [sheets],
    format,
    define,
  });
  const bytes = outputFiles[0].contents;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  writeFileSync(join(DIST, `${name}.js`), bytes);
  files[name] = { file: `${name}.js`, hash, integrity, bytes: bytes.length };
  const gz = gzipSync(bytes, { level: 6 }).length;
  console.log(`${name.padEnd(7)} ${bytes.length} raw ${gz} gz ${brotliCompressSync(bytes).length} br`);
  return JSON.stringify(`/widget/${version}-${hash}.js`);
}

/** Pages may hold to the bytes of a version for ever: before another one takes its place, its files are put aside. */
function keepEarlier() {
  const told = join(DIST, "manifest.json");
  if (!existsSync(told)) return;
  const earlier = JSON.parse(readFileSync(told, "utf8"));
  if (earlier.version === version) return;
  mkdirSync(join(DIST, "past"), { recursive: true });
  for (const { file, hash } of Object.values(earlier.files)) {
    copyFileSync(join(DIST, file), join(DIST, "past", `${earlier.version}-${hash}.js`));
  }
}

mkdirSync(DIST, { recursive: true });
keepEarlier();
const INLINE_FILE = await make("inline", "esm");
const MORE_FILE = await make("more", "esm", { INLINE_FILE });
await make("loader", "iife", { MORE_FILE });
copyFileSync(join(HERE, TYPES), join(DIST, TYPES));
const ordered = Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync(join(DIST, "manifest.json"), `${JSON.stringify({ version, files: ordered }, null, 2)}\n`);
