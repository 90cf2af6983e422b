import { expect, test } from "vitest";
import { type Amendment, fold, type Original } from "$client/amendments";
import type { Amending } from "$wire/content";
import { vectors } from "../wire/vectors";

interface Done {
  readonly user: string;
  readonly seq: number;
  readonly at_ms: number;
  readonly does: "edit" | "delete" | "reaction" | "pin";
  readonly text?: string;
  readonly emoji?: string;
  readonly is_removed?: boolean;
}

interface Case {
  readonly original: {
    readonly user: string | null;
    readonly seq: number;
    readonly text: string | null;
    readonly is_first: boolean;
    readonly is_first_of_author: boolean;
  };
  readonly leaders: readonly string[];
  readonly amendments: readonly Done[];
  readonly shown: {
    readonly text: string | null;
    readonly edited_at_ms: number;
    readonly is_deleted: boolean;
    readonly deleted_by: string | null;
    readonly reactions: readonly { readonly emoji: string; readonly users: readonly string[] }[];
    readonly is_pinned: boolean;
  };
}

const { cases } = vectors<{ readonly cases: readonly Case[] }>("amendments");
const target = new Uint8Array(16);

function contentOf({ does, text = "", emoji = "", is_removed: isRemoved = false }: Done): Amending {
  switch (does) {
    case "edit":
      return { type: "edit", target, text };
    case "delete":
      return { type: "delete", target };
    case "reaction":
      return { type: "reaction", target, emoji, isRemoved };
    case "pin":
      return { type: "pin", target, isRemoved };
  }
}

test.each(cases.map((each, place) => [place, each] as const))(
  "history %i looks as it does to Python",
  (_, { original, leaders, amendments, shown }) => {
    const { is_first: isFirst, is_first_of_author: isFirstOfAuthor, user, seq, text } = original;
    const written: Original = { user, seq, text, isFirst, isFirstOfAuthor };
    const done = amendments.map((each): Amendment => ({
      user: each.user,
      seq: each.seq,
      atMs: each.at_ms,
      content: contentOf(each),
    }));
    const leads = (who: string): boolean => leaders.includes(who);
    expect(fold(written, done, { mayDelete: leads, mayPin: leads })).toEqual({
      text: shown.text,
      editedAtMs: shown.edited_at_ms,
      isDeleted: shown.is_deleted,
      deletedBy: shown.deleted_by,
      reactions: shown.reactions,
      isPinned: shown.is_pinned,
    });
  },
);
