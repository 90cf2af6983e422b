/** Every limit of the protocol, with its unit in the name and its reason beside it. */
export * from "./generated/limits";
