import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { MsgpackReader } from "$wire/msgpack-reader";
import { MsgpackWriter } from "$wire/msgpack-writer";
import { floatBetween } from "$wire/shapes";
import { describe, expect, test } from "vitest";
import { unhex } from "./vectors";

const reader = (digits: string) => new MsgpackReader(unhex(digits));

function written(write: (to: MsgpackWriter) => void): string {
  const writer = new MsgpackWriter();
  write(writer);
  return toHex(writer.take());
}

// As msgspec writes them: the shortest form of each.
const INTEGERS: [number, string][] = [
  [0, "00"],
  [127, "7f"],
  [128, "cc80"],
  [255, "ccff"],
  [256, "cd0100"],
  [65535, "cdffff"],
  [65536, "ce00010000"],
  [2 ** 32 - 1, "ceffffffff"],
  [2 ** 32, "cf0000000100000000"],
  [2 ** 53 - 1, "cf001fffffffffffff"],
  [-1, "ff"],
  [-32, "e0"],
  [-33, "d0df"],
  [-128, "d080"],
  [-129, "d1ff7f"],
  [-32768, "d18000"],
  [-32769, "d2ffff7fff"],
  [-(2 ** 31), "d280000000"],
  [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
  [-(2 ** 53) + 1, "d3ffe0000000000001"],
];

describe("an integer", () => {
  test.each(INTEGERS)("%d is written as %s and read back", (value, digits) => {
    expect(
      written((to) => {
        to.int(value);
      }),
    ).toBe(digits);
    expect(reader(digits).int()).toBe(value);
  });

  test.each([
    "cc05",
    "cd0005",
    "ce00000005",
    "cf0000000000000005",
    "d005",
    "d10005",
    "d200000005",
    "d30000000000000005",
  ])("may be longer than it must be: %s", (digits) => {
    expect(reader(digits).uint(5)).toBe(5);
  });

  test.each([
    ["2^53", "cf0020000000000000"],
    ["2^64-1", "cfffffffffffffffff"],
    ["-2^53", "d3ffe0000000000000"],
    ["a float", "cb3ff0000000000000"],
    ["true", "c3"],
    ["nil", "c0"],
    ["a text", "a131"],
    ["cut off", "cd01"],
    ["nothing", ""],
    ["the byte that begins nothing", "c1"],
  ])("is refused: %s", (_, digits) => {
    expect(() => reader(digits).int()).toThrow(RemoteError);
  });

  test("is refused outside of its range", () => {
    expect(() => reader("06").uint(5)).toThrow(RemoteError);
    expect(() => reader("ff").uint(5)).toThrow(RemoteError);
  });

  test.each([1.5, NaN, Infinity, 2 ** 53])("%d is never written", (value) => {
    expect(() =>
      written((to) => {
        to.int(value);
      }),
    ).toThrow(TypeError);
  });
});

describe("a number", () => {
  test("may be an integer or a float of 4 or 8 bytes", () => {
    expect(["05", "ff", "ca3fc00000", "cb3ff8000000000000"].map((digits) => reader(digits).float())).toEqual([
      5, -1, 1.5, 1.5,
    ]);
    expect(
      written((to) => {
        to.float(20);
      }),
    ).toBe("cb4034000000000000");
  });

  test.each(["c3", "c0", "a0", "cb00"])("is no %s", (digits) => {
    expect(() => reader(digits).float()).toThrow(RemoteError);
  });
});

test.each([
  ["NaN", "cb7ff8000000000000"],
  ["infinity", "cb7ff0000000000000"],
  ["below", "ff"],
  ["above", "06"],
])("a number within bounds is never %s", (_, digits) => {
  expect(floatBetween(0, 5).read(reader("05"))).toBe(5);
  expect(() => floatBetween(0, 5).read(reader(digits))).toThrow(RemoteError);
});

describe("a text", () => {
  test.each(["", "a", "x".repeat(31), "x".repeat(32), "ü".repeat(200), "田👋".repeat(20_000), "\ufeffa"])(
    "is read back: %#",
    (text) => {
      expect(
        reader(
          written((to) => {
            to.text(text);
          }),
        ).text({}),
      ).toBe(text);
    },
  );

  test.each([
    ["a lone byte", "a1ff"],
    ["half a character", "a2e794"],
    ["a surrogate", "a3eda080"],
    ["a slash in two bytes", "a2c0af"],
    ["beyond Unicode", "a4f4908080"],
    ["invalid and long", "d946" + "61".repeat(69) + "ff"],
    ["bytes", "c40161"],
    ["longer than what there is", "db7fffffff61"],
  ])("is refused: %s", (_, digits) => {
    expect(() => reader(digits).text({})).toThrow(RemoteError);
  });

  test("is measured in code points", () => {
    const digits = written((to) => {
      to.text("👋👋");
    });
    expect(reader(digits).text({ max: 2 })).toBe("👋👋");
    expect(() => reader(digits).text({ max: 1 })).toThrow(RemoteError);
    expect(() => reader(digits).text({ min: 3 })).toThrow(RemoteError);
  });
});

describe("bytes", () => {
  test.each([0, 255, 256, 65536])("of length %d are read back, into memory of their own", (length) => {
    const bytes = new Uint8Array(length).fill(7);
    const read = reader(
      written((to) => {
        to.bytes(bytes);
      }),
    ).bytes({});
    expect(read).toEqual(bytes);
    expect(read.buffer.byteLength).toBe(length);
  });

  test.each(["a161", "c402aa", "c6ffffffff00", "9101"])("are refused: %s", (digits) => {
    expect(() => reader(digits).bytes({})).toThrow(RemoteError);
  });

  test("have a size", () => {
    expect(() => reader("c4020000").bytes({ max: 1 })).toThrow(RemoteError);
    expect(() => reader("c4020000").bytes({ min: 3 })).toThrow(RemoteError);
  });
});

describe("a list", () => {
  test.each([0, 15, 16, 65535, 65536])("of %d items is read back", (length) => {
    const digits = written((to) => {
      to.listLength(length);
      for (let item = 0; item < length; item++) to.nil();
    });
    expect(reader(digits).listLength({})).toBe(length);
  });

  test.each([
    ["more items than bytes", "ddffffffff00"],
    ["a map", "8101"],
    ["bytes", "c400"],
  ])("is refused: %s", (_, digits) => {
    expect(() => reader(digits).listLength({})).toThrow(RemoteError);
  });
});

describe("passing over", () => {
  test.each([
    "05",
    "cb0000000000000000",
    "c0",
    "c2",
    "a2ffff",
    "c403000000",
    "92a0c0",
    "82010203c3",
    "c70305aabbcc",
    "d605aabbccdd",
    "de0001c0c0",
  ])("takes all of %s", (digits) => {
    const from = reader(digits + "2a");
    from.skip();
    expect(from.int()).toBe(42);
  });

  test.each(["c1", "a5ff", "92c0", "81c0", "c7ff00", "ddffffffff", "dfffffffffc0"])(
    "refuses %s",
    (digits) => {
      expect(() => {
        reader(digits).skip();
      }).toThrow(RemoteError);
    },
  );

  test("a list in a list in a list, 100,000 deep, costs neither stack nor time", () => {
    reader("91".repeat(100_000) + "c0").skip();
    expect(() => {
      reader("91".repeat(100_000)).skip();
    }).toThrow(RemoteError);
  });
});
