// Bundles a TypeScript module into one script for a browser: `node tests/bundle.mjs tests/peers/browser.ts OUT.js`.

import { fileURLToPath } from "node:url";
import { dirname, basename } from "node:path";
import { build } from "vite";

const [entry, output] = process.argv.slice(2);
const under = (folder) => fileURLToPath(new URL(`../src/${folder}`, import.meta.url));

await build({
  configFile: false,
  logLevel: "error",
  resolve: { alias: { $wire: under("wire"), $client: under("client"), $view: under("view") } },
  build: {
    target: "es2022",
    outDir: dirname(output),
    emptyOutDir: false,
    minify: false,
    lib: { entry, formats: ["iife"], name: "peer", fileName: () => basename(output) },
  },
});
