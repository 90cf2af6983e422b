/** The Bidi Rule of RFC 5893 §2: which names show their letters in one order only. */

interface Side {
  readonly first: ReadonlySet<string>;
  readonly allowed: ReadonlySet<string>;
  readonly last: ReadonlySet<string>;
  /** Kinds of digits that do not go together. */
  readonly exclusive: ReadonlySet<string>;
}

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(["R", "AL", "AN"]);
const SIDES: readonly Side[] = [
  {
    first: new Set(["L"]),
    allowed: new Set(["L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"]),
    last: new Set(["L", "EN"]),
    exclusive: new Set(),
  },
  {
    first: new Set(["R", "AL"]),
    allowed: new Set(["R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"]),
    last: new Set(["R", "AL", "EN", "AN"]),
    exclusive: new Set(["EN", "AN"]),
  },
];

/** Tells whether characters with these directions (UAX #9) keep to the rule; without right-to-left ones all do. */
export function keepsBidiRule(directions: readonly string[]): boolean {
  if (!directions.some((each) => RIGHT_TO_LEFT.has(each))) return true;
  const side = SIDES.find(({ first }) => first.has(directions[0] ?? ""));
  return side !== undefined && keepsSide(directions, side);
}

function keepsSide(directions: readonly string[], side: Side): boolean {
  const end = directions.findLastIndex((each) => each !== "NSM");
  const digits = new Set(directions.slice(0, end + 1).filter((each) => side.exclusive.has(each)));
  return (
    side.last.has(directions[end] ?? "") &&
    directions.slice(1, end).every((each) => side.allowed.has(each)) &&
    digits.size <= 1
  );
}
