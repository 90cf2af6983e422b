/** A text with the places that a search has found, for one or few lines. Pure. */

import type { TextMark } from "$client/model";
import { safeText } from "$wire/safe-text";

/** A part of the text; `isMarked`: it was asked for. */
export interface MarkedPiece {
  readonly text: string;
  readonly isMarked: boolean;
}

/** Code points shown before the first place, and in all. */
const BEFORE = 60;
const SHOWN = 280;

/** Return the text around its first marked place, filtered, cut at its marks (which are in code points). */
export function markedPieces(text: string, marks: readonly TextMark[]): readonly MarkedPiece[] {
  const points = Array.from(text);
  const start = Math.max(0, (marks[0]?.start ?? 0) - BEFORE);
  const end = Math.min(points.length, start + SHOWN);
  const pieces: MarkedPiece[] = [];
  const add = (from: number, to: number, isMarked: boolean): void => {
    if (from < to) pieces.push({ text: safeText(points.slice(from, to).join("")), isMarked });
  };
  let at = start;
  for (const mark of marks.filter((one) => one.start >= start && one.start < end)) {
    add(at, mark.start, false);
    add(mark.start, Math.min(mark.end, end), true);
    at = Math.min(mark.end, end);
  }
  add(at, end, false);
  return [...(start > 0 ? [ELLIPSIS] : []), ...pieces, ...(end < points.length ? [ELLIPSIS] : [])];
}

const ELLIPSIS: MarkedPiece = { text: "…", isMarked: false };
