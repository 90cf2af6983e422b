/** Every frame of the protocol (`docs/protocol.md` §4), and the structs that stand inside of them. */
import type { ClientFrame, HubFrame } from "./generated/frames";

export * from "./generated/admin-frames";
export * from "./generated/frame-parts";
export * from "./generated/frames";
export * from "./generated/joining-frames";
export * from "./generated/key-frames";

export type Frame = ClientFrame | HubFrame;
