"""Every limit of the protocol, with its unit in the name and its reason beside it.

A limit that both sides must know stands here; nobody writes such a number anywhere else.
"""

from typing import Final

# --- Protocol versions -----------------------------------------------------------------------

PROTOCOL_VERSION: Final = 1
"""The version this program speaks."""
OLDEST_PROTOCOL_VERSION: Final = 1
"""The oldest version this program still understands."""

# --- Network ---------------------------------------------------------------------------------

DEFAULT_PORT: Final = 7777
"""TCP for everything; the same number in UDP answers discovery probes."""
ALPN_FRAMES: Final = "lanmsg/1"
ALPN_HTTP: Final = "http/1.1"

MAX_FRAME_BYTES: Final = 256 * 1024
"""Payload of one frame. Holds the largest message (64 KiB, padded and encrypted) or about 600 shares."""
MAX_UNAUTHENTICATED_FRAME_BYTES: Final = 64 * 1024
"""Before login: the largest honest frame is `enrol`, some 6 KiB; a stranger gets no more memory."""
HANDSHAKE_TIMEOUT_S: Final = 5.0
"""TCP accept to the end of the TLS handshake (asyncio's default of 60 s invites slowloris)."""
LOGIN_TIMEOUT_S: Final = 5.0
"""End of the handshake to `welcome`."""
PING_INTERVAL_S: Final = 20.0
"""A client that has sent nothing for so long sends `ping`."""
DEAD_AFTER_S: Final = 45.0
"""Silence after which either side gives the link up: two pings and some slack."""
MAX_UNAUTHENTICATED: Final = 128
"""Sockets without login, in all: 2,000 clients that come back at once still pass, 1,000 a second."""
MAX_UNAUTHENTICATED_PER_ADDRESS: Final = 8
"""The same, from one address; several people behind one address share it."""
OUTBOUND_QUEUE_BYTES: Final = 1024 * 1024
"""Unsent bytes after which a connection counts as behind and gets heads only."""
MAX_UNSENT_BYTES: Final = 4 * OUTBOUND_QUEUE_BYTES
"""Unsent bytes after which a connection is closed: it asks and asks, and reads no answer."""
STUCK_AFTER_S: Final = 45.0
"""A connection that is behind and takes no byte for so long is closed; it resumes by cursor."""
PRESENCE_INTERVAL_S: Final = 0.25
"""Presence changes are gathered for so long, so that a storm of logins costs one frame each."""
OFFLINE_GRACE_S: Final = 5.0
"""A person counts as offline only after so long without a connection: brief drops do not flicker."""

# --- Messages --------------------------------------------------------------------------------

MAX_TEXT_BYTES: Final = 64 * 1024
"""UTF-8 bytes of one message's text."""
MAX_EMOJI_BYTES: Final = 32
"""UTF-8 bytes of a reaction: one emoji (a family of four has 25) or a short word."""
MAX_EMOJI_PER_MESSAGE: Final = 20
"""Different emoji on one message; more are ignored by every receiver."""
MAX_TOPIC_CODE_POINTS: Final = 256
"""A room's topic: some two lines."""
MAX_LIFETIME_S: Final = 366 * 24 * 60 * 60
"""Disappearing messages: what shall live longer than a year, stays."""
MAX_LIFETIME_CHANGES: Final = 10_000
"""Of one conversation that are looked at again when a client starts, the newest."""
MAX_THREAD_MESSAGES: Final = 1000
"""Replies shown of one thread, the oldest."""
MAX_PINS: Final = 100
"""Pinned messages shown of one conversation, the newest."""
GROUP_MENTION_INTERVAL_MS: Final = 5 * 60 * 1000
"""`@here` and `@all` of one person call nobody who was called by them so shortly before."""
PADDING_STEPS: Final = (320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 69632)
"""Plaintext sizes the hub can tell apart. The first holds a line of some 155 bytes with its envelope, the
last the longest text."""
MAX_BODY_BYTES: Final = 80 * 1024
"""Body of one entry: the last padding step plus ratchet and signature."""
MAX_SHARE_BYTES: Final = 2 * 1024
"""One Olm ciphertext of a session key; measured below 1 KiB."""
MAX_SHARES: Final = 4096
"""Shares of one append; also bounded by the frame: larger conversations need the guide's advice."""
MAX_DEVICE_MESSAGE_BYTES: Final = 64 * 1024
"""One message from device to device: a key request, or the keys of many old sessions at once."""
MAX_HISTORY_KEYS: Final = 256
"""Sessions in one request of a newcomer, and keys in its answer, 190 bytes each: they fit in a message."""
KEY_ANSWERS_PER_MINUTE: Final = 60.0
"""Keys that one device hands another one that asks for them, in the long run;"""
KEY_ANSWERS_BURST: Final = 500
"""and at once: all sessions of a long absence. Each is encrypted and sent; honest devices need none."""
MESSAGES_PER_SECOND: Final = 20.0
"""Sustained appends of one device; the hub's `--message-rate` changes it."""
MESSAGES_BURST: Final = 60
"""Appends a device may send at once before the rate holds."""
SESSION_MAX_MESSAGES: Final = 100
"""A sending session is replaced after so many messages,"""
SESSION_MAX_AGE_MS: Final = 24 * 60 * 60 * 1000
"""or after a day: an old stolen key opens no more than this."""

# --- What the devices of one person share ------------------------------------------------------

MAX_ACCOUNT_CHANGES: Final = 500
"""Changes in one message of an account log,"""
MAX_ACCOUNT_BYTES: Final = 66 * 1024
"""and their bytes: the longest draft with its conversation; fits in the last padding step."""
MAX_ACCOUNT_ITEMS: Final = 20_000
"""Marks, preferences, drafts and verified people a device keeps: some for each of `MAX_USERS`."""
MAX_HANDED_LIFETIMES: Final = 20
"""Changes of one conversation's lifetime that a new device is told of, the newest."""
MAX_CONVERSATION_KEY_BYTES: Final = 512
"""The key of a conversation: a group of 20 people has 320 bytes."""
MAX_PREFERENCE_NAME_BYTES: Final = 1200
"""The name of a preference; that of one conversation holds its key, twice as long in hexadecimal digits."""
MAX_PREFERENCE_VALUE_BYTES: Final = 1024

# --- Statuses and signals ---------------------------------------------------------------------

MAX_SIGNAL_BYTES: Final = 1024
"""One encoded `SignalBody`: the last signal padding step, a key, a signature and what stands around them."""
SIGNAL_PADDING_STEPS: Final = (64, 256, 640)
"""Plaintext sizes of signals. The first holds a typing notice, the last the longest reason."""
MAX_AWAY_REASON_CODE_POINTS: Final = 120
"""Why somebody is away: a line, not a letter."""
MAX_SIGNAL_PEOPLE: Final = 100
"""Signals are passed on in conversations of at most so many: who types in a hall is noise, and a signal
costs as many deliveries as there are readers."""
SIGNALS_PER_SECOND: Final = 2.0
"""Signals of one device, in all conversations; the hub drops what is beyond."""
SIGNALS_BURST: Final = 10
"""Signals a device may send at once before the rate holds."""
SIGNAL_QUEUE_BYTES: Final = 64 * 1024
"""Unsent bytes of a connection beyond which signals for it are dropped: late, they are worth nothing."""
SIGNAL_MAX_AGE_S: Final = 60.0
"""A signal that is older, or made so much later than now, by the hub's clock, counts as repeated."""
STATUSES_PER_MINUTE: Final = 20.0
"""Changes of one device's status that are told at once; what comes faster is told later, the last alone."""
STATUSES_BURST: Final = 5
"""Changes told at once before the rate holds."""
TYPING_INTERVAL_S: Final = 4.0
"""Who goes on typing says so again after so long,"""
TYPING_LASTS_S: Final = 7.0
"""and who has not said so for this long types no more: one lost notice is not seen."""

# --- Read receipts -----------------------------------------------------------------------------

MAX_READERS_TOLD: Final = 20
"""People in a conversation in which read receipts are sent: each is an entry that all of them store."""
READ_RECEIPT_INTERVAL_S: Final = 5.0
"""Read receipts of one device in one conversation are at least so far apart."""

# --- Logs ------------------------------------------------------------------------------------

FETCH_PAGE_ENTRIES: Final = 500
"""Entries in one answer to `fetch`,"""
FETCH_PAGE_BYTES: Final = 192 * 1024
"""and their bytes: one page fits in a frame."""
COMMIT_BATCH_ENTRIES: Final = 2048
"""Appends committed in one transaction."""
WRITER_QUEUE_ENTRIES: Final = 16 * 1024
"""Appends waiting for the writer; beyond it senders are told to come back (`throttled`)."""
GAP_BUFFER_ENTRIES: Final = 256
"""Live entries a client holds back while it fetches the gap before them."""
MAX_HEADS_PER_FRAME: Final = 1000
"""`heads` larger than this are cut into several frames."""

# --- Names and people ------------------------------------------------------------------------

MAX_NAME_CODE_POINTS: Final = 64
MAX_TITLE_CODE_POINTS: Final = 64
MAX_DEVICE_NAME_CODE_POINTS: Final = 64
MAX_DEVICES_PER_USER: Final = 20
"""Each device of each reader costs every sender one share per session."""
MAX_USERS: Final = 5000
"""Enrolled users of one hub; every device keeps the whole directory in memory."""
ONE_TIME_KEYS_STOCK: Final = 100
"""One-time keys a device keeps at the hub: one is used per new peer device."""
ONE_TIME_KEYS_LOW: Final = 50
"""Below this stock the hub asks for more."""
MAX_ONE_TIME_KEYS: Final = 500
"""What the hub keeps for one device at most."""
MAX_CLAIM_DEVICES: Final = 512
"""Devices of one `claim_keys`."""
CLAIMS_PER_MINUTE: Final = 30.0
CLAIMS_BURST: Final = 60
"""`claim_keys` of one device: honest clients ask once per conversation and newcomer."""

# --- Groups and rooms -------------------------------------------------------------------------

MIN_GROUP_USERS: Final = 3
"""Two people have a direct chat."""
MAX_GROUP_USERS: Final = 20
"""A group's people stand in its head and in its prompt; for more there are rooms."""
MAX_GROUPS_PER_USER: Final = 200
"""Groups one person may open. Each is a head that all of its people get at every login."""
MAX_ROOMS: Final = 1000
"""Rooms of one hub, archived ones too: every device keeps the whole directory in memory."""
MAX_ROOMS_PER_USER: Final = 50
"""Rooms one person may create: nobody takes all of a hub's, or all good names."""
MAX_ROOM_VERSIONS: Final = 100
"""Versions of one room's record: they stay in the directory for ever."""
MAX_ROOM_NAMES: Final = 8
"""Names of one room in all of its life; they stay its own, so that nobody takes over what others type."""
MAX_ROOM_OWNERS: Final = 8
"""A few who can stand in for each other; each version of the record lists them."""
MAX_ROOM_MEMBERS: Final = 2000
"""People in one room: what the guide calls good for one conversation, as each device costs a share."""
MAX_MEMBER_CHANGES: Final = 50
"""Changes in one MEMBERS entry: a class comes in at once, and the entry stays small."""
MEMBERS_PAGE_ENTRIES: Final = 64
"""MEMBERS entries in one answer to `fetch_members`: each is looked up by itself, some 2 ms in all."""
STATEMENTS_PER_MINUTE: Final = 30.0
"""Records of rooms, MEMBERS entries and new groups of one device that the hub accepts in the long run;"""
STATEMENTS_BURST: Final = 60
"""and at once. They are kept for ever and cost every member more than a message does."""

# --- Running the hub --------------------------------------------------------------------------

MAX_ADMINS: Final = 20
"""Admins of one hub: a few who can stand in for each other."""
ADMIN_PAGE_ROWS: Final = 100
"""Users or rooms in one answer to an admin: counting the messages of so many takes some 20 ms."""
MAX_ADMIN_COMMAND_BYTES: Final = 4 * 1024
"""An encoded `AdminCommand`; the largest has a notice."""
MAX_ADMIN_ANSWER_BYTES: Final = 64 * 1024
"""An encoded `AdminResult`: a page with the longest names has some 30 KiB."""
MAX_NOTICE_CHARACTERS: Final = 500
"""What who runs the hub says to everybody: some lines, no letter."""
MAX_MESSAGE_RATE: Final = 100_000.0
"""Messages of one device a second, and at once, that an admin may allow; no device is that fast."""

# --- Verification ----------------------------------------------------------------------------

VERIFICATION_TIMEOUT_S: Final = 10 * 60.0
"""From the request to the end: two people who talk to each other need a minute."""
MAX_VERIFICATIONS: Final = 10
"""People who may ask one device at the same time; the others are told to wait."""
MAX_CANCEL_REASON_CHARACTERS: Final = 32
"""A word for programs, no sentence."""

# --- Invites and discovery -------------------------------------------------------------------

INVITE_SECRET_BYTES: Final = 16
INVITE_LIFETIME_S: Final = 24 * 60 * 60
MAX_OPEN_INVITES: Final = 1000
ENROLMENTS_PER_MINUTE: Final = 600.0
"""Enrolments the hub takes in all: a hall of people joins in minutes, a flood does not fill the disk."""
ENROLMENTS_BURST: Final = 100
FAILED_INVITES_PER_MINUTE: Final = 30.0
"""Wrong secrets in all per minute. 128 bits need no lock; this keeps the log readable."""
PAIRING_CODE_BYTES: Final = 10
"""Of a code that lets a second device in: 16 characters are typed, and scrypt makes each guess dear."""
PAIRING_LIFETIME_S: Final = 10 * 60.0
"""How long a code is good; the other device lies on the same table."""
MAX_PAIRING_BYTES: Final = 1024
"""The sealed parcel: an identity, a name, a hub; some 300 bytes."""
MAX_OPEN_PAIRINGS: Final = 1000
"""Parcels that wait at the hub, one of each device at most: 1 MiB."""
PAST_KEYS_AT_ONCE: Final = 12
"""Keys of the past in one answer to a new device of one's own: they fit in MAX_DEVICE_MESSAGE_BYTES."""
MAX_DISCOVERED_HUBS: Final = 16
"""Candidates a client looks at: fake announcements cost an attacker's time, not ours."""

# --- Search ----------------------------------------------------------------------------------

MAX_QUERY_CHARACTERS: Final = 1000
"""Characters of a search query: more is a pasted text by mistake."""
MAX_QUERY_WORDS: Final = 64
"""Words, pairs of characters and filters of one query: each is a list that is read beside the others."""
MAX_SEARCH_HITS: Final = 100
"""Hits of one page."""
MAX_MARKS: Final = 100
"""Places of one message that are marked as found."""
