/**
 * How much of the page the keyboard of a phone leaves. Some browsers make the page smaller by themselves
 * (`interactive-widget`); others, Safari among them, lay the keyboard over it, and the line one types in with it.
 */

/** The part of a window that is seen. */
export interface Seen extends EventTarget {
  readonly height: number;
  readonly scale: number;
}

/** Tell `show` how high the page may be, null: as high as it is; now and at each change. Returns what ends it. */
export function followScreenHeight(
  seen: Seen,
  fullHeight: () => number,
  show: (height: number | null) => void,
): () => void {
  const look = (): void => {
    // Who zooms in sees less of the page, but no keyboard lies over it.
    const isCovered = seen.scale === 1 && seen.height < fullHeight() - 1;
    show(isCovered ? seen.height : null);
  };
  seen.addEventListener("resize", look);
  look();
  return () => {
    seen.removeEventListener("resize", look);
  };
}

/** Follow it in this browser: `--screen-height` is what is seen. */
export function fitScreen(): () => void {
  const seen = window.visualViewport;
  if (seen === null) return () => undefined;
  const { style } = document.documentElement;
  const end = followScreenHeight(
    seen,
    () => window.innerHeight,
    (height) => {
      if (height === null) style.removeProperty("--screen-height");
      else style.setProperty("--screen-height", `${height}px`);
      window.scrollTo(0, 0); // the browser has pushed the page up to show the line one types in
    },
  );
  return end;
}
