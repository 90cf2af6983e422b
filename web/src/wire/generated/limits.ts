// Made from src/lanmsg/wire/limits.py by tools/make_typescript.py: change it there.

/** The version this program speaks. */
export const PROTOCOL_VERSION = 1;
/** The oldest version this program still understands. */
export const OLDEST_PROTOCOL_VERSION = 1;
/** TCP for everything; the same number in UDP answers discovery probes. */
export const DEFAULT_PORT = 7777;
export const ALPN_FRAMES = "lanmsg/1";
export const ALPN_HTTP = "http/1.1";
/** Payload of one frame. Holds the largest message (64 KiB, padded and encrypted) or about 600 shares. */
export const MAX_FRAME_BYTES = 262144;
/** Before login: the largest honest frame is `enrol`, some 6 KiB; a stranger gets no more memory. */
export const MAX_UNAUTHENTICATED_FRAME_BYTES = 65536;
/** TCP accept to the end of the TLS handshake (asyncio's default of 60 s invites slowloris). */
export const HANDSHAKE_TIMEOUT_S = 5.0;
/** End of the handshake to `welcome`. */
export const LOGIN_TIMEOUT_S = 5.0;
/** A client that has sent nothing for so long sends `ping`. */
export const PING_INTERVAL_S = 20.0;
/** Silence after which either side gives the link up: two pings and some slack. */
export const DEAD_AFTER_S = 45.0;
/** Sockets without login, in all: 2,000 clients that come back at once still pass, 1,000 a second. */
export const MAX_UNAUTHENTICATED = 128;
/** The same, from one address; several people behind one address share it. */
export const MAX_UNAUTHENTICATED_PER_ADDRESS = 8;
/** Unsent bytes after which a connection counts as behind and gets heads only. */
export const OUTBOUND_QUEUE_BYTES = 1048576;
/** Unsent bytes after which a connection is closed: it asks and asks, and reads no answer. */
export const MAX_UNSENT_BYTES = 4194304;
/** A connection that is behind and takes no byte for so long is closed; it resumes by cursor. */
export const STUCK_AFTER_S = 45.0;
/** Presence changes are gathered for so long, so that a storm of logins costs one frame each. */
export const PRESENCE_INTERVAL_S = 0.25;
/** A person counts as offline only after so long without a connection: brief drops do not flicker. */
export const OFFLINE_GRACE_S = 5.0;
/** UTF-8 bytes of one message's text. */
export const MAX_TEXT_BYTES = 65536;
/** UTF-8 bytes of a reaction: one emoji (a family of four has 25) or a short word. */
export const MAX_EMOJI_BYTES = 32;
/** Different emoji on one message; more are ignored by every receiver. */
export const MAX_EMOJI_PER_MESSAGE = 20;
/** A room's topic: some two lines. */
export const MAX_TOPIC_CODE_POINTS = 256;
/** Disappearing messages: what shall live longer than a year, stays. */
export const MAX_LIFETIME_S = 31622400;
/** Of one conversation that are looked at again when a client starts, the newest. */
export const MAX_LIFETIME_CHANGES = 10000;
/** Replies shown of one thread, the oldest. */
export const MAX_THREAD_MESSAGES = 1000;
/** Pinned messages shown of one conversation, the newest. */
export const MAX_PINS = 100;
/** `@here` and `@all` of one person call nobody who was called by them so shortly before. */
export const GROUP_MENTION_INTERVAL_MS = 300000;
/**
 * Plaintext sizes the hub can tell apart. The first holds a line of some 155 bytes with its envelope, the
 * last the longest text.
 */
export const PADDING_STEPS = [320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 69632] as const;
/** Body of one entry: the last padding step plus ratchet and signature. */
export const MAX_BODY_BYTES = 81920;
/** One Olm ciphertext of a session key; measured below 1 KiB. */
export const MAX_SHARE_BYTES = 2048;
/** Shares of one append; also bounded by the frame: larger conversations need the guide's advice. */
export const MAX_SHARES = 4096;
/** One message from device to device: a key request, or the keys of many old sessions at once. */
export const MAX_DEVICE_MESSAGE_BYTES = 65536;
/** Sessions in one request of a newcomer, and keys in its answer, 190 bytes each: they fit in a message. */
export const MAX_HISTORY_KEYS = 256;
/** Keys that one device hands another one that asks for them, in the long run; */
export const KEY_ANSWERS_PER_MINUTE = 60.0;
/** and at once: all sessions of a long absence. Each is encrypted and sent; honest devices need none. */
export const KEY_ANSWERS_BURST = 500;
/** Sustained appends of one device; the hub's `--message-rate` changes it. */
export const MESSAGES_PER_SECOND = 20.0;
/** Appends a device may send at once before the rate holds. */
export const MESSAGES_BURST = 60;
/** A sending session is replaced after so many messages, */
export const SESSION_MAX_MESSAGES = 100;
/** or after a day: an old stolen key opens no more than this. */
export const SESSION_MAX_AGE_MS = 86400000;
/** Changes in one message of an account log, */
export const MAX_ACCOUNT_CHANGES = 500;
/** and their bytes: the longest draft with its conversation; fits in the last padding step. */
export const MAX_ACCOUNT_BYTES = 67584;
/** Marks, preferences, drafts and verified people a device keeps: some for each of `MAX_USERS`. */
export const MAX_ACCOUNT_ITEMS = 20000;
/** Changes of one conversation's lifetime that a new device is told of, the newest. */
export const MAX_HANDED_LIFETIMES = 20;
/** The key of a conversation: a group of 20 people has 320 bytes. */
export const MAX_CONVERSATION_KEY_BYTES = 512;
/** The name of a preference; that of one conversation holds its key, twice as long in hexadecimal digits. */
export const MAX_PREFERENCE_NAME_BYTES = 1200;
export const MAX_PREFERENCE_VALUE_BYTES = 1024;
/** One encoded `SignalBody`: the last signal padding step, a key, a signature and what stands around them. */
export const MAX_SIGNAL_BYTES = 1024;
/** Plaintext sizes of signals. The first holds a typing notice, the last the longest reason. */
export const SIGNAL_PADDING_STEPS = [64, 256, 640] as const;
/** Why somebody is away: a line, not a letter. */
export const MAX_AWAY_REASON_CODE_POINTS = 120;
/**
 * Signals are passed on in conversations of at most so many: who types in a hall is noise, and a signal
 * costs as many deliveries as there are readers.
 */
export const MAX_SIGNAL_PEOPLE = 100;
/** Signals of one device, in all conversations; the hub drops what is beyond. */
export const SIGNALS_PER_SECOND = 2.0;
/** Signals a device may send at once before the rate holds. */
export const SIGNALS_BURST = 10;
/** Unsent bytes of a connection beyond which signals for it are dropped: late, they are worth nothing. */
export const SIGNAL_QUEUE_BYTES = 65536;
/** A signal that is older, or made so much later than now, by the hub's clock, counts as repeated. */
export const SIGNAL_MAX_AGE_S = 60.0;
/** Changes of one device's status that are told at once; what comes faster is told later, the last alone. */
export const STATUSES_PER_MINUTE = 20.0;
/** Changes told at once before the rate holds. */
export const STATUSES_BURST = 5;
/** Who goes on typing says so again after so long, */
export const TYPING_INTERVAL_S = 4.0;
/** and who has not said so for this long types no more: one lost notice is not seen. */
export const TYPING_LASTS_S = 7.0;
/** People in a conversation in which read receipts are sent: each is an entry that all of them store. */
export const MAX_READERS_TOLD = 20;
/** Read receipts of one device in one conversation are at least so far apart. */
export const READ_RECEIPT_INTERVAL_S = 5.0;
/** Entries in one answer to `fetch`, */
export const FETCH_PAGE_ENTRIES = 500;
/** and their bytes: one page fits in a frame. */
export const FETCH_PAGE_BYTES = 196608;
/** Appends committed in one transaction. */
export const COMMIT_BATCH_ENTRIES = 2048;
/** Appends waiting for the writer; beyond it senders are told to come back (`throttled`). */
export const WRITER_QUEUE_ENTRIES = 16384;
/** Live entries a client holds back while it fetches the gap before them. */
export const GAP_BUFFER_ENTRIES = 256;
/** `heads` larger than this are cut into several frames. */
export const MAX_HEADS_PER_FRAME = 1000;
export const MAX_NAME_CODE_POINTS = 64;
export const MAX_TITLE_CODE_POINTS = 64;
export const MAX_DEVICE_NAME_CODE_POINTS = 64;
/** Each device of each reader costs every sender one share per session. */
export const MAX_DEVICES_PER_USER = 20;
/** Enrolled users of one hub; every device keeps the whole directory in memory. */
export const MAX_USERS = 5000;
/** One-time keys a device keeps at the hub: one is used per new peer device. */
export const ONE_TIME_KEYS_STOCK = 100;
/** Below this stock the hub asks for more. */
export const ONE_TIME_KEYS_LOW = 50;
/** What the hub keeps for one device at most. */
export const MAX_ONE_TIME_KEYS = 500;
/** Devices of one `claim_keys`. */
export const MAX_CLAIM_DEVICES = 512;
export const CLAIMS_PER_MINUTE = 30.0;
/** `claim_keys` of one device: honest clients ask once per conversation and newcomer. */
export const CLAIMS_BURST = 60;
/** Two people have a direct chat. */
export const MIN_GROUP_USERS = 3;
/** A group's people stand in its head and in its prompt; for more there are rooms. */
export const MAX_GROUP_USERS = 20;
/** Groups one person may open. Each is a head that all of its people get at every login. */
export const MAX_GROUPS_PER_USER = 200;
/** Rooms of one hub, archived ones too: every device keeps the whole directory in memory. */
export const MAX_ROOMS = 1000;
/** Rooms one person may create: nobody takes all of a hub's, or all good names. */
export const MAX_ROOMS_PER_USER = 50;
/** Versions of one room's record: they stay in the directory for ever. */
export const MAX_ROOM_VERSIONS = 100;
/** Names of one room in all of its life; they stay its own, so that nobody takes over what others type. */
export const MAX_ROOM_NAMES = 8;
/** A few who can stand in for each other; each version of the record lists them. */
export const MAX_ROOM_OWNERS = 8;
/** People in one room: what the guide calls good for one conversation, as each device costs a share. */
export const MAX_ROOM_MEMBERS = 2000;
/** Changes in one MEMBERS entry: a class comes in at once, and the entry stays small. */
export const MAX_MEMBER_CHANGES = 50;
/** MEMBERS entries in one answer to `fetch_members`: each is looked up by itself, some 2 ms in all. */
export const MEMBERS_PAGE_ENTRIES = 64;
/** Records of rooms, MEMBERS entries and new groups of one device that the hub accepts in the long run; */
export const STATEMENTS_PER_MINUTE = 30.0;
/** and at once. They are kept for ever and cost every member more than a message does. */
export const STATEMENTS_BURST = 60;
/** Admins of one hub: a few who can stand in for each other. */
export const MAX_ADMINS = 20;
/** Users or rooms in one answer to an admin: counting the messages of so many takes some 20 ms. */
export const ADMIN_PAGE_ROWS = 100;
/** An encoded `AdminCommand`; the largest has a notice. */
export const MAX_ADMIN_COMMAND_BYTES = 4096;
/** An encoded `AdminResult`: a page with the longest names has some 30 KiB. */
export const MAX_ADMIN_ANSWER_BYTES = 65536;
/** What who runs the hub says to everybody: some lines, no letter. */
export const MAX_NOTICE_CHARACTERS = 500;
/** Messages of one device a second, and at once, that an admin may allow; no device is that fast. */
export const MAX_MESSAGE_RATE = 100000.0;
/** From the request to the end: two people who talk to each other need a minute. */
export const VERIFICATION_TIMEOUT_S = 600.0;
/** People who may ask one device at the same time; the others are told to wait. */
export const MAX_VERIFICATIONS = 10;
/** A word for programs, no sentence. */
export const MAX_CANCEL_REASON_CHARACTERS = 32;
export const INVITE_SECRET_BYTES = 16;
export const INVITE_LIFETIME_S = 86400;
export const MAX_OPEN_INVITES = 1000;
/** Enrolments the hub takes in all: a hall of people joins in minutes, a flood does not fill the disk. */
export const ENROLMENTS_PER_MINUTE = 600.0;
export const ENROLMENTS_BURST = 100;
/** Wrong secrets in all per minute. 128 bits need no lock; this keeps the log readable. */
export const FAILED_INVITES_PER_MINUTE = 30.0;
/** Of a code that lets a second device in: 16 characters are typed, and scrypt makes each guess dear. */
export const PAIRING_CODE_BYTES = 10;
/** How long a code is good; the other device lies on the same table. */
export const PAIRING_LIFETIME_S = 600.0;
/** The sealed parcel: an identity, a name, a hub; some 300 bytes. */
export const MAX_PAIRING_BYTES = 1024;
/** Parcels that wait at the hub, one of each device at most: 1 MiB. */
export const MAX_OPEN_PAIRINGS = 1000;
/** Keys of the past in one answer to a new device of one's own: they fit in MAX_DEVICE_MESSAGE_BYTES. */
export const PAST_KEYS_AT_ONCE = 12;
/** Candidates a client looks at: fake announcements cost an attacker's time, not ours. */
export const MAX_DISCOVERED_HUBS = 16;
/** Characters of a search query: more is a pasted text by mistake. */
export const MAX_QUERY_CHARACTERS = 1000;
/** Words, pairs of characters and filters of one query: each is a list that is read beside the others. */
export const MAX_QUERY_WORDS = 64;
/** Hits of one page. */
export const MAX_SEARCH_HITS = 100;
/** Places of one message that are marked as found. */
export const MAX_MARKS = 100;
