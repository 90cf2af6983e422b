/**
 * What devices say to each other over their inboxes, each inside one Olm message.
 *
 * Every one of them repeats who it is from and for: Olm vouches for a device's agreement key only, and a message
 * must not be taken out of one pair of devices and put into another.
 */
import { equalBytes } from "./bytes";
import { decodeAs, encode } from "./codec";
import { RemoteError } from "./errors";
import { DevicePlaintext, type DeviceContent } from "./generated/client-device-messages";
import type { DatabaseId, DeviceId } from "./ids";

export * from "./generated/client-device-messages";

/** The database and the two devices that a message between devices was made for. */
export interface DevicePlace {
  readonly database: DatabaseId;
  readonly sender: DeviceId;
  readonly recipient: DeviceId;
}

export function encodeDevicePlaintext(plaintext: DevicePlaintext): Uint8Array<ArrayBuffer> {
  return encode(DevicePlaintext, plaintext);
}

/** Decodes, and checks that it was made for this place. Throws RemoteError (MALFORMED). */
export function decodeDevicePlaintext(bytes: Uint8Array, place: DevicePlace): DeviceContent {
  const plaintext = decodeAs(DevicePlaintext, bytes, "a device message");
  const fits =
    equalBytes(plaintext.database, place.database) &&
    equalBytes(plaintext.sender, place.sender) &&
    equalBytes(plaintext.recipient, place.recipient);
  if (!fits) throw new RemoteError("malformed", "a device message was made for another place");
  return plaintext.content;
}
