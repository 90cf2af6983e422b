/** Addresses of hubs as people write them: HOST:PORT, IPv4, [IPv6]:PORT, bare IPv6, names. */
import { LocalError } from "./errors";
import { parseIpv6 } from "./ipv6";
import { DEFAULT_PORT } from "./limits";
import { clip, safeLine } from "./safe-text";
import { strip } from "./spaces";

const LONGEST_HOST = 253; // RFC 1035 §2.3.4, without the final dot
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const SCOPE = /^[A-Za-z0-9_.-]{1,32}$/;
const BRACKETED = /^\[([^[\]]*)\](?::(.*))?$/s;
const SHOWN_CHARACTERS = 64;

/**
 * Where a hub listens: a name, an IPv4 or an IPv6 address, lower case, in its shortest spelling, without brackets
 * (IPv6 keeps its `%scope`), and a port from 1 to 65535.
 */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Returns `HOST:PORT`, with IPv6 in brackets: what `parseAddress` reads back. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Reads an address that a person typed or a program announced; no name is looked up. Throws LocalError. */
export function parseAddress(text: string, defaultPort: number = DEFAULT_PORT): Address {
  const plain = strip(text);
  if (!plain) {
    throw new LocalError("the address is empty: write it as HOST or HOST:PORT, as in 192.168.1.5:7777");
  }
  if (plain.includes("://")) {
    throw new LocalError(`${shown(plain)} is a link, not an address: write only its HOST:PORT`);
  }
  const { host, port } = splitPort(plain);
  return { host: parseHost(host, plain), port: port === null ? defaultPort : parsePort(port, plain) };
}

interface Parts {
  readonly host: string;
  readonly port: string | null;
}

function splitPort(text: string): Parts {
  const bracketed = BRACKETED.exec(text);
  if (bracketed) {
    const host = bracketed[1] ?? "";
    if (host.includes(":")) return { host, port: bracketed[2] ?? null };
    throw new LocalError(`${shown(text)} is no address: only IPv6 addresses stand in brackets`);
  }
  const colon = text.indexOf(":");
  // with several colons it is a bare IPv6 address: no telling where a port would begin
  if (colon < 0 || colon !== text.lastIndexOf(":")) return { host: text, port: null };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function parsePort(text: string, address: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new LocalError(`${shown(address)} has no valid port: after the : comes a number from 1 to 65535`);
}

function parseHost(text: string, address: string): string {
  if (text.includes(":")) return parseIpv6Host(text, address);
  const host = text.toLowerCase().replace(/\.$/, "");
  if (!host) {
    throw new LocalError(`${shown(address)} names no machine: write HOST:PORT, as in 192.168.1.5:7777`);
  }
  if (/^[0-9.]+$/.test(host)) return parseIpv4(host, address);
  if (/[^\0-\x7f]/.test(host)) {
    throw new LocalError(`${shown(address)} has a letter that addresses can't have: use the number instead`);
  }
  if (host.length > LONGEST_HOST || !host.split(".").every((label) => LABEL.test(label))) {
    throw new LocalError(`${shown(address)} is no address: a name has letters, digits, - and dots only`);
  }
  return host;
}

function parseIpv4(host: string, address: string): string {
  const parts = host.split(".");
  const isValid =
    parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  if (isValid) return host;
  throw new LocalError(
    `${shown(address)} is no IPv4 address: it has four numbers from 0 to 255, as in 192.168.1.5`,
  );
}

function parseIpv6Host(host: string, address: string): string {
  const percent = host.indexOf("%");
  const bare = percent < 0 ? host : host.slice(0, percent);
  const scope = percent < 0 ? "" : host.slice(percent);
  if (scope && !SCOPE.test(scope.slice(1))) {
    throw new LocalError(`${shown(address)}: after the % comes the network interface, as in fe80::1%eth0`);
  }
  const parsed = parseIpv6(bare);
  if (parsed !== null) return parsed + scope;
  throw new LocalError(
    `${shown(address)} is no IPv6 address; with a port it needs brackets, as in [fd00::5]:7777`,
  );
}

function shown(text: string): string {
  return clip(safeLine(text.slice(0, 2 * SHOWN_CHARACTERS)), SHOWN_CHARACTERS);
}
