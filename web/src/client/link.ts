/**
 * The link: frames between two ends, whatever carries them. Mirrors `net/link.py`.
 *
 * `WebSocketLink` is what a browser has. It never calls its handler from inside `send` or its making.
 */

import { FrameSplitter } from "$wire/codec";
import { LinkLost, RemoteError } from "$wire/errors";
import { MAX_UNAUTHENTICATED_FRAME_BYTES } from "$wire/limits";

/** How long `close` waits for the other side: a stuck one must not hold up a leave. */
const CLOSE_TIMEOUT_S = 3;
/** How long a connection may take to open. */
const DIAL_TIMEOUT_S = 5;

/** The owner of one end of a link. */
export interface LinkHandler {
  /** The link is up and may be sent on. Called once, before anything else. */
  linkOpened(link: Link): void;
  /** Take the payloads that arrived together, in order; never empty. */
  framesReceived(payloads: readonly Uint8Array[]): void;
  /** The other end sent what is no frame. The handler must close. */
  linkBroken(error: RemoteError): void;
  /** The link is gone. Called exactly once, last, whoever closed it. */
  linkLost(reason: string): void;
}

/**
 * One end of a connection that carries frames in order or not at all: payloads arrive whole, in order and
 * unchanged until `linkLost`, and nothing after it; `send` never waits and never throws because of the network.
 */
export interface Link {
  /** Send one or many encoded frames (`encodeFrame`); after a close, do nothing. */
  send(data: Uint8Array): void;
  /** Change what a frame from the other end may hold: little before login, more after. */
  setMaxFrameBytes(limit: number): void;
  /** Send what is unsent, then close; nothing arrives any more. */
  close(): void;
  /** Close at once; unsent bytes are lost. */
  abort(): void;
}

/** What a link needs of a WebSocket: the browser's own, or another one with the same face. */
export interface SocketLike {
  binaryType: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

/** A link over a WebSocket. */
export class WebSocketLink implements Link {
  readonly #socket: SocketLike;
  readonly #handler: LinkHandler;
  readonly #splitter = new FrameSplitter(MAX_UNAUTHENTICATED_FRAME_BYTES);
  #isOpen = false;
  #isLost = false;

  /** Begins to connect: `handler` hears `linkOpened` or `linkLost`. */
  constructor(socket: SocketLike, handler: LinkHandler) {
    this.#socket = socket;
    this.#handler = handler;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#opened();
    };
    socket.onmessage = (event: { readonly data: unknown }) => {
      this.#received(event.data);
    };
    // what follows an error is no use: the browser tells a page nothing of its cause
    socket.onerror = () => {
      this.#lose("the hub can't be reached");
    };
    socket.onclose = (event: { readonly reason?: string }) => {
      this.#lose(
        event.reason === undefined || event.reason === "" ? "the connection was lost" : event.reason,
      );
    };
  }

  #opened(): void {
    if (this.#isLost) return;
    this.#isOpen = true;
    this.#handler.linkOpened(this);
  }

  #received(data: unknown): void {
    if (this.#isLost) return;
    if (!(data instanceof ArrayBuffer)) {
      this.#handler.linkBroken(new RemoteError("protocol", "a WebSocket message with text"));
      return;
    }
    let payloads: readonly Uint8Array[];
    try {
      payloads = this.#splitter.feed(new Uint8Array(data));
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.#handler.linkBroken(error);
      return;
    }
    if (payloads.length) this.#handler.framesReceived(payloads);
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#handler.linkLost(reason);
  }

  send(data: Uint8Array): void {
    if (this.#isOpen && !this.#isLost) this.#socket.send(data as Uint8Array<ArrayBuffer>);
  }

  setMaxFrameBytes(limit: number): void {
    this.#splitter.maxFrameBytes = limit;
  }

  close(): void {
    this.#socket.close();
    setTimeout(() => {
      this.#lose("closed by this side");
    }, CLOSE_TIMEOUT_S * 1000);
  }

  abort(): void {
    this.#socket.close();
    queueMicrotask(() => {
      this.#lose("closed by this side");
    });
  }
}

/** Wait until a socket that connects is a link. Rejects with LinkLost. */
export function openLink(socket: SocketLike, handler: LinkHandler): Promise<Link> {
  return new Promise((resolve, reject) => {
    const dialling = new Dialling(handler, resolve, reject);
    const link = new WebSocketLink(socket, dialling);
    setTimeout(() => {
      if (!dialling.isOpen) link.abort();
    }, DIAL_TIMEOUT_S * 1000);
  });
}

/** Tells who dials how it went, and the handler everything after. */
class Dialling implements LinkHandler {
  readonly #handler: LinkHandler;
  readonly #opened: (link: Link) => void;
  readonly #failed: (error: Error) => void;
  isOpen = false;

  constructor(handler: LinkHandler, opened: (link: Link) => void, failed: (error: Error) => void) {
    this.#handler = handler;
    this.#opened = opened;
    this.#failed = failed;
  }

  linkOpened(link: Link): void {
    this.isOpen = true;
    this.#handler.linkOpened(link);
    this.#opened(link);
  }

  framesReceived(payloads: readonly Uint8Array[]): void {
    this.#handler.framesReceived(payloads);
  }

  linkBroken(error: RemoteError): void {
    this.#handler.linkBroken(error);
  }

  linkLost(reason: string): void {
    if (this.isOpen) this.#handler.linkLost(reason);
    else this.#failed(new LinkLost(reason));
  }
}
