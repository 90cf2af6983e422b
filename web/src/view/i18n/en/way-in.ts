/** The way in, and what goes wrong there. */
export const wayIn = {
  "app.name": "lanmsg",

  "door.opening": "Opening…",
  "door.what": "Messages for the people on this network. Nothing leaves it.",
  "door.checkWords": "Check words of this hub",
  "door.compare": "Are these the four words on the hub’s own screen?",
  "door.compareWhy":
    "Whoever runs the hub can read them to you. Other words mean that somebody sits in between: do not join then.",
  "door.checkedByLink": "This is the hub that your link names.",
  "door.name": "Your name here",
  "door.nameHint": "Others see it, and write to you with @ and this name. It stays yours.",
  "door.join": "Join",
  "door.joining": "Joining…",
  "door.link": "Link this device",
  "door.encryption":
    "What you write is encrypted in this browser, for the people you write to. The hub keeps it and cannot read it. The program comes from the hub, though: the four words tell whether it is the right one.",
  "door.haveDevice": "I am here already, on another device",
  "door.iAmNew": "I am new here",
  "door.haveInvite": "I have an invite",
  "door.terminal": "Join from a terminal",
  "door.invite": "Invite",
  "door.inviteHint": "The whole link that somebody here made for you.",
  "door.inviteNeeded": "This hub lets in invited people only. Ask somebody who is here for an invite.",
  "door.inviteUnknown": "This invite was used already, or is too old. Ask for a new one.",
  "door.pairingCode": "Code of your other device",
  "door.pairingHint": "On the other device: Settings, Devices, Link a device; in a terminal: /link.",
  "door.pairingLink": "Your other device lets this one in: it gets your name, and what was said before.",
  "door.pairingUnknown": "This code was used already, or is too old. Make a new one on your other device.",
  "door.nameTaken": "{name} is somebody else here. Choose another name.",
  "door.nameLooksLike": "{name} looks too much like a name that is taken. Choose one that nobody mistakes.",
  "door.nameIllegal": "{name} can’t be a name. Use letters, digits, and - . _ between them, of one script.",

  "elsewhere.title": "Open in another tab",
  "elsewhere.text":
    "This program is open in another tab or window of this browser. Only one at a time can keep your messages in order.",
  "elsewhere.use": "Use it here",

  "lost.title": "This browser has lost your messages",
  "lost.text":
    "You were here before, but what was stored in this browser is gone: it was cleared, or the browser made room.",
  "lost.what":
    "Nothing that others have is lost. If you have another device here, link this one to it and get your messages back. Otherwise join under another name; your old one can’t be taken by anybody.",
  "lost.goOn": "Go on",

  "problem.title": "Something went wrong",
  "problem.noHub": "The hub does not answer",
  "problem.noHubText":
    "Is this device on the same network as the hub, and is the hub running? Nothing is lost: what you wrote is kept.",
  "problem.otherHub": "This is not the hub you know",
  "problem.otherHubText":
    "Nothing was sent. Somebody may be posing as your hub, or it was set up anew: ask the person who runs it to read you its check words.",
  "problem.store": "This browser can’t store your messages",
  "problem.again": "Try again",

  "offline.title": "Not connected.",
  "offline.nothing": "The hub does not answer. You can read and write; it is sent when the hub is back.",
  "offline.waiting": {
    one: "{count} message waits; it is sent when the hub is back.",
    other: "{count} messages wait; they are sent when the hub is back.",
  },
  "past.coming": "What was said before comes over from your other device: {done} of {total}.",
  "hubNotice.title": "From who runs this hub:",
  "page.partMissing":
    "This part of the page could not be loaded: the hub does not answer, or has a newer version. Reload the page.",
  "alarm.read": "I have read this",

  "invite.title": "Invite somebody",
  "invite.how": "Scan it with a phone, or open the address in a browser on this network.",
  "invite.personalHow": "This link lets in one person, within 24 hours.",
  "invite.qr": "QR code of the address of this hub",
  "invite.browser": "Address for a browser",
  "invite.terminal": "For a terminal",
  "invite.words": "A browser will warn once. Tell them to check these four words:",
  "invite.personal": "Make an invite for one person",
  "invite.personalWhy": "Needed where a hub lets in invited people only.",
  "invite.ownMachine":
    "This page was opened by an address that only this machine knows. Open it by the hub’s address on the network to make links for others.",

  "device.about": "Your devices have the same name and read the same messages.",
  "device.link": "Link a device",
  "device.linkHow":
    "On the other device, scan this or open the address. Or open the hub’s page there, say that you are here already, and type the code.",
  "device.qr": "QR code that links a device",
  "device.linkLabel": "Address that links a device",
  "device.linkEnds": "Good once, until {time}.",
  "device.linkWarning": "Who has this code becomes you. Show it to nobody else.",
  "device.making": "Making a code…",
  "device.name": "Name of the device {device}",
  "device.since": "since {when}",
  "device.this": "this device",
  "device.revoke": "Cut off",
  "device.revokeQuestion": "It gets nothing more, for good. What it has already stays on it.",

  "security.whatTitle": "Who can read what",
  "security.encrypted":
    "Messages, reactions, topics and drafts are encrypted on the device that writes them, and only the devices of their readers can read them.",
  "security.hubSees":
    "The hub sees who writes in which conversation, when, and how much; it sees names of people and rooms.",
  "security.page":
    "This page comes from the hub. A dishonest hub could serve a false one. A native client does not have that weakness, and can check this page: lanmsg doctor.",
  "security.store":
    "What is stored in this browser is encrypted, but the key lies beside it: who can use this browser profile can read it.",
  "security.people": "People",
  "security.verified": "{count} of {total} people are verified.",
  "security.receipts": "Read receipts",
  "security.receiptsAbout": "Others see what you have read, in chats of few people.",
  "security.program": "Program of this page",
  "security.programAbout":
    "The hub says that it serves this program. `lanmsg doctor` on a machine with the same version compares it, and every file of it. A false page could show a false number here: only that comparison counts.",
  "security.leave": "Leave this browser",
  "security.leaveAbout":
    "Deletes the keys first, then all messages of this hub that are stored in this browser. Others keep what you wrote to them. Without another device of yours, nobody can come back under your name, not even you. If you have one, cut this device off there.",
  "security.leaveWaiting": {
    one: "{count} message still waits for the hub, and would be lost.",
    other: "{count} messages still wait for the hub, and would be lost.",
  },
  "security.leaveNow": "Delete everything here",
  "security.leaveQuestion": "This can’t be undone.",
  "problem.beginAnew": "I have asked: it is another hub now",
  "problem.beginAnewQuestion":
    "This browser forgets the key of the old hub and joins the new one as somebody new. What you had with the old one stays in this browser, and is there again if the old one comes back.",
};
