/** CRC-32 (RFC 1952 §8), which finds typing errors in join links. */

const POLYNOMIAL = 0xedb88320;

/** Returns the checksum of bytes: an integer from 0 to 2**32 - 1. */
export function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  }
  return ~rest >>> 0;
}
