/** What the browser does for a page whose certificate it trusts: a start without the hub, notices of the system. */

import { workerUrl } from "$client/worker-url";

/** What a browser needs of a notice. */
export interface SystemNotice {
  readonly title: string;
  readonly body: string;
  /** Of the message it tells about: one message has one notice. */
  readonly id: string;
}

let registration: ServiceWorkerRegistration | null = null;

/**
 * Let the browser keep the page. Nothing happens where it has no service workers, or does not trust the certificate.
 * `clicked` is told the id of a notice that was clicked.
 */
export async function keepPage(clicked: (id: string) => void): Promise<void> {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  if (serviceWorker === undefined) return;
  serviceWorker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string") clicked(data);
  });
  registration = await serviceWorker.register(workerUrl("offline"), { scope: "/" }).catch(() => null);
}

/** Show a notice of the system. Phones have them only where the page is kept. */
export function showSystemNotice({ title, body, id }: SystemNotice, clicked: () => void): void {
  if (registration?.active) {
    registration.showNotification(title, { body, tag: id, data: id }).catch(() => undefined);
    return;
  }
  try {
    const notice = new Notification(title, { body, tag: id });
    notice.onclick = () => {
      window.focus();
      notice.close();
      clicked();
    };
  } catch {
    // a phone, and a page that is not kept: the title counts what is new
  }
}
