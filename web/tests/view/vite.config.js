// Builds the recorded screens as the program itself is built: `npx vite build -c tests/view/vite.config.js`.
import { fileURLToPath } from "node:url";
import base from "../../vite.config.js";

const here = fileURLToPath(new URL(".", import.meta.url));

export default {
  ...base,
  root: here,
  publicDir: false,
  build: {
    ...base.build,
    outDir: process.env.SCREENS ?? `${here}/dist`,
    emptyOutDir: true,
    rollupOptions: { input: `${here}/screens.html` },
  },
};
