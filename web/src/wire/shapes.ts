/**
 * Shapes: what a value on the wire looks like, and with that how it is read and written.
 *
 * `generated/` has one for each struct of the Python program. A struct is a list: of its fields in order, behind its
 * tag if it has one. Fields that a newer version added at the end are passed over; fields that may be left
 * out have a value for that case (`docs/protocol.md` §3.1).
 */
import { malformed, type MsgpackReader, type Size } from "./msgpack-reader";
import type { MsgpackWriter } from "./msgpack-writer";

/** Reads and writes one kind of value. What is read was checked; what is written was not. */
export interface Shape<T> {
  /** Throws RemoteError (MALFORMED) if something else comes. */
  read(from: MsgpackReader): T;
  /** Throws LocalError for text that is not valid Unicode. */
  write(to: MsgpackWriter, value: T): void;
}

/** A shape that may be left out at the end of a struct. */
interface Defaulted<T> extends Shape<T> {
  readonly fallback: T;
}

/** A list of fields. */
export type Struct<T> = Shape<T>;

/** A list of fields behind a number that tells which of a union it is. */
export interface Tagged<T> extends Shape<T> {
  readonly type: string;
  readonly tag: number;
  /** Reads `count` items behind the tag. */
  readFields(from: MsgpackReader, count: number): T;
}

/** One of several tagged structs. */
export interface Union<T> extends Shape<T> {
  readonly tags: ReadonlySet<number>;
  readonly types: ReadonlySet<string>;
}

// --- single values -------------------------------------------------------------------------------

export const bool: Shape<boolean> = {
  read: (from) => from.bool(),
  write: (to, value) => {
    to.bool(value);
  },
};

export const float: Shape<number> = {
  read: (from) => from.float(),
  write: (to, value) => {
    to.float(value);
  },
};

/** A number within bounds, both included; never NaN, which is within none. */
export function floatBetween(min: number, max: number): Shape<number> {
  return {
    read: (from) => {
      const value = from.float();
      return value >= min && value <= max ? value : malformed("a number is out of its range");
    },
    write: (to, value) => {
      float.write(to, value);
    },
  };
}

export const int: Shape<number> = { read: (from) => from.int(), write: writeInt };

function writeInt(to: MsgpackWriter, value: number): void {
  to.int(value);
}

/** An integer from 0 to `max`. */
export function uint(max: number): Shape<number> {
  return { read: (from) => from.uint(max), write: writeInt };
}

/** A seq, a counter or a time in ms. */
export const seq: Shape<number> = uint(Number.MAX_SAFE_INTEGER);

/** Text; its size is counted in code points. */
export function text(size: Size = {}): Shape<string> {
  return {
    read: (from) => from.text(size),
    write: (to, value) => {
      to.text(value);
    },
  };
}

export function bytes(size: Size = {}): Shape<Uint8Array> {
  return {
    read: (from) => from.bytes(size),
    write: (to, value) => {
      to.bytes(value);
    },
  };
}

/** One of the numbers of an enumeration; no other is taken. */
export function enumeration<T extends number>(values: Readonly<Record<string, T>>): Shape<T> {
  const known = new Map<number, T>(Object.values(values).map((value) => [value, value]));
  return {
    read: (from) => known.get(from.int()) ?? malformed("a number that means nothing here"),
    write: writeInt,
  };
}

// --- made of others ------------------------------------------------------------------------------

export function list<T>(of: Shape<T>, size: Size = {}): Shape<readonly T[]> {
  return {
    read: (from) => {
      const items: T[] = [];
      for (let left = from.listLength(size); left > 0; left--) items.push(of.read(from));
      return items;
    },
    write: (to, value) => {
      to.listLength(value.length);
      for (const item of value) of.write(to, item);
    },
  };
}

export function nullable<T>(of: Shape<T>): Shape<T | null> {
  return {
    read: (from) => (from.nil() ? null : of.read(from)),
    write: (to, value) => {
      if (value === null) to.nil();
      else of.write(to, value);
    },
  };
}

/** A field that may be left out, and what it is then. */
export function or<T>(of: Shape<T>, fallback: T): Shape<T> {
  const shape: Defaulted<T> = {
    read: (from) => of.read(from),
    write: (to, value) => {
      of.write(to, value);
    },
    fallback,
  };
  return shape;
}

/** The fields of `T` in the order of the wire. */
export type Fields<T> = { readonly [Name in keyof T]-?: Shape<T[Name]> };

export function struct<T extends object>(shapes: Fields<T>): Struct<T> {
  const fields = fieldsOf(shapes);
  return {
    read: (from) => readFields(from, from.listLength({}), fields, {}) as T,
    write: (to, value) => {
      to.listLength(fields.length);
      writeFields(to, value, fields);
    },
  };
}

export function tagged<T extends { readonly type: string }>(
  type: T["type"],
  tag: number,
  shapes: Fields<Omit<T, "type">>,
): Tagged<T> {
  const fields = fieldsOf(shapes);
  const only = (from: MsgpackReader, count: number) => readFields(from, count, fields, { type }) as T;
  return {
    type,
    tag,
    readFields: only,
    read: (from) => {
      const count = tagsAhead(from);
      return from.int() === tag ? only(from, count) : malformed("another kind of thing than must be here");
    },
    write: (to, value) => {
      to.listLength(fields.length + 1);
      to.int(tag);
      writeFields(to, value, fields);
    },
  };
}

export function union<T extends { readonly type: string }>(members: readonly Tagged<T>[]): Union<T> {
  const byTag = new Map(members.map((member) => [member.tag, member]));
  const byType = new Map(members.map((member) => [member.type, member]));
  return {
    tags: new Set(byTag.keys()),
    types: new Set(byType.keys()),
    read: (from) => {
      const count = tagsAhead(from);
      const member = byTag.get(from.int()) ?? malformed("a kind that is not known here");
      return member.readFields(from, count);
    },
    write: (to, value) => {
      const member = byType.get(value.type);
      if (!member) throw new TypeError(`no ${value.type} can be here`);
      member.write(to, value);
    },
  };
}

interface NamedField {
  readonly name: string;
  readonly shape: Shape<unknown>;
  readonly isDefaulted: boolean;
  readonly fallback: unknown;
}

function fieldsOf(shapes: object): readonly NamedField[] {
  return Object.entries(shapes as Record<string, Shape<unknown>>).map(([name, shape]) => ({
    name,
    shape,
    isDefaulted: "fallback" in shape,
    fallback: "fallback" in shape ? shape.fallback : undefined,
  }));
}

/** Reads the head of a tagged struct; returns how many items follow the tag. */
function tagsAhead(from: MsgpackReader): number {
  return from.listLength({ min: 1 }) - 1;
}

function readFields(
  from: MsgpackReader,
  count: number,
  fields: readonly NamedField[],
  into: Record<string, unknown>,
): object {
  let left = count;
  for (const field of fields) {
    if (left > 0) {
      into[field.name] = field.shape.read(from);
      left--;
    } else if (field.isDefaulted) into[field.name] = field.fallback;
    else malformed("a field is missing");
  }
  for (; left > 0; left--) from.skip();
  return into;
}

function writeFields(to: MsgpackWriter, value: object, fields: readonly NamedField[]): void {
  const values = value as Record<string, unknown>;
  for (const field of fields) field.shape.write(to, values[field.name]);
}
