import { toHex } from "$wire/hex";
import * as labels from "$wire/labels";
import { labelledBytes, labelledHash } from "$wire/labels";
import { expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Labelled {
  labels: Record<string, string>;
  labelled: { label: string; fields: (string | number)[]; bytes: string; sha256: string }[];
}
const VECTORS = vectors<Labelled>("labelled_bytes");

test("the labels are those of the protocol", () => {
  const ours = Object.entries(labels).filter(([name]) => name === name.toUpperCase());
  expect(Object.fromEntries(ours)).toEqual(VECTORS.labels);
});

const exact = VECTORS.labelled.filter(({ fields }) =>
  fields.every((field) => typeof field === "string" || Number.isSafeInteger(field)),
);

test.each(exact)("labelled bytes of $label $fields", ({ label, fields, bytes, sha256 }) => {
  const of = fields.map((field) => (typeof field === "string" ? unhex(field) : field));
  expect(toHex(labelledBytes(label, ...of))).toBe(bytes);
  expect(toHex(labelledHash(label, ...of))).toBe(sha256);
});

test.each([-1, 1.5, 2 ** 53, NaN])("the integer %d can't be labelled", (value) => {
  expect(() => labelledBytes("label", value)).toThrow(TypeError);
});
