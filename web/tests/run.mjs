// Runs a TypeScript module in Node: `node tests/run.mjs tests/peers/crypto.ts`, for tests driven from Python.

import { runnerImport } from "vite";
import config from "../vite.config.js";

const [path] = process.argv.slice(2);
await runnerImport(path, { resolve: config.resolve, logLevel: "error" });
