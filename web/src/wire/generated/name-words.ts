// Made from src/lanmsg/wire/names.py by tools/make_typescript.py: change it there.

/** Other programs mean everyone by these words. */
export const WORDS_FOR_EVERYONE: readonly string[] = ["all", "channel", "everybody", "everyone", "here"];

/** Words that would read as somebody else than a person; their look-alikes are refused too. */
export const RESERVED: readonly string[] = ["all", "anyone", "channel", "everybody", "everyone", "here", "hub", "lanmsg", "me", "nobody", "server", "system"];
