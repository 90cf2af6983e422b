/** What a vector says of a struct, as this client holds it. */
import { fromHex } from "$wire/hex";

/** Returns a tagged struct: names in camel case, and fields of these names as bytes. */
export function camelFields(
  name: string,
  fields: Record<string, unknown>,
  ofBytes: readonly string[],
): object {
  const type = name.replace(/(?!^)(?=[A-Z])/g, "_").toLowerCase();
  const entries = Object.entries(fields).map(([field, value]): [string, unknown] => {
    const camel = field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [camel, ofBytes.includes(camel) ? fromHex(String(value)) : value];
  });
  return { type, ...Object.fromEntries(entries) };
}
