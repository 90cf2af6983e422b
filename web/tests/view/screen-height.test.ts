import { expect, test } from "vitest";
import { followScreenHeight, type Seen } from "$view/state/screen-height";

class Phone extends EventTarget implements Seen {
  height = 800;
  scale = 1;

  change(height: number, scale = 1): void {
    [this.height, this.scale] = [height, scale];
    this.dispatchEvent(new Event("resize"));
  }
}

test("a page is as high as what the keyboard leaves of it, and whole again without it", () => {
  const phone = new Phone();
  const shown: (number | null)[] = [];
  const end = followScreenHeight(
    phone,
    () => 800,
    (height) => shown.push(height),
  );
  phone.change(450);
  phone.change(800);
  end();
  phone.change(450);
  expect(shown).toEqual([null, 450, null]);
});

test("who zooms in has no keyboard over the page", () => {
  const phone = new Phone();
  const shown: (number | null)[] = [];
  followScreenHeight(
    phone,
    () => 800,
    (height) => shown.push(height),
  );
  phone.change(400, 2);
  expect(shown).toEqual([null, null]);
});
