-- DO NOT EDIT: a hub's database as version 1 wrote it. Every later program must be able to open it.

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
  WHERE counter IS NULL AND kind <> 20;

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

PRAGMA application_id = 1280136007;
PRAGMA user_version = 1;

INSERT INTO meta VALUES ('database_id', X'64E65E4439063DC84B430866C660B68A');
INSERT INTO log VALUES (1, X'636F6E766572736174696F6E206F6E65', 2, 4, X'EC874EA6B7595DEA010B5E64D22AAE9C2DD1AD16613E361461044A1C31F4287C', 0, X'0000000000000000000000000000000000000000000000000000000000000000', 3, 40);
INSERT INTO log VALUES (2, X'696E626F78206F6620612070686F6E65', 4, 3, X'3C486BC0B68160E850ED19290DDAD5EF50EBC645D02AA8A494CA29C31BC64898', 2, X'F6B7EF000B7923C2275352772668359138037B080F151A75072FEC837FF2D48B', 0, 14);
INSERT INTO entry VALUES (68719476737, 10, X'74686520666972737420646576696365', X'00000000000000000000000000000001', 1001, X'9C948A4B5FCC3D3743FA3867A1CD92EB098899B09BEDFBDC71ECAADE5457CEB7', 1, X'01010101010101010101');
INSERT INTO entry VALUES (68719476738, 10, X'74686520666972737420646576696365', X'00000000000000000000000000000002', 1002, X'99F154E26EAC2EB0A774A4A7EC7622671C004B469851D4ECCEB01DC605140C4B', 2, X'02020202020202020202');
INSERT INTO entry VALUES (68719476739, 10, X'74686520666972737420646576696365', X'00000000000000000000000000000003', 1003, X'99A101E8035F4FB7E591A2E0C2E587FF820BAE4E2F15A106C9DF88ED5B6BDAB6', 3, X'03030303030303030303');
INSERT INTO entry VALUES (68719476740, 10, X'74686520666972737420646576696365', X'00000000000000000000000000000004', 1004, X'EC874EA6B7595DEA010B5E64D22AAE9C2DD1AD16613E361461044A1C31F4287C', 4, X'04040404040404040404');
INSERT INTO entry VALUES (137438953474, 21, X'74686520666972737420646576696365', X'00000000000000000000000000000004', 1004, X'F6B7EF000B7923C2275352772668359138037B080F151A75072FEC837FF2D48B', NULL, NULL);
INSERT INTO entry VALUES (137438953475, 20, X'74686520666972737420646576696365', X'00000000000000000000000000000005', 1005, X'3C486BC0B68160E850ED19290DDAD5EF50EBC645D02AA8A494CA29C31BC64898', NULL, X'666F72206F6E6520646576696365');
INSERT INTO message VALUES (1, X'74686520666972737420646576696365', 1, 1);
INSERT INTO message VALUES (1, X'74686520666972737420646576696365', 2, 2);
INSERT INTO message VALUES (1, X'74686520666972737420646576696365', 3, 3);
INSERT INTO member VALUES (1, X'746865207573657220416C6963652020', 1, X'9C948A4B5FCC3D3743FA3867A1CD92EB098899B09BEDFBDC71ECAADE5457CEB7', 1, 0, X'0000000000000000000000000000000000000000000000000000000000000000', 0, X'0000000000000000000000000000000000000000000000000000000000000000', 0);
INSERT INTO cursor VALUES (1, X'746865206F7468657220646576696365', 2);
INSERT INTO last_seen VALUES (X'746865207573657220416C6963652020', 77);
INSERT INTO one_time_key VALUES (1, X'746865206F7468657220646576696365', X'0101010101010101010101010101010101010101010101010101010101010101', NULL);
INSERT INTO one_time_key VALUES (2, X'746865206F7468657220646576696365', X'0202020202020202020202020202020202020202020202020202020202020202', X'02020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202');
INSERT INTO fallback_key VALUES (X'746865206F7468657220646576696365', X'0909090909090909090909090909090909090909090909090909090909090909', X'09090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909090909');
INSERT INTO invite VALUES (X'696E76697465', 100);
