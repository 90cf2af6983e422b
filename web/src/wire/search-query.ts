/**
 * What a person types to search, and what it asks for: one small grammar for every face.
 *
 *     dinner friday         both words, anywhere in the text      "dinner on friday"   these words side by side
 *     -monday -"not now"    without these                         from:bob from:me     by one of these people
 *     in:@bob in:everyone   in one of these conversations         has:link             with a link
 *     after:2026-11-02      sent on that day or later             before:2026-11       sent before that month
 *
 * The last word also finds longer ones while nothing follows it, so that each keystroke narrows the hits. What looks
 * like no filter is a word: `12:30` and `http://…` are found as they stand.
 */
import { codePoints } from "./bytes";
import { shown } from "./commands";
import { compareDays, dayOf, type Day } from "./days";
import { LocalError } from "./errors";
import { foldCase } from "./fold-case";
import { MAX_QUERY_CHARACTERS, MAX_QUERY_WORDS } from "./limits";
import { phraseOf, type Phrase } from "./search-words";
import { SPACE, strip } from "./spaces";

/** Nothing can be searched for with this; the text says how to write it. */
export class QueryError extends LocalError {
  override readonly name: string = "QueryError";
}

/** What a message can have. */
export const HAS = ["link", "code", "reply", "mention"] as const;
export type Has = (typeof HAS)[number];

/**
 * What to find: everything of it must hold.
 *
 * `senders` and `conversations` are as typed, not yet looked up: one of each is enough, none means any. `after` is the
 * first day, `before` the first one that does not count any more.
 */
export interface SearchQuery {
  readonly wanted: readonly Phrase[];
  readonly unwanted: readonly Phrase[];
  readonly senders: readonly string[];
  readonly unwantedSenders: readonly string[];
  readonly conversations: readonly string[];
  readonly unwantedConversations: readonly string[];
  readonly has: readonly Has[];
  readonly hasNot: readonly Has[];
  readonly after: Day | null;
  readonly before: Day | null;
}

/** Quotes as phones and word processors write them, and what Japanese and Chinese keyboards type. */
const TYPED_ALIKE: Readonly<Record<string, string>> = {
  "\u201c": '"',
  "\u201d": '"',
  "\u201e": '"',
  "\u201f": '"',
  "\uff02": '"',
  "\uff1a": ":",
  "\uff0d": "-",
  "\uff20": "@",
  "\uff03": "#",
};
const ITEM = new RegExp(
  "(?<minus>-?)(?:" +
    `(?<name>from|in|has|before|after):(?:"(?<quotedValue>[^"]*)"?|(?<value>[^${SPACE}"]*))` +
    '|"(?<quoted>[^"]*)(?<quote>"?)' +
    `|(?<word>[^${SPACE}"]+))`,
  "giu",
);
const DAY = /^([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?$/;

/** Returns what a query asks for. Pure: no name is looked up. Throws QueryError if it is empty, too long or means nothing. */
export function parseQuery(text: string): SearchQuery {
  if (codePoints(text) > MAX_QUERY_CHARACTERS) {
    throw new QueryError("the query is too long: write at most 1,000 characters");
  }
  const plain = Array.from(text, (char) => TYPED_ALIKE[char] ?? char).join("");
  const query = new QueryMaker();
  for (const found of plain.matchAll(ITEM)) {
    query.take(found.groups ?? {}, found.index + found[0].length === plain.length);
  }
  return query.done();
}

type Changing<T> = {
  -readonly [Name in keyof T]: T[Name] extends readonly (infer Item)[] ? Item[] : T[Name];
};
type Groups = Readonly<Record<string, string | undefined>>;

/** Takes the items of a query one by one. */
class QueryMaker {
  readonly #query: Changing<SearchQuery> = {
    wanted: [],
    unwanted: [],
    senders: [],
    unwantedSenders: [],
    conversations: [],
    unwantedConversations: [],
    has: [],
    hasNot: [],
    after: null,
    before: null,
  };

  /** Takes the next item. Throws QueryError. */
  take(item: Groups, isLast: boolean): void {
    const isUnwanted = Boolean(item["minus"]);
    const { name } = item;
    if (name !== undefined) {
      this.#takeFilter(foldCase(name), strip(item["quotedValue"] ?? item["value"] ?? ""), isUnwanted);
      return;
    }
    const isOpen = isLast && !isUnwanted && !item["quote"];
    const phrase = phraseOf(item["word"] ?? item["quoted"] ?? "", isOpen);
    if (phrase) (isUnwanted ? this.#query.unwanted : this.#query.wanted).push(phrase);
  }

  /** Returns what was taken. Throws QueryError if it asks for nothing, or for too much. */
  done(): SearchQuery {
    const query = this.#query;
    const words = [...query.wanted, ...query.unwanted].flatMap((phrase) => phrase.words).length;
    const filters = [
      ...query.senders,
      ...query.unwantedSenders,
      ...query.conversations,
      ...query.unwantedConversations,
      ...query.has,
      ...query.hasNot,
    ].length;
    if (words + filters > MAX_QUERY_WORDS) {
      throw new QueryError(`the query has too many words: write at most ${MAX_QUERY_WORDS}`);
    }
    if (!words && !filters && !query.after && !query.before) {
      throw new QueryError("write what to look for: a word, or a filter such as from:bob");
    }
    return query;
  }

  #takeFilter(name: string, value: string, isUnwanted: boolean): void {
    if (!value)
      throw new QueryError(`${name}: needs a word right behind it, as in ${EXAMPLES[name] ?? name}`);
    const query = this.#query;
    if (name === "from") (isUnwanted ? query.unwantedSenders : query.senders).push(value);
    else if (name === "in") (isUnwanted ? query.unwantedConversations : query.conversations).push(value);
    else if (name === "has") (isUnwanted ? query.hasNot : query.has).push(hasOf(value));
    else this.#takeDay(name, value, isUnwanted);
  }

  #takeDay(name: string, value: string, isUnwanted: boolean): void {
    const query = this.#query;
    if (isUnwanted) {
      const opposite = name === "after" ? "before" : "after";
      throw new QueryError(`-${name}: means nothing: write ${opposite}:${shown(value)}`);
    }
    const day = dayIn(name, value);
    if (name === "after") query.after = query.after && compareDays(query.after, day) > 0 ? query.after : day;
    else query.before = query.before && compareDays(query.before, day) < 0 ? query.before : day;
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  from: "from:bob",
  in: "in:@bob or in:everyone",
  has: "has:link",
  after: "after:2026-11-02",
  before: "before:2026-11-02",
};

function hasOf(value: string): Has {
  const found = HAS.find((each) => each === foldCase(value));
  if (found) return found;
  const known = HAS.map((each) => `has:${each}`).join(", ");
  throw new QueryError(`has:${shown(value)} means nothing: there are ${known}`);
}

/** Returns the day that a filter names, the first one of a month or a year. */
function dayIn(name: string, value: string): Day {
  const [whole, year, month, day] = DAY.exec(value) ?? [];
  const found = whole === undefined ? null : dayOf(Number(year), Number(month ?? 1), Number(day ?? 1));
  if (found) return found;
  throw new QueryError(
    `${name}:${shown(value)} is no day: write ${name}:2026-11-02, or ${name}:2026-11 for a month`,
  );
}
