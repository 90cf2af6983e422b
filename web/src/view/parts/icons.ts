/** The pictures of buttons: outlines on a field of 24 by 24, drawn for this program. */

export const ICONS = {
  add: "M12 5v14M5 12h14",
  alarm: "M12 4 2.8 20h18.4ZM12 10v4.5M12 17.2v.3",
  archive: "M4 5h16v4H4ZM6 9v10h12V9M10 13h4",
  back: "M15 5l-7 7 7 7",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15ZM10 20.5h4",
  bellOff: "M6 16v-5a6 6 0 0 1 9.5-4.9M18 11v5M4.5 18H16M10 20.5h4M4 4l16 16",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2.5 12.5 7 17 16 7.5M12 16.2l.9.8L22 7.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.5l3 1.7",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9ZM5 15V4h10",
  device: "M7 3h10v18H7ZM11 18h2",
  down: "M12 5v14M6 13l6 6 6-6",
  edit: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19ZM14 6.5l3.5 3.5",
  export: "M12 15V4M8 8l4-4 4 4M5 13v7h14v-7",
  group:
    "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11ZM3 20c0-4 2.5-6 6-6s6 2 6 6M16 5a3 3 0 0 1 0 6M17.5 14.3c2.2.7 3.5 2.6 3.5 5.7",
  info: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 11.5v5M12 7.8v.3",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  lock: "M6 11h12v9H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  megaphone: "M4 10v4h3l8 4V6l-8 4ZM18.5 9a4 4 0 0 1 0 6M8 14.5V19h2.5v-3.3",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c0-4.2 3-6.5 7.5-6.5s7.5 2.3 7.5 6.5",
  pin: "M9 4h6l-.8 6 3.3 3.5H6.5L9.8 10ZM12 13.5V21",
  reply: "M10 6l-6 5.5 6 5.5v-3.5c5 0 8 1.5 10 5-.5-6-4-9-10-9Z",
  room: "M9 4L7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.3 15.3 20.5 20.5",
  send: "M4 12 3.5 4.5 21 12 3.5 19.5ZM4 12h8",
  settings: "M4 7h9M17 7h3M15 4.8v4.4M4 12h3M11 12h9M9 9.8v4.4M4 17h10M18 17h2M16 14.8v4.4",
  shield: "M12 3.5 5 6v6c0 4.3 3 7 7 8.5 4-1.5 7-4.2 7-8.5V6ZM9 12l2.2 2.2L15.2 10",
  smile: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM8.6 14c.8 1.2 2 1.9 3.4 1.9s2.6-.7 3.4-1.9M9 9.8v.3M15 9.8v.3",
  thread: "M4 5h16v10H11l-4 4v-4H4ZM8 9h8M8 12h5",
  thumb:
    "M8 11v9H4v-9ZM8 11l3.5-7c1.5 0 2.3 1 2.1 2.4L13 10h5.5c1.3 0 2 1 1.8 2.2l-1.1 6c-.2 1-1 1.8-2.1 1.8H8",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 13h8.4L17 7M10.5 11v5M13.5 11v5",
} as const;

export type IconName = keyof typeof ICONS;
