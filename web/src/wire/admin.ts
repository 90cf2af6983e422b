/** What an admin of the hub asks and is told (`docs/protocol.md` §11.9): commands and their answers. */
export * from "./generated/admin";
