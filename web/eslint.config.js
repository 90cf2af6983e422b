import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";

// Who may import whom: view -> client -> wire, and only client/crypto knows Olm.
const layer = (folder, forbidden) => ({
  files: [`src/${folder}/**/*.{ts,svelte}`],
  rules: { "no-restricted-imports": ["error", { patterns: forbidden }] },
});
const olm = {
  group: ["@towns-protocol/*"],
  message: "Only client/crypto imports Olm.",
};

export default ts.config(
  { ignores: ["dist", "tools", "node_modules", "**/*.config.js", "tests/*.mjs", "src/wire/generated"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: { projectService: true, parser: ts.parser },
    },
  },
  {
    rules: {
      "max-lines": ["error", 400],
      "max-params": ["error", 6],
      complexity: ["error", 12],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "svelte/no-at-html-tags": "error",
      // TypeScript finds names that nobody defines, in components too.
      "no-undef": "off",
      // State is replaced, never changed in place ($state.raw): a Map or Set in it needs no other kind.
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
  // Rules that need types would load the whole program anew for each component; svelte-check has its types.
  {
    files: ["**/*.svelte"],
    languageOptions: { parserOptions: { projectService: false, parser: ts.parser } },
    rules: ts.configs.disableTypeChecked.rules,
  },
  // In a test, what must be there and is not fails the test.
  { files: ["tests/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
  layer("wire", [
    {
      group: ["$client/*", "$view/*", "**/client/*", "**/view/*"],
      message: "wire imports nothing above it.",
    },
    olm,
  ]),
  layer("client", [
    { group: ["$view/*", "**/view/*", "svelte", "svelte/*"], message: "client has no screen." },
    olm,
  ]),
  layer("view", [olm]),
  // The crypto of the client may import Olm, and like all of the client no screen.
  {
    files: ["src/client/crypto/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: ["$view/*", "**/view/*", "svelte", "svelte/*"] }],
    },
  },
);
