/**
 * The service worker: lets the page start without its hub, and leads from a notice of the system back to it.
 *
 * Browsers run it only where they trust the hub's certificate (docs/web-client.md). It imports nothing of the page, so
 * that it is one file whose name stays the same.
 */

import { isOfPage, KeptPage } from "./kept-page";

/** An event that is over when what it waits for is. */
interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface AskEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface NoticeEvent extends WorkerEvent {
  readonly notification: Notification;
}

interface Tab {
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

/** What there is in a service worker and not in a page. */
interface Worker {
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Tab[]>;
    openWindow(path: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: AskEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: NoticeEvent) => void): void;
}

const worker = self as unknown as Worker;
const page = new KeptPage({
  caches,
  fetch: (path, options) => fetch(path, options),
  sha256: (content) => crypto.subtle.digest("SHA-256", content),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

worker.addEventListener("install", (event) => {
  event.waitUntil(page.refresh().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || !isOfPage(pathname)) return;
  const answer = page.answer(pathname);
  event.respondWith(answer);
  // What is kept follows what is served; without the hub it stays.
  if (pathname === "/") event.waitUntil(answer.then(() => page.refresh()).catch(() => undefined));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data));
});

async function show(what: unknown): Promise<void> {
  const [tab] = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (tab === undefined) {
    await worker.clients.openWindow("/");
    return;
  }
  await tab.focus();
  tab.postMessage(what);
}
