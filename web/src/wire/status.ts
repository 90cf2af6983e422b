/** Statuses: what people let others know of whether they are there. */
import { Status } from "./generated/status";

export { Status } from "./generated/status";

/** Which device's status a person is shown with. A wish comes before a measure, then the most present. */
const FIRST: readonly Status[] = [Status.DO_NOT_DISTURB, Status.ONLINE, Status.IDLE, Status.AWAY];

/** Returns a status by its number on the wire; one that is not known (yet) counts as online. */
export function statusOf(number: number): Status {
  return FIRST.find((status) => status === number) ?? Status.ONLINE;
}

/** Returns a status's place among those of one person's devices; the lowest is shown. */
export function rankOf(status: Status): number {
  return FIRST.indexOf(status);
}
