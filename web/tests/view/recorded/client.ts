/**
 * A client without a hub, for tests of the view and for looking at screens: it keeps what is done to it in
 * memory and tells it as the real one does. It is never in the bundle.
 */

import type { Client, LifetimeVerbs } from "$client/api";
import {
  conversationKey,
  type Conversation,
  type ConversationKey,
  type DeviceInfo,
  type PersonInfo,
  type Unread,
  type VerificationInfo,
} from "$client/model";
import { FOR_EVER, type Preferences } from "$client/preferences";
import { HubAdmin } from "$client/verbs/admin";
import { RecordedHub } from "./admin";
import { GROUP, idOf, NOW_MS, ROOMS } from "./people";
import { RecordedTalk } from "./talk";

export class RecordedClient extends RecordedTalk implements Client, LifetimeVerbs {
  preferences: Preferences = {
    levels: new Map(),
    mutedUntilMs: new Map([[conversationKey(GROUP), FOR_EVER]]),
    keywords: new Set(["printer"]),
    quietHours: { start: 22 * 60, end: 7 * 60 },
    ignored: new Set(),
    sendsReadReceipts: true,
    bell: "on",
  };
  #unread = new Map<ConversationKey, Unread>([
    ["everyone/", { count: 3, mentions: 1, firstUnreadSeq: 12 }],
    [conversationKey(ROOMS[1]?.conversation as Conversation), { count: 1, mentions: 0, firstUnreadSeq: 1 }],
    [conversationKey({ kind: "direct", key: idOf(4) }), { count: 1, mentions: 0, firstUnreadSeq: 1 }],
  ]);
  readonly #drafts = new Map<ConversationKey, string>([
    [conversationKey({ kind: "direct", key: idOf(4) }), "Yes, and bring"],
  ]);
  #devices: DeviceInfo[] = [
    {
      device: idOf(21),
      shortId: "3fa9c2d1",
      name: "desk",
      addedAtMs: NOW_MS - 86_400_000 * 30,
      isThis: true,
    },
    {
      device: idOf(22),
      shortId: "b07e55aa",
      name: "phone",
      addedAtMs: NOW_MS - 86_400_000 * 2,
      isThis: false,
    },
  ];
  #verifications: VerificationInfo[] = [];
  readonly hub = new RecordedHub();
  readonly admin = new HubAdmin(this.hub.answer);

  verification(info: VerificationInfo): void {
    this.#verifications = [info];
    this.emit({ type: "verification_emoji", handle: info.handle, emoji: info.emoji, names: info.names });
  }

  /** Let so many more people come, and each write something. */
  crowd(count: number): void {
    for (let number = 0; number < count; number += 1) {
      const handle = `person-${number}${number % 50 === 0 ? "-with-a-name-that-goes-on-and-on-and-on-to-the-edge" : ""}`;
      const user = idOf(0x1000 + number);
      this.everybody = [...this.everybody, { ...(this.everybody[1] as PersonInfo), handle, user }];
      this.log.add({ kind: "direct", key: user }, { sender: handle, text: "hello" }, true);
    }
    this.emit({ type: "synced" });
  }

  // --- what is ours ---------------------------------------------------------------------------

  unread(conversation: Conversation): Unread {
    return this.#unread.get(conversationKey(conversation)) ?? { count: 0, mentions: 0, firstUnreadSeq: 0 };
  }

  allUnread(): ReadonlyMap<ConversationKey, Unread> {
    return this.#unread;
  }

  markRead(conversation: Conversation): void {
    if (!this.#unread.delete(conversationKey(conversation))) return;
    this.emit({ type: "unread_changed", conversation, unread: { count: 0, mentions: 0, firstUnreadSeq: 0 } });
  }

  draft(conversation: Conversation): string {
    return this.#drafts.get(conversationKey(conversation)) ?? "";
  }

  drafts(): ReadonlyMap<ConversationKey, string> {
    return new Map([...this.#drafts].filter(([, text]) => text !== ""));
  }

  storeNow = (): void => undefined;

  setDraft(conversation: Conversation, text: string): void {
    this.#drafts.set(conversationKey(conversation), text);
    this.emit({ type: "draft_changed", conversation, text });
  }

  attention = (): "none" => "none";
  attentionFor = (): "none" => "none";
  rings = (): boolean => false;
  setLevel: Client["setLevel"] = (conversation, level) =>
    this.#prefer({ levels: new Map(level === null ? [] : [[conversationKey(conversation), level]]) });
  mute: Client["mute"] = (conversation) =>
    this.#prefer({ mutedUntilMs: new Map([[conversationKey(conversation), FOR_EVER]]) });
  unmute: Client["unmute"] = () => this.#prefer({ mutedUntilMs: new Map() });
  addKeyword: Client["addKeyword"] = (word) =>
    this.#prefer({ keywords: new Set([...this.preferences.keywords, word]) });
  removeKeyword: Client["removeKeyword"] = (word) =>
    this.#prefer({ keywords: new Set([...this.preferences.keywords].filter((one) => one !== word)) });
  setQuietHours: Client["setQuietHours"] = (quietHours) => this.#prefer({ quietHours });
  ignore: Client["ignore"] = (handle) => this.#prefer({ ignored: new Set([handle]) });
  unignore: Client["unignore"] = () => this.#prefer({ ignored: new Set() });
  setReadReceipts: Client["setReadReceipts"] = ({ isOn }) => this.#prefer({ sendsReadReceipts: isOn });
  setBell: Client["setBell"] = (bell) => this.#prefer({ bell });

  #prefer(changed: Partial<Preferences>): Promise<void> {
    this.preferences = { ...this.preferences, ...changed };
    this.emit({ type: "preferences_changed" });
    return Promise.resolve();
  }

  away(reason = ""): boolean {
    this.changePerson("mara", { status: "away", awayReason: reason });
    return true;
  }

  doNotDisturb(): void {
    this.changePerson("mara", { status: "do_not_disturb" });
  }

  back(): void {
    this.changePerson("mara", { status: "online", awayReason: "" });
  }

  touched = (): void => undefined;
  typing = (): void => undefined;
  joinLink = (): string =>
    `lanmsg://${this.hubAddress}/#afk3w2q7n5xe4ry6tz2bmd7vhc5jsp3kola4u2ig6wqe7xn5rt3y`;
  createInvite = (): Promise<string> => Promise.resolve(`${this.joinLink()}x7q2`);

  // --- verifying and devices ------------------------------------------------------------------

  verify(handle: string): Promise<void> {
    this.#verifications = [{ handle, stage: "waiting", emoji: [], names: [] }];
    this.emit({ type: "verification_requested", handle });
    return Promise.resolve();
  }

  acceptVerification = (handle: string): Promise<void> => this.verify(handle);
  confirmEmoji = (handle: string): Promise<void> => {
    this.#verifications = [];
    this.changePerson(handle, { trust: "verified" });
    this.emit({ type: "verification_done", handle });
    return Promise.resolve();
  };
  cancelVerification = (handle: string): Promise<void> => {
    this.#verifications = [];
    this.emit({ type: "verification_cancelled", handle, reason: "called_off", byUs: true, text: "" });
    return Promise.resolve();
  };
  verifications = (): readonly VerificationInfo[] => this.#verifications;
  devices = (): readonly DeviceInfo[] => this.#devices;
  renameDevice: Client["renameDevice"] = (device, name) => {
    this.#devices = this.#devices.map((one) => (one.device === device ? { ...one, name } : one));
    return Promise.resolve();
  };
  linkDevice: Client["linkDevice"] = () =>
    Promise.resolve({ code: "OTTER-7KQ2-M4XW-9TRN", link: this.joinLink(), endsAtMs: NOW_MS + 600_000 });
  revokeDevice: Client["revokeDevice"] = (device) => {
    const [gone] = this.#devices.filter((one) => one.device === device);
    this.#devices = this.#devices.filter((one) => one.device !== device);
    if (gone !== undefined) this.emit({ type: "device_revoked", device: gone });
    return Promise.resolve();
  };

  synced = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}
