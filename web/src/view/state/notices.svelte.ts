/** What is told at the edge of the screen: notices go by themselves, alarms stay until they are read. */

/** One of them. `open` leads to what it is about. */
export interface Notice {
  readonly id: number;
  readonly kind: "info" | "error" | "alarm";
  readonly text: string;
  readonly open: (() => void) | null;
}

/** How long a notice stays. */
export const NOTICE_MS = 7000;
/** More than this would cover the screen: older notices go; alarms never do. */
const MAX_NOTICES = 4;
const MAX_ALARMS = 50;

export class Notices {
  all = $state.raw<readonly Notice[]>([]);
  readonly alarms = $derived(this.all.filter((notice) => notice.kind === "alarm"));
  readonly passing = $derived(this.all.filter((notice) => notice.kind !== "alarm"));
  #id = 0;
  readonly #later: (run: () => void, ms: number) => unknown;

  /** `later` calls back after some time: `setTimeout`. */
  constructor(later: (run: () => void, ms: number) => unknown) {
    this.#later = later;
  }

  /** Say something that went well, or is good to know. */
  info(text: string, open: (() => void) | null = null): void {
    this.#add("info", text, open);
  }

  /** Say why something was not done. */
  error(error: unknown): void {
    this.#add("error", messageOf(error), null);
  }

  /** Say what somebody must know; it stays. The same one is said once. */
  alarm(text: string, open: (() => void) | null = null): void {
    if (!this.alarms.some((notice) => notice.text === text)) this.#add("alarm", text, open);
  }

  /** Take one away. */
  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  #add(kind: Notice["kind"], text: string, open: (() => void) | null): void {
    this.#id += 1;
    const notice = { id: this.#id, kind, text, open };
    if (kind === "alarm") this.all = [...this.passing, ...[...this.alarms, notice].slice(-MAX_ALARMS)];
    else {
      this.all = [...this.alarms, ...[...this.passing, notice].slice(-MAX_NOTICES)];
      this.#later(() => {
        this.dismiss(notice.id);
      }, NOTICE_MS);
    }
  }
}

/** Return what an error says to a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
