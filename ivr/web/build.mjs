// Bundles each folder of pages/ that has an index.html into static/build/: the page in each language, and its script
// and style under names that carry a digest of what is in them. `node build.mjs [folder]`
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const pages = join(here, "pages");
const target = process.argv[2] || join(here, "static", "build");
const fresh = `${target}.new`;
const LANGUAGES = ["ru", "en"];

const read = (...parts) => readFileSync(join(...parts), "utf8");
const words = (page, language) => {
  const file = join(pages, "words", `${page}.${language}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
};
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// keep(name, bytes): the address of a file with these contents
function keep(name, bytes) {
  const kept = `${basename(name, extname(name))}-${digest(bytes)}${extname(name)}`;
  writeFileSync(join(fresh, "static", kept), bytes);
  return `/static/${kept}`;
}

async function bundle(entry) {
  const result = await build({
    entryPoints: [entry], bundle: true, minify: true, write: false, format: "esm", target: "es2022",
    charset: "utf8", legalComments: "eof", logLevel: "warning", outdir: "out", assetNames: "[name]-[hash]",
    loader: { ".svg": "file", ".woff2": "file", ".wav": "file" }, publicPath: "/static", define: { global: "globalThis" },
  });
  const main = result.outputFiles.find((file) => [".js", ".css"].includes(extname(file.path)));
  for (const file of result.outputFiles) {
    if (file !== main) writeFileSync(join(fresh, "static", basename(file.path)), file.contents);
  }
  return main.contents;
}

// fill(template, words, where): {{name}} becomes the word, {{{name}}} goes in as it is
function fill(template, known, where) {
  return template.replace(/\{\{(\{?)([\w.-]+)\}\}\}?/g, (whole, raw, name) => {
    const value = known[name];
    if (typeof value !== "string") throw new Error(`${where}: there is no word for ${whole}`);
    return raw ? value : escaped(value);
  });
}

function sameKeys(page, [first, ...others]) {
  for (const other of others) {
    const missing = [...Object.keys(first).filter((key) => !(key in other)),
      ...Object.keys(other).filter((key) => !(key in first))];
    if (missing.length) throw new Error(`words of ${page}: not in every language: ${missing.join(", ")}`);
  }
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "static"), { recursive: true });
const layout = read(pages, "common", "layout.html");
const icon = keep("icon.svg", read(pages, "common", "icon.svg"));
sameKeys("common", LANGUAGES.map((language) => words("common", language)));
for (const page of readdirSync(pages).filter((name) => existsSync(join(pages, name, "index.html")))) {
  const folder = join(pages, page);
  const script = keep(`${page}.js`, await bundle(join(folder, "main.js")));
  const own = join(folder, "style.css");
  const style = keep(`${page}.css`, await bundle(existsSync(own) ? own : join(pages, "common", "style.css")));
  sameKeys(page, LANGUAGES.map((language) => words(page, language)));
  for (const language of LANGUAGES) {
    const known = { ...words("common", language), ...words(page, language) };
    const main = fill(read(folder, "index.html"), known, `pages/${page}/index.html`);
    const html = fill(layout, {
      ...known, language, page, script, style, icon, main,
      words: JSON.stringify(known).replace(/</g, "\\u003c"),
    }, "pages/common/layout.html");
    writeFileSync(join(fresh, `${page}.${language}.html`), html);
  }
}
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
