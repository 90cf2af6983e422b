// Puts a .br and a .gz beside each built file that gets smaller by it, so that the hub need not compress.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = process.argv[2] ?? "dist";
const WORTH_IT_BYTES = 512;
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const content = readFileSync(path);
  if (content.length < WORTH_IT_BYTES) continue;
  for (const [suffix, packed] of [
    [".br", brotliCompressSync(content, brotli)],
    [".gz", gzipSync(content, { level: constants.Z_BEST_COMPRESSION })],
  ]) {
    if (packed.length < content.length * 0.9) writeFileSync(path + suffix, packed);
  }
}
