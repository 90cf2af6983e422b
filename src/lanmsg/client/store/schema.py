"""The tables of a client's database, and how an older database becomes today's.

`MIGRATIONS` is append-only: a step that was ever released never changes (a frozen database in the
tests notices). `PRAGMA user_version` counts the steps a database has taken.
"""

from typing import Final

SEQ_BITS: Final = 36
"""A message's id is its log's number shifted by so much, plus its seq: as in the hub's database.

One integer key keeps each log's messages side by side in the file and needs no second index.
"""
MAX_SEQ: Final = 2**SEQ_BITS - 1

_TABLES = """
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,  -- 'tag_key': see message.tag
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('tag_key', randomblob(16));

CREATE TABLE profile (
  number           INTEGER PRIMARY KEY CHECK (number = 1), -- there is one row
  hub_identity_key BLOB NOT NULL,    -- Ed25519 public key, 32 bytes
  hub_title        TEXT NOT NULL,
  database         BLOB NOT NULL,    -- DatabaseId, 16 bytes
  identity_secret  BLOB NOT NULL,    -- Ed25519 private key, 32 bytes
  account          TEXT NOT NULL,    -- pickled Olm account
  handle           TEXT NOT NULL,    -- empty until the hub has accepted one
  device_name      TEXT NOT NULL,
  device_seq       INTEGER NOT NULL, -- seq of our device statement, 0 until it was read
  voucher          BLOB NOT NULL,    -- msgpack Voucher by another device of ours, else empty
  wanted_handle    TEXT NOT NULL,    -- the handle to ask for, where it follows from what was, else empty
  new_fallback_ms  INTEGER NOT NULL  -- when our fallback key is replaced, Unix ms
) STRICT;

CREATE TABLE log (
  number  INTEGER PRIMARY KEY,  -- the log's short name inside this file, 1, 2, 3 …
  log     BLOB NOT NULL UNIQUE, -- LogId, 16 bytes
  kind    INTEGER NOT NULL,     -- LogKind
  base    INTEGER NOT NULL,     -- we may read entries after this seq
  seq     INTEGER NOT NULL,     -- our cursor
  hash    BLOB NOT NULL,        -- of the entry at seq, 32 bytes
  counter INTEGER NOT NULL,     -- our highest message counter that the hub has accepted
  users   BLOB NOT NULL,        -- msgpack list of UserId, for direct chats and groups
  room    BLOB NOT NULL         -- RoomId, 16 bytes; empty for what is no room
) STRICT;

CREATE TABLE statement (
  seq      INTEGER PRIMARY KEY, -- place in the directory log
  hash     BLOB NOT NULL,       -- of the entry, 32 bytes
  kind     INTEGER NOT NULL,    -- EntryKind
  body     BLOB NOT NULL,
  is_valid INTEGER NOT NULL,    -- 1 if it passed every check
  at_ms    INTEGER NOT NULL     -- the hub's clock, Unix ms
) STRICT;

CREATE TABLE person (
  handle       TEXT PRIMARY KEY,
  identity_key BLOB NOT NULL, -- Ed25519 public key, 32 bytes
  trust        TEXT NOT NULL  -- Trust
) STRICT, WITHOUT ROWID;

CREATE TABLE olm_session (
  device     BLOB NOT NULL,    -- DeviceId of the other side, 16 bytes
  session_id TEXT NOT NULL,
  pickle     TEXT NOT NULL,
  used       INTEGER NOT NULL, -- the session with the highest is used to encrypt
  PRIMARY KEY (device, session_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbound_session (
  log           BLOB PRIMARY KEY, -- LogId, 16 bytes
  pickle        TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL, -- Unix ms
  messages      INTEGER NOT NULL, -- encrypted with it so far
  shared_with   BLOB NOT NULL,    -- msgpack list of DeviceId
  pending       BLOB NOT NULL     -- msgpack list of (DeviceId, encoded OlmBody)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbound_session (
  session BLOB PRIMARY KEY, -- the session's Ed25519 public key, 32 bytes
  log     BLOB NOT NULL,    -- LogId, 16 bytes
  device  BLOB NOT NULL,    -- DeviceId of the sender, 16 bytes
  pickle  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  id            INTEGER PRIMARY KEY, -- log.number << 36 | seq
  tag           INTEGER NOT NULL,    -- 5 bytes of a keyed hash of message_id, see message_tag
  kind          INTEGER NOT NULL,    -- ContentKind, 0 while unreadable
  hash          BLOB NOT NULL,       -- entry_hash, 32 bytes
  message_id    BLOB NOT NULL,       -- MessageId, 16 bytes
  target        BLOB NOT NULL,       -- MessageId it changes or answers, else empty
  sender        BLOB NOT NULL,       -- DeviceId, 16 bytes
  counter       INTEGER NOT NULL,    -- the sender's, in this log
  at_ms         INTEGER NOT NULL,    -- the hub's clock, Unix ms
  directory_seq INTEGER NOT NULL,    -- of the sender's view
  session       BLOB NOT NULL,       -- the sending session's Ed25519 public key, 32 bytes
  position      INTEGER NOT NULL,    -- in the sending session, -1 unknown
  content       BLOB NOT NULL,       -- encoded content, empty while unreadable
  reason        TEXT NOT NULL,       -- UnreadableReason, empty for a readable message
  raw           BLOB NOT NULL        -- the entry's body while unreadable, else empty
) STRICT;

-- Not on message_id itself: 16 random bytes touch twice as many pages, and each page touched is written
-- and synced (measured at 100,000 messages: 29,000 inserted per second against 45,000). The hash is keyed
-- so that nobody can send messages whose tags are all the same.
CREATE INDEX message_tag ON message (tag);
CREATE INDEX message_target ON message (target) WHERE target <> x'';
-- What people ask for by kind: pins, topics. Texts and what changes them are found by place and target.
CREATE INDEX message_kind ON message (kind) WHERE kind > 4;
CREATE INDEX message_unreadable_session ON message (session) WHERE reason <> '';
CREATE INDEX message_unreadable_reason ON message (reason) WHERE reason <> '';

CREATE TABLE counter (
  number  INTEGER NOT NULL REFERENCES log,
  device  BLOB NOT NULL,    -- DeviceId of a sender, 16 bytes
  counter INTEGER NOT NULL, -- highest of its stored messages in this log; it only grows
  PRIMARY KEY (number, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  message_id   BLOB PRIMARY KEY, -- MessageId, 16 bytes
  position     INTEGER NOT NULL, -- order of writing
  kind         TEXT NOT NULL,    -- ConversationKind
  key          BLOB NOT NULL,    -- Conversation.key
  content      BLOB NOT NULL,
  queued_at_ms INTEGER NOT NULL, -- Unix ms
  frames       BLOB NOT NULL,    -- the exact bytes to send, empty until sealed
  counter      INTEGER NOT NULL, -- the one inside frames
  failed       TEXT NOT NULL     -- the hub's final word, empty while there is hope
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
  log      BLOB NOT NULL,    -- LogId, 16 bytes
  device   BLOB NOT NULL,    -- DeviceId, 16 bytes
  seq      INTEGER NOT NULL, -- the device has the log up to this seq in its own store
  read_seq INTEGER NOT NULL, -- its person has read the log up to this seq, as they say
  PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE shared_value (
  number     INTEGER PRIMARY KEY,  -- order of first use
  key        BLOB NOT NULL UNIQUE, -- what it is about, see client.account.key_of
  change     BLOB NOT NULL,        -- encoded wire.account.Change
  since      INTEGER NOT NULL,     -- seq in the account log, 0: not there yet
  is_waiting INTEGER NOT NULL      -- 1 if our other devices have yet to be told
) STRICT;

CREATE TABLE unread (
  log         BLOB PRIMARY KEY, -- LogId, 16 bytes
  read_seq    INTEGER NOT NULL, -- messages up to here are read
  counted_seq INTEGER NOT NULL, -- those up to here are counted
  count       INTEGER NOT NULL, -- messages between the two that count
  first_seq   INTEGER NOT NULL, -- the first of them, 0: none
  mentions    BLOB NOT NULL     -- msgpack list of the seqs of those that name us
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
  log      BLOB NOT NULL,    -- LogId of a room, 16 bytes
  seq      INTEGER NOT NULL, -- place of a MEMBERS entry
  hash     BLOB NOT NULL,    -- of the entry, 32 bytes
  sender   BLOB NOT NULL,    -- DeviceId, 16 bytes
  at_ms    INTEGER NOT NULL, -- the hub's clock, Unix ms
  body     BLOB NOT NULL,
  is_valid INTEGER NOT NULL, -- 1 if it was allowed
  PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE topic (
  log    BLOB PRIMARY KEY, -- LogId of a room or group, 16 bytes
  seq    INTEGER NOT NULL, -- of the entry that set it
  sender BLOB NOT NULL,    -- DeviceId, 16 bytes
  text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE expiry (
  id    INTEGER PRIMARY KEY, -- message.id of a text
  at_ms INTEGER NOT NULL     -- when it must be gone, the hub's clock, Unix ms
) STRICT;

CREATE INDEX expiry_at ON expiry (at_ms, id);

CREATE TABLE gap (
  log       BLOB NOT NULL,    -- LogId of a conversation, 16 bytes
  after_seq INTEGER NOT NULL, -- what is missing comes after this entry,
  up_to_seq INTEGER NOT NULL, -- and ends with this one
  count     INTEGER NOT NULL, -- so many messages
  PRIMARY KEY (log, after_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE pairing (
  token     BLOB PRIMARY KEY, -- 16 random bytes
  device    BLOB NOT NULL,    -- DeviceId of the other side, empty until it came
  is_helper INTEGER NOT NULL  -- 1 if this device let the other one in
) STRICT, WITHOUT ROWID;
"""

SEARCH_TABLES: Final = """
CREATE TABLE search_mark (
  number INTEGER PRIMARY KEY REFERENCES log,
  id     INTEGER NOT NULL -- message.id: those of this log up to here are indexed, but for search_again
) STRICT;

CREATE TABLE search_again (
  id INTEGER PRIMARY KEY -- message.id
) STRICT;

CREATE TABLE search_place (
  id    INTEGER PRIMARY KEY,    -- message.id
  place INTEGER NOT NULL UNIQUE -- place_of(message), or the next that was free; search_words.rowid
) STRICT;

-- It keeps its own copy of the words, so that a deletion finds each place it must wipe (secure-delete).
CREATE VIRTUAL TABLE search_words USING fts5 (
  words, -- separated by spaces
  tokenize = 'ascii', prefix = '1 2 3', columnsize = 0
);
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);

-- What changes or goes leaves the index with it, whoever changed it; what is new waits above the mark.
CREATE TRIGGER message_inserted AFTER INSERT ON message
WHEN new.id <= (SELECT id FROM search_mark WHERE number = new.id >> 36) BEGIN
  INSERT OR IGNORE INTO search_again VALUES (new.id);
END;

CREATE TRIGGER message_updated AFTER UPDATE ON message BEGIN
  DELETE FROM search_words WHERE rowid = (SELECT place FROM search_place WHERE id = old.id);
  DELETE FROM search_place WHERE id = old.id;
  INSERT OR IGNORE INTO search_again
    SELECT old.id WHERE old.id <= (SELECT id FROM search_mark WHERE number = old.id >> 36);
END;

CREATE TRIGGER message_deleted AFTER DELETE ON message BEGIN
  DELETE FROM search_words WHERE rowid = (SELECT place FROM search_place WHERE id = old.id);
  DELETE FROM search_place WHERE id = old.id;
  DELETE FROM search_again WHERE id = old.id;
END;
"""
"""The index of the messages, and what keeps it true; a program with other rules of words makes it anew."""

DROP_SEARCH: Final = """
DROP TRIGGER message_inserted;
DROP TRIGGER message_updated;
DROP TRIGGER message_deleted;
DROP TABLE search_mark;
DROP TABLE search_again;
DROP TABLE search_place;
DROP TABLE search_words;
"""

MIGRATIONS: Final[tuple[str, ...]] = (_TABLES + SEARCH_TABLES,)
