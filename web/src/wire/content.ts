/**
 * The plaintext of a message: what only its readers see, padded so that its length tells little.
 *
 * Everything in the envelope that must not be swapped is repeated inside and compared by the receiver.
 */
import { codePoints, utf8 } from "./bytes";
import { decodeAs, encode } from "./codec";
import { LocalError, RemoteError } from "./errors";
import { Content, ContentKind, Plaintext } from "./generated/content";
import { ID_BYTES, type MessageId } from "./ids";
import {
  MAX_EMOJI_BYTES,
  MAX_LIFETIME_S,
  MAX_TEXT_BYTES,
  MAX_TOPIC_CODE_POINTS,
  PADDING_STEPS,
} from "./limits";

import { pad, unpad, type Padding } from "./padding";
import { isBlank } from "./spaces";

export * from "./generated/content";

const PADDING: Padding = { steps: PADDING_STEPS, lengthBytes: 4, what: "message" };

/** What people see as a message of its own; all else changes a message or the conversation. */
export const SHOWN_KINDS: ReadonlySet<number> = new Set([ContentKind.UNREADABLE, ContentKind.TEXT]);

/** Encodes and pads. Throws LocalError if it is larger than the last step. */
export function seal(plaintext: Plaintext): Uint8Array<ArrayBuffer> {
  return pad(encode(Plaintext, plaintext), PADDING);
}

/** Takes off the padding and decodes. Throws RemoteError (MALFORMED) if it is not what `seal` makes (version apart). */
export function unseal(padded: Uint8Array): Plaintext {
  return decodeAs(Plaintext, unpad(padded, PADDING), "a message");
}

/** Encodes content for a `Plaintext`. Throws LocalError if it breaks a bound of its kind; the text says which. */
export function encodeContent(content: Content): Uint8Array<ArrayBuffer> {
  check(content);
  return encode(Content, content);
}

/** Decodes content. Throws RemoteError (MALFORMED) if its kind is unknown here or it breaks a bound of its kind. */
export function decodeContent(bytes: Uint8Array): Content {
  const content = decodeAs(Content, bytes, "content");
  try {
    check(content);
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    throw new RemoteError("malformed", `content breaks a bound: ${error.message}`);
  }
  return content;
}

const KINDS: Readonly<Record<Content["type"], ContentKind>> = {
  text: ContentKind.TEXT,
  edit: ContentKind.EDIT,
  delete: ContentKind.DELETE,
  reaction: ContentKind.REACTION,
  pin: ContentKind.PIN,
  topic: ContentKind.TOPIC,
  lifetime: ContentKind.LIFETIME,
  read_up_to: ContentKind.READ_UP_TO,
};

/** Returns the first item of a content's encoding. */
export function kindOf(content: Content): ContentKind {
  return KINDS[content.type];
}

/** Returns the message that this content changes or answers. */
export function targetOf(content: Content): MessageId | null {
  switch (content.type) {
    case "edit":
    case "delete":
    case "reaction":
    case "pin":
      return content.target;
    case "text":
      return content.replyTo.length ? content.replyTo : null;
    default:
      return null;
  }
}

// --- the bounds of each kind ---------------------------------------------------------------------

/** Holds what we send and what we receive to the same rules, beyond the types of its fields. */
function check(content: Content): void {
  switch (content.type) {
    case "text":
      checkWords(content.text);
      checkReply(content.replyTo);
      break;
    case "edit":
      checkWords(content.text);
      break;
    case "reaction":
      checkEmoji(content.emoji);
      break;
    case "topic":
      checkTopic(content.text);
      break;
    case "lifetime":
      checkLifetime(content.seconds);
      break;
    default: // the types of its fields say it all
  }
}

function checkReply(replyTo: Uint8Array): void {
  if (replyTo.length && replyTo.length !== ID_BYTES) {
    throw new LocalError("a reply must name the message it answers");
  }
}

function checkWords(text: string): void {
  const size = utf8(text).length;
  if (isBlank(text)) throw new LocalError("the message is empty: type some text");
  if (size > MAX_TEXT_BYTES) {
    throw new LocalError(`the message has ${size} bytes; at most ${MAX_TEXT_BYTES} fit: send it in parts`);
  }
}

const BIDI_CONTROLS = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
/** Blank, or steers a terminal; joiners and the tags of flags are parts of emoji. */
const NO_EMOJI = new RegExp(`[\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Z}${BIDI_CONTROLS}]`, "u");
const VISIBLE = /[^\p{Cf}\p{Mn}\p{Me}]/u;

function checkEmoji(emoji: string): void {
  const size = utf8(emoji).length;
  if (!size || size > MAX_EMOJI_BYTES) {
    throw new LocalError("a reaction is one emoji or a short word, as in /react 👍");
  }
  if (NO_EMOJI.test(emoji) || !VISIBLE.test(emoji)) {
    throw new LocalError("a reaction can't have spaces or control characters in it: try /react 👍");
  }
}

function checkTopic(text: string): void {
  const size = codePoints(text);
  if (size > MAX_TOPIC_CODE_POINTS) {
    throw new LocalError(
      `the topic has ${size} characters; at most ${MAX_TOPIC_CODE_POINTS} fit: shorten it`,
    );
  }
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) {
    throw new LocalError("a topic is one line of text: leave line breaks and control characters out");
  }
}

function checkLifetime(seconds: number): void {
  if (seconds > MAX_LIFETIME_S) {
    throw new LocalError(`messages can live ${MAX_LIFETIME_S / 86400} days at most, or for ever (off)`);
  }
}
