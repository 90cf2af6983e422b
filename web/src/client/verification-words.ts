/** What is said when a verification has ended without a result. */

import type { CancelReason } from "$client/model";

const BETWEEN =
  "Try again; if they differ again, somebody sits between you. Do not write anything secret to {name} here, and " +
  "tell the person who runs the hub.";

const BY_US: Partial<Record<CancelReason, string>> = {
  called_off: "You have called off the verification with {name}.",
  different: `Not verified: you saw other emoji than {name}. ${BETWEEN}`,
  timeout:
    "The verification with {name} took more than ten minutes and was ended. When you can talk to each other: " +
    "/verify {name}",
  false_step:
    "The verification with {name} was stopped: what came from the other side was altered on the way, or {name} is " +
    "not who the hub says. Try again; if it happens again, do not write anything secret to {name} here.",
};
const BY_THEM: Readonly<Record<CancelReason, string>> = {
  called_off: "{name} has called off the verification.",
  different: `Not verified: {name} saw other emoji than you. ${BETWEEN}`,
  timeout: "The verification with {name} took more than ten minutes and was ended.",
  answered_elsewhere: "You have answered {name} on another device of yours.",
  busy: "{name} is verifying with another device, or with too many people at once.",
  started_anew: "{name} has started the verification anew.",
  unknown: "{name} has started lanmsg again meanwhile. Start anew: /verify {name}",
  false_step:
    "The verification was stopped: to {name}, what came from here seemed altered on the way. Try again; if it " +
    "happens again, do not write anything secret to {name} here.",
};

/** Say why it has ended, and what to do. `name` is a handle as it came, not filtered for a screen. */
export function cancelWords(reason: CancelReason, name: string, isByUs: boolean): string {
  const words = (isByUs ? BY_US[reason] : undefined) ?? BY_THEM[reason];
  return words.replaceAll("{name}", () => name);
}
