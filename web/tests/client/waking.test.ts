import { expect, test } from "vitest";
import { onWaking } from "$client/waking";

/** A document that is looked at or not. */
class Looked extends EventTarget {
  visibilityState: DocumentVisibilityState = "hidden";

  become(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

test("a network that is back and a page that is looked at again wake, until it is ended", () => {
  const [window, document] = [new EventTarget(), new Looked()];
  let woken = 0;
  const end = onWaking({ window, document }, () => (woken += 1));
  window.dispatchEvent(new Event("online"));
  expect(woken).toBe(1);
  document.become("visible");
  expect(woken).toBe(2);
  document.become("hidden");
  expect(woken).toBe(2);
  end();
  window.dispatchEvent(new Event("online"));
  document.become("visible");
  expect(woken).toBe(2);
});
