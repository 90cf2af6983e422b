/** How a present device of a user lets another one in (`docs/protocol.md` §11.1). */
export * from "./generated/client-vouchers";
export * from "./generated/vouchers";
