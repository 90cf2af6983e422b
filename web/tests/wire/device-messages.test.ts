import { decodeDevicePlaintext, encodeDevicePlaintext } from "$wire/device-messages";
import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { describe, expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Vectors {
  database: string;
  sender: string;
  recipient: string;
  messages: Record<string, string>[];
}
const VECTORS = vectors<Vectors>("device_messages");
const PLACE = {
  database: unhex(VECTORS.database),
  sender: unhex(VECTORS.sender),
  recipient: unhex(VECTORS.recipient),
};

describe.each(VECTORS.messages)("$kind", (vector) => {
  const encoded = unhex(vector["encoded"]!);

  test("decodes and encodes", () => {
    const content = decodeDevicePlaintext(encoded, PLACE);
    expect(content.type).toBe(vector["kind"]!.replace(/(?!^)(?=[A-Z])/g, "_").toLowerCase());
    expect(toHex(encodeDevicePlaintext({ ...PLACE, content }))).toBe(vector["encoded"]);
    for (const name of ["log", "key", "session", "transaction", "commitment", "mac", "token"]) {
      if (vector[name]) expect(content).toHaveProperty(name, unhex(vector[name]));
    }
  });

  test.each(["database", "sender", "recipient"])("made for another %s is refused", (name) => {
    const other = { ...PLACE, [name]: new Uint8Array(16) };
    expect(() => decodeDevicePlaintext(encoded, other)).toThrow(RemoteError);
  });
});
