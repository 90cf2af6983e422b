// Made from src/lanmsg/wire/short_emoji.py by tools/make_typescript.py: change it there.

/** What short words stand for, by the word in lower case. */
export const SHORT_EMOJI: ReadonlyMap<string, string> = new Map([
  ["+1", "\ud83d\udc4d"],
  ["-1", "\ud83d\udc4e"],
  ["<3", "\u2764\ufe0f"],
  [":)", "\ud83d\ude42"],
  [":d", "\ud83d\ude04"],
  [":(", "\ud83d\ude41"],
  ["heart", "\u2764\ufe0f"],
  ["laugh", "\ud83d\ude04"],
  ["ok", "\ud83d\udc4c"],
  ["party", "\ud83c\udf89"],
  ["eyes", "\ud83d\udc40"],
  ["done", "\u2705"],
  ["thanks", "\ud83d\ude4f"],
]);
