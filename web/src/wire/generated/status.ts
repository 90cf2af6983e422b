// Made from src/lanmsg/wire/status.py by tools/make_typescript.py: change it there.

/** What a connected device says of its person. Without a connection there is none. */
export const Status = {
  ONLINE: 0,
  IDLE: 1,
  AWAY: 2,
  DO_NOT_DISTURB: 3,
} as const;
export type Status = (typeof Status)[keyof typeof Status];
