// Made from src/lanmsg/wire/signals.py by tools/make_typescript.py: change it there.

import type { DeviceId, Seq } from "../ids";
import * as shapes from "../shapes";

export const NONCE_BYTES = 12;

export const KEY_BYTES = 32;

/** The sender is typing in this conversation, or has stopped. */
export interface TypingNotice {
  readonly type: "typing_notice";
  readonly isTyping: boolean;
}
export const TypingNotice: shapes.Tagged<TypingNotice> = shapes.tagged<TypingNotice>("typing_notice", 1, {
  isTyping: shapes.or(shapes.bool, true),
});

/** Why the sender is away: the note of a status, for everyone. */
export interface AwayReason {
  readonly type: "away_reason";
  readonly text: string;
}
export const AwayReason: shapes.Tagged<AwayReason> = shapes.tagged<AwayReason>("away_reason", 2, {
  text: shapes.text({ max: 120 }),
});

export type SignalContent =
  | TypingNotice
  | AwayReason;
export const SignalContent: shapes.Union<SignalContent> = shapes.union<SignalContent>([
  TypingNotice,
  AwayReason,
]);

/**
 * What is encrypted, before padding.
 *
 * `made_at_ms` is the hub's clock as the sender knows it (Unix ms); of one device it only goes up.
 */
export interface SignalPlaintext {
  readonly madeAtMs: Seq;
  readonly content: SignalContent;
}
export const SignalPlaintext: shapes.Struct<SignalPlaintext> = shapes.struct<SignalPlaintext>({
  madeAtMs: shapes.seq,
  content: SignalContent,
});

/**
 * A signal as the hub passes it on.
 *
 * `session` and `index` name the key: a sending session of the device `sender`, and the place in it that the
 * key is derived from. `signature` is the device's over `signed_bytes`.
 */
export interface SignalBody {
  readonly sender: DeviceId;
  readonly session: Uint8Array;
  readonly index: number;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly signature: Uint8Array;
}
export const SignalBody: shapes.Struct<SignalBody> = shapes.struct<SignalBody>({
  sender: shapes.bytes({ min: 16, max: 16 }),
  session: shapes.bytes({ min: 32, max: 32 }),
  index: shapes.uint(4294967295),
  nonce: shapes.bytes({ min: 12, max: 12 }),
  ciphertext: shapes.bytes(),
  signature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
});
