import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const under = (folder) => fileURLToPath(new URL(`./src/${folder}`, import.meta.url));

const alias = { $wire: under("wire"), $client: under("client"), $view: under("view") };

export default defineConfig({
  plugins: [svelte()],
  resolve: { alias },
  build: {
    target: "es2022",
    // The hub's Content-Security-Policy allows no inline script and no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the hub lets browsers keep for ever lies here: names with a hash of what they hold.
    assetsDir: "assets",
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: "index.html", offline: "src/offline/main.ts" },
      // A service worker has one address for ever: browsers look there for a newer one.
      output: {
        entryFileNames: ({ name }) => (name === "offline" ? "offline.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
