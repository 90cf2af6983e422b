/** A room as the directory tells of it: every version of its record, with the seqs they stand at. */
import type { RoomStatement } from "./statements";

/** One version of a room's record; it counts from entry `seq` of the directory on. */
export interface RoomVersion {
  readonly seq: number;
  readonly statement: RoomStatement;
}

/** A room with all versions of its record, oldest first; there is always one. Only the directory makes them. */
export class Room {
  readonly #first: RoomVersion;
  readonly #versions: RoomVersion[];

  constructor(first: RoomVersion) {
    this.#first = first;
    this.#versions = [first];
  }

  /** The room's id. */
  get room(): Uint8Array {
    return this.#first.statement.room;
  }

  get versions(): readonly RoomVersion[] {
    return this.#versions;
  }

  /** The record as it is now. */
  get statement(): RoomStatement {
    return this.#newest.statement;
  }

  /** The entry of the directory with the newest version. */
  get seq(): number {
    return this.#newest.seq;
  }

  /** The name it has now. */
  get name(): string {
    return this.statement.name;
  }

  /** Every name it ever had; nobody else gets one of them. */
  get names(): ReadonlySet<string> {
    return new Set(this.#versions.map(({ statement }) => statement.name));
  }

  /** The one owner of the first version: the first member of the room. */
  get creator(): Uint8Array {
    return this.#first.statement.owners[0] ?? new Uint8Array(0);
  }

  /** Returns the record as it was at a seq of the directory; null before its first version. */
  at(directorySeq: number): RoomStatement | null {
    return this.#versions.findLast(({ seq }) => seq <= directorySeq)?.statement ?? null;
  }

  /** Adds the next version, which the directory has checked. */
  add(version: RoomVersion): void {
    this.#versions.push(version);
  }

  get #newest(): RoomVersion {
    return this.#versions.at(-1) ?? this.#first;
  }
}
