/** Errors of the client library; their text is what a person reads. Mirrors `client/errors.py`. */

import type { View } from "$wire/entries";
import { LanmsgError, LocalError, Refusal } from "$wire/errors";

/** There is no hub to talk to. `tried` says what was looked for, a line each. */
export class HubNotFound extends LanmsgError {
  override readonly name = "HubNotFound";
  readonly text: string;
  readonly tried: readonly string[];

  constructor(text: string, tried: readonly string[] = []) {
    super([text, ...tried.map((line) => `  ${line}`)].join("\n"));
    this.text = text;
    this.tried = tried;
  }
}

/** The hub at a known address has another key than before: a hard stop. */
export class HubIdentityChanged extends LanmsgError {
  override readonly name = "HubIdentityChanged";
  readonly address: string;
  readonly known: string;
  readonly shown: string;

  constructor(address: string, known: string, shown: string) {
    super(
      `The hub at ${address} is not the one you know. Nothing was sent.\n` +
        `  known: ${known}\n  shown: ${shown}\n` +
        "Somebody may be posing as your hub, or it was set up anew: ask the person who runs it to read you its " +
        "check words.",
    );
    this.address = address;
    this.known = known;
    this.shown = shown;
  }
}

/** The hub's database is another one than we know: it was set up anew. */
export class HubReplaced extends LanmsgError {
  override readonly name = "HubReplaced";

  constructor() {
    super(
      "The hub was set up anew: what it held before is gone there, and its conversations start again. Load this " +
        "page again to join it; what you had is kept.",
    );
  }
}

/** Another tab of this browser has the store open. */
export class StoreLocked extends LanmsgError {
  override readonly name = "StoreLocked";

  constructor() {
    super("lanmsg is open in another tab of this browser: use it there, or here in its place.");
  }
}

/** Nobody here has that name. `near` are the names most like it. */
export class UnknownPerson extends LocalError {
  override readonly name = "UnknownPerson";
  readonly handle: string;
  readonly near: readonly string[];

  constructor(handle: string, near: readonly string[] = []) {
    super(`Nobody here is called ${handle}.${didYouMean(near)} /who shows everybody.`);
    this.handle = handle;
    this.near = near;
  }
}

/** No room here has that name. `near` are the names most like it. */
export class UnknownRoom extends LocalError {
  override readonly name = "UnknownRoom";
  readonly room: string;
  readonly near: readonly string[];

  constructor(room: string, near: readonly string[] = []) {
    super(`There is no room ${room} here.${didYouMean(near)} /rooms shows them, /create ${room} makes it.`);
    this.room = room;
    this.near = near;
  }
}

function didYouMean(near: readonly string[]): string {
  return near.length ? ` Did you mean ${near.map((name) => `@${name}`).join(", ")}?` : "";
}

/** No device of ours is called so, or several are. `choices` are the ids it could be. */
export class UnknownDevice extends LocalError {
  override readonly name = "UnknownDevice";
  readonly choices: readonly string[];

  constructor(text: string, choices: readonly string[] = []) {
    super(`Which device is '${text}'? You have ${choices.join(", ")}. /devices lists them.`);
    this.choices = choices;
  }
}

/** Somebody is not here now, and what was asked takes both at the same time. */
export class PersonAway extends LocalError {
  override readonly name = "PersonAway";
  readonly handle: string;

  constructor(handle: string) {
    super(`${handle} is not here now. Verifying takes both of you at the same time: try again later.`);
    this.handle = handle;
  }
}

/** We are not in that room, so we neither write nor change anything there. */
export class NotInRoom extends LocalError {
  override readonly name = "NotInRoom";
  readonly room: string;
  readonly isOpen: boolean;

  constructor(room: string, isOpen: boolean) {
    const way = isOpen ? `/join ${room} enters it` : "any of its members may invite you";
    super(`You are not in the room ${room}: ${way}.`);
    this.room = room;
    this.isOpen = isOpen;
  }
}

/**
 * The hub knows more than we did when we asked: look again at what `view` names, and decide anew. `membershipHash`
 * is what the hub says is the hash of the entry at `view.membershipSeq` of a room.
 */
export class StaleView extends Refusal {
  readonly view: View;
  readonly membershipHash: Uint8Array;

  constructor(text: string, view: View, membershipHash: Uint8Array) {
    super("stale_view", text);
    this.view = view;
    this.membershipHash = membershipHash;
  }
}

/** The person's identity key changed; nothing is sent until it is trusted. */
export class IdentityNotTrusted extends LocalError {
  override readonly name = "IdentityNotTrusted";
  readonly handle: string;

  constructor(handle: string) {
    super(
      `The identity of ${handle} has changed, so nothing was sent. Ask ${handle} in person; if it is really ` +
        `them: /trust ${handle}`,
    );
    this.handle = handle;
  }
}

const HANDLES_SHOWN = 5;

/** The identity keys of some who are in a room changed; nothing is sent there until that is accepted. */
export class MembersNotTrusted extends IdentityNotTrusted {
  /** The room's name. */
  readonly room: string;
  readonly handles: readonly string[];

  constructor(room: string, handles: readonly string[]) {
    const [first = ""] = handles;
    super(first);
    const more = handles.length - HANDLES_SHOWN;
    const shown = handles.slice(0, HANDLES_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
    this.message =
      `Nothing was sent: the room ${room} has people whose identity has changed: ${shown}. Ask them in person; if it ` +
      `is really them: /trust ${first}. To write to ${room} all the same, whoever reads it: /trust ${room}`;
    this.room = room;
    this.handles = handles;
  }
}

/** There is no message with this id here, or it is no message of its own. */
export class UnknownMessage extends LocalError {
  override readonly name = "UnknownMessage";

  constructor() {
    super("There is no such message here.");
  }
}

/** We may not do this; the text says who may. Nothing was sent. */
export class NotAllowed extends LocalError {
  override readonly name = "NotAllowed";
}
