/** Addresses of scripts that run beside the page, as its policy wants them (`trusted-types lanmsg-worker`). */

import aheadUrl from "$client/crypto/ahead-worker?worker&url";

/** All there are: what reads ahead, and what lets the page start without the hub. */
const URLS = { ahead: aheadUrl, offline: "/offline.js" } as const;
export type WorkerName = keyof typeof URLS;

interface UrlPolicy {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: UrlPolicy): UrlPolicy;
}

let policy: UrlPolicy | null = null;

/** Return the address of one of them; where browsers know trusted types, as one. */
export function workerUrl(name: WorkerName): string {
  const types = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return URLS[name];
  policy ??= types.createPolicy("lanmsg-worker", { createScriptURL: checked });
  return policy.createScriptURL(URLS[name]);
}

function checked(url: string): string {
  if (!Object.values(URLS).includes(url)) throw new TypeError("no script but ours may be run");
  return url;
}
