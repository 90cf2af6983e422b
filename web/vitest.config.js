import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import config from "./vite.config.js";

// Apart from vite.config.js: whoever only builds the client has no vitest.
export default mergeConfig(
  config,
  defineConfig({ test: { include: ["tests/**/*.test.ts"], environment: "node" } }),
);
