"""The tables of the hub's database, and how an older database becomes today's.

`MIGRATIONS` is append-only: a step that was ever released never changes (frozen databases in the
tests notice). `PRAGMA user_version` counts the steps a database has taken.
"""

from typing import Final

from lanmsg.wire.entries import EntryKind

APPLICATION_ID: Final = 0x4C4D5347
"""`PRAGMA application_id` of our databases ("LMSG"), so that another program's is never touched."""

SEQ_BITS: Final = 36
"""An entry's id is its log's number shifted by so much, plus its seq: 6.9e10 entries in each of 1.3e8 logs.

One integer key keeps each log's entries side by side in the file and needs no second index; a table
WITHOUT ROWID with the key (log, seq) took 30 % longer to fill.
"""
MAX_SEQ: Final = 2**SEQ_BITS - 1
MAX_LOG_NUMBER: Final = 2 ** (63 - SEQ_BITS) - 1

_TABLES = f"""
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,  -- 'database_id'
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE log (
  number      INTEGER PRIMARY KEY,  -- the log's short name inside this file, 1, 2, 3 …
  log         BLOB NOT NULL UNIQUE, -- LogId, 16 bytes
  kind        INTEGER NOT NULL,     -- LogKind
  seq         INTEGER NOT NULL,     -- the head: seq of the newest entry, 0 for an empty log
  hash        BLOB NOT NULL,        -- the head's hash, 32 bytes, zeros for an empty log
  pruned_seq  INTEGER NOT NULL,     -- entries up to this seq are pruned, 0 for none
  pruned_hash BLOB NOT NULL,        -- hash of the entry at pruned_seq, zeros for none
  merged_seq  INTEGER NOT NULL,     -- later entries may not be in `message` yet
  size_bytes  INTEGER NOT NULL      -- of all bodies that are not pruned
) STRICT;

CREATE TABLE entry (
  id         INTEGER PRIMARY KEY, -- log.number << 36 | seq
  kind       INTEGER NOT NULL,    -- EntryKind
  sender     BLOB NOT NULL,       -- DeviceId, 16 bytes
  message_id BLOB NOT NULL,       -- MessageId, 16 bytes, made by the sender
  at_ms      INTEGER NOT NULL,    -- the hub's clock when it was added, Unix ms
  hash       BLOB NOT NULL,       -- entry_hash of it, 32 bytes
  counter    INTEGER,             -- the sender's counter in this log, if it has one
  body       BLOB                 -- NULL once pruned in an inbox: the row then only remembers the message id
) STRICT;

-- MEMBERS entries where the messages are pruned.
CREATE TABLE kept_entry (
  id       INTEGER PRIMARY KEY, -- of the entry
  previous BLOB NOT NULL        -- hash of the entry before it, which may be gone
) STRICT;

-- What is sent a second time is found, and not stored again: a message by its counter …
CREATE TABLE message (
  number  INTEGER NOT NULL REFERENCES log,
  sender  BLOB NOT NULL,    -- DeviceId, 16 bytes
  counter INTEGER NOT NULL, -- grows with each message of this sender in this log
  seq     INTEGER NOT NULL, -- of its entry; that of a sender's newest pruned message stays, for its counter
  PRIMARY KEY (number, sender, counter)
) STRICT, WITHOUT ROWID;

-- … and what has no counter by its id. All shares of one append carry its message id, so are not here.
CREATE INDEX entry_without_counter ON entry (sender, message_id)
  WHERE counter IS NULL AND kind <> {int(EntryKind.SHARE)};

CREATE TABLE member (
  number       INTEGER NOT NULL REFERENCES log, -- of the conversation
  user         BLOB NOT NULL,                   -- UserId, 16 bytes
  base_seq     INTEGER NOT NULL,                -- the user reads entries after this one
  base_hash    BLOB NOT NULL,                   -- hash of the entry there, where the user's chain starts
  role         INTEGER NOT NULL,                -- Role; who is in no room any more keeps a row
  changed_seq  INTEGER NOT NULL,                -- the newest entry about this user, 0 for none
  changed_hash BLOB NOT NULL,                   -- its hash, zeros for none
  end_seq      INTEGER NOT NULL,                -- of who is out: the last entry they may read, 0 for none
  end_hash     BLOB NOT NULL,                   -- its hash, zeros for none
  is_opener    INTEGER NOT NULL,                -- 1 for who opened the group
  PRIMARY KEY (number, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
  number INTEGER NOT NULL REFERENCES log,
  device BLOB NOT NULL,    -- DeviceId, 16 bytes
  seq    INTEGER NOT NULL, -- the device has acknowledged entries up to this seq; it only grows
  PRIMARY KEY (number, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_seen (
  user  BLOB PRIMARY KEY, -- UserId, 16 bytes
  at_ms INTEGER NOT NULL  -- when the user's last connection ended, Unix ms
) STRICT, WITHOUT ROWID;

-- Rows are never deleted, so a key that was published once is never taken in again.
CREATE TABLE one_time_key (
  number    INTEGER PRIMARY KEY, -- order of publication; the oldest is handed out first
  device    BLOB NOT NULL,       -- DeviceId, 16 bytes
  key       BLOB NOT NULL,       -- Curve25519, 32 bytes
  signature BLOB,                -- the device's over the key, 64 bytes; NULL once the key is handed out
  UNIQUE (device, key)
) STRICT;

CREATE INDEX one_time_key_stock ON one_time_key (device, number) WHERE signature IS NOT NULL;

CREATE TABLE fallback_key (
  device    BLOB PRIMARY KEY, -- DeviceId, 16 bytes
  key       BLOB NOT NULL,    -- Curve25519, 32 bytes
  signature BLOB NOT NULL     -- the device's over the key, 64 bytes
) STRICT, WITHOUT ROWID;

CREATE TABLE invite (
  secret_hash   BLOB PRIMARY KEY, -- the hub keeps no secret, only its hash
  expires_at_ms INTEGER NOT NULL  -- usable before this time, Unix ms
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  name  TEXT PRIMARY KEY, -- of a field of HubSettings
  value BLOB NOT NULL     -- msgpack
) STRICT, WITHOUT ROWID;

PRAGMA application_id = {APPLICATION_ID};
"""

MIGRATIONS: Final[tuple[str, ...]] = (_TABLES,)
