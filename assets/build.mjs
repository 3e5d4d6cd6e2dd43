// Builds what the console takes from npm into the folder named on the command line: scripts, style sheet, one sprite of
// the icons in icons.txt, the licences, and each file compressed. The same packages give the same bytes.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, chdir, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = argv[2];
chdir(dirname(fileURLToPath(import.meta.url)));

const BROWSERS = ["chrome111", "edge111", "firefox114", "safari16.4"];
const COMMON = { bundle: true, minify: true, write: false, target: BROWSERS, legalComments: "none", logLevel: "warning" };
const SHIPPED = ["@tabler/core", "@tabler/icons", "barcode-detector", "echarts", "htmx.org", "tslib", "zrender", "zxing-wasm"];

const INSIDE = "zxing-cpp (Apache-2.0), compiled into zxing-wasm: https://github.com/zxing-cpp/zxing-cpp";

async function bundled(options) {
  const { outputFiles } = await build({ ...COMMON, ...options });
  return Buffer.from(outputFiles[0].contents);
}

function fail(text) {
  console.error(`assets: ${text}`);
  exit(1);
}

/** Symbols by the name of the icon, drawn in the colour of the text around them. */
function sprite() {
  const names = readFileSync("icons.txt", "utf8").split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
  const symbols = [...new Set(names)].sort().map((name) => {
    const file = join("node_modules/@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(file)) fail(`icons.txt names ${name}, which Tabler does not have`);
    const drawing = readFileSync(file, "utf8").replace(/<!--[\s\S]*?-->/g, "").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    const shapes = drawing.replace(/\s*\n\s*/g, "").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
}

/** Everything that is shipped, with its version, licence and the text of the licence. */
function licences() {
  return Buffer.from(
    SHIPPED.map((name) => {
      const folder = join("node_modules", name);
      const { version, license, author, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const texts = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile() && /^(licen[cs]e|notice)/i.test(entry.name));
      const read = texts.map((entry) => readFileSync(join(folder, entry.name), "utf8").trim());
      const by = read.length ? [] : [`Copyright (c) ${author?.name ?? author}, ${homepage}`];
      return [`${name} ${version} (${license})`, ...by, ...read].join("\n\n");
    }).concat(INSIDE).join(`\n\n${"-".repeat(100)}\n\n`) + "\n",
  );
}

const files = {
  "barcode.js": await bundled({ entryPoints: ["src/barcode.js"], format: "iife", loader: { ".wasm": "binary" } }),
  "charts.js": await bundled({ entryPoints: ["src/charts.js"], format: "iife", globalName: "echarts" }),
  "htmx.js": await bundled({ entryPoints: ["node_modules/htmx.org/dist/htmx.js"], bundle: false }),
  "icons.svg": sprite(),
  "licences.txt": licences(),
  "tabler.css": await bundled({ entryPoints: ["src/tabler.css"] }),
};

const elsewhere = files["tabler.css"].toString().match(/(url\(["']?|@import\s*["']?)(https?:)?\/\/[^)"']*/);
if (elsewhere) fail(`the style sheet loads from elsewhere: ${elsewhere[0]}`);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name, body] of Object.entries(files)) {
  writeFileSync(join(out, name), body);
  writeFileSync(join(out, `${name}.gz`), gzipSync(body, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(body, { params: quality }));
}
