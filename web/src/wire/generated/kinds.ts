// Made from src/lanmsg/wire/entries.py by tools/make_typescript.py: change it there.

import { EntryKind, LogKind } from "./entries";

/** The kinds of entries that each kind of log takes. */
export const ALLOWED_KINDS: ReadonlyMap<number, readonly number[]> = new Map([
  [LogKind.DIRECTORY, [EntryKind.USER, EntryKind.DEVICE, EntryKind.REVOKE, EntryKind.ROOM]],
  [LogKind.EVERYONE, [EntryKind.MESSAGE]],
  [LogKind.DIRECT, [EntryKind.MESSAGE]],
  [LogKind.INBOX, [EntryKind.SHARE, EntryKind.DEVICE_MESSAGE]],
  [LogKind.GROUP, [EntryKind.MESSAGE]],
  [LogKind.ROOM, [EntryKind.MESSAGE, EntryKind.MEMBERS]],
  [LogKind.ACCOUNT, [EntryKind.MESSAGE]],
]);
