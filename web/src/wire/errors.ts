/**
 * Errors that say whose fault it is, as in `lanmsg/wire/errors.py`.
 *
 *     LanmsgError
 *     ├── LocalError      our caller broke a rule; nothing was sent
 *     ├── RemoteError     the peer broke the protocol; the link is closed, the page lives
 *     ├── Refusal         the hub refused a request for a stated reason; nothing was stored
 *     └── LinkLost        nobody's fault; the client reconnects
 *
 * A `code` is for programs and never changes its meaning; the message is for people and says what to do.
 */
import { CODES, type Code } from "./generated/codes";

export { CODES, type Code } from "./generated/codes";

/** Tells whether this program knows a code; a newer hub may send others. */
export function isCode(text: string): text is Code {
  return (CODES as readonly string[]).includes(text);
}

/** The base of all errors the client throws on purpose. */
export class LanmsgError extends Error {
  override readonly name: string = "LanmsgError";
}

/** Our own caller asked for something that can't be; nothing was sent or stored. */
export class LocalError extends LanmsgError {
  override readonly name: string = "LocalError";
}

/** The peer sent what the protocol does not allow. Close the link; never the page. */
export class RemoteError extends LanmsgError {
  override readonly name: string = "RemoteError";
  readonly code: Code;
  readonly detail: string;

  constructor(code: Code, detail: string) {
    super(`${detail} (${code})`);
    this.code = code;
    this.detail = detail;
  }
}

/** A request was understood and refused; nothing was stored. `code` may be one of a newer hub. */
export class Refusal extends LanmsgError {
  override readonly name: string = "Refusal";
  readonly code: string;
  readonly retryAfterMs: number;

  constructor(code: string, text: string, retryAfterMs = 0) {
    super(text);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The network went away. What was sent and not answered may or may not have arrived. */
export class LinkLost extends LanmsgError {
  override readonly name: string = "LinkLost";
}
