// Every word that the page itself says; cards and forms bring their own.

const en = {
  skip: "Skip to the conversation",
  subtitle: "a workplace to practise in",
  side: "You and the channels",
  clock: "Time in this workplace",
  week: "week {week}",
  moveHour: "+1 hour", moveHours: "+4 hours", moveDay: "+1 day", moveWeek: "+1 week",
  moveHourShort: "+1 h", moveHoursShort: "+4 h", moveDayShort: "+1 d", moveWeekShort: "+1 w",
  moveTo: "Moving time forward to {when} …",
  moved: "It is now {when}.",
  tourOpen: "Take the tour",
  preparing: "Preparing eight weeks of practice history…",
  preparingText: "Invented colleagues say me too, tell what happened and stand with each other, through the real program. This takes a few seconds.",
  preparingWeek: "Week {week} of {weeks}",
  ready: "The workplace is ready.",

  you: "You are",
  switchHint: "Type to search for a name or a job",
  isHandler: "You read {channels} for the company.",
  isAdmin: "You are an admin: /metoo offers you Set up.",
  isGuest: "A guest: not counted, and not asked to press.",
  publicChannels: "Channels",
  privateChannels: "Private",
  unread: "{count} new",
  nobodyFound: "Nobody is called that.",
  becameYou: "You are now {name}, {job}.",
  app: "app",
  readers: "{count} people",
  privateTo: "Private to {count} people",
  openTo: "Open to everybody here",
  empty: "Nothing has been posted here yet.",
  composeLabel: "Command",
  composePlaceholder: "Type /metoo",
  composeHint: "Opens for you alone; your colleagues do not see that you typed it.",
  onlyMetoo: "In this workplace only /metoo does something.",
  openMetoo: "/metoo",
  report: "Report privately",
  reportOf: "Report privately what {name} wrote",
  postsOf: "Posts in #{channel}",

  onlyYou: "Only you can see this",
  as: "as {name}",
  close: "Close",
  closeDirty: "Closing loses what you typed. Press Close or Escape again to close, or go on writing.",
  choose: "Choose",
  pick: "Choose …",
  optional: "optional",
  required: "This one is needed.",
  tooLong: "That is {over} characters too long.",
  count: "{now} of {limit}",
  addPerson: "Type to search for a name",
  removePerson: "Remove {name}",
  people: "nobody",
  failed: "The sandbox did not answer, so nothing is certain to have been sent. Is it still running? You can try again.",
  postChanged: "That post has just changed. Look again and press once more.",

  stored: "What is stored",
  storedLead: "These are the rows of the database as they are at this moment, for the whole workplace. Sealed values are shown as they lie on the disk.",
  storedSearch: "Search these rows for your name or your words",
  search: "Search",
  searchOr: "Try",
  yourId: "your id",
  yourWords: "your words",
  aChannel: "hr-desk (kept on purpose)",
  tooShort: "At least five characters: fewer stand somewhere in any ciphertext by chance.",
  notFound: "Not found.",
  found: "Found in {places}.",
  foundHow: "{where} ({how})",
  looked: "Looked through {rows} rows of {tables} tables and {size} bytes of {files} files: as text, in hex, in base64 and as a plain hash.",
  rows: "{count} rows", row: "1 row", noRows: "empty",
  newRows: "{count} new", changedRows: "{count} changed",
  new: "new", changed: "changed",
  nothing: "empty",
  showAll: "Show {count} more rows",
  tabTalk: "Conversation", tabSide: "You, channels", tabStored: "What is stored",
  tabs: "Parts of this page",

  tour: "A short tour",
  step: "Step {now} of {all}",
  next: "Next", back: "Back", end: "Close", endTour: "Close the tour", done: "Done",
  tour1: "Say me too", tour1text: "Press /metoo and choose “Say me too”. It asks for no word of detail. One person is one voice, and a voice can be taken back.", tour1do: "Open /metoo",
  tour2: "Tell what happened", tour2text: "Open /metoo again and tell something invented. One sentence is enough. Before you send it you see seven words: keep them, nothing else leads back to your report.", tour2do: "Open /metoo",
  tour3: "Let time pass", tour3text: "A report waits for a random while, up to four hours, so that its arrival does not point at whoever was just seen typing. Move the clock.", tour3do: "Move 4 hours",
  tour4: "Read it as the desk", tour4text: "Become one of the people who read #hr-desk. A card has arrived there, without its text. Open it: it is shown to you alone.", tour4do: "Become {name}",
  tour5: "See what everybody sees", tour5text: "Move a week. On Monday the digest is posted in #general: how large the thing is and whether the desk keeps its promises, with no number small enough to point at anyone.", tour5do: "Move a week",
  tour6: "Look at what is stored", tour6text: "These are the real rows of the real database. Find your report: it is ciphertext. Search for your id, your name or your words.", tour6do: "Show what is stored",
};

const catalogues = { en };
const words = catalogues[(navigator.language || "en").slice(0, 2)] || en;

export function t(key, values = {}) {
  const text = words[key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

export const locale = "en-GB";

const inUtc = { timeZone: "UTC" };
const long = new Intl.DateTimeFormat(locale, { ...inUtc, weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const short = new Intl.DateTimeFormat(locale, { ...inUtc, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const number = new Intl.NumberFormat(locale);

export const longMoment = (iso) => long.format(new Date(iso)).replace(" at ", ", ");
export const shortMoment = (iso) => short.format(new Date(iso));
export const counted = (n) => number.format(n);
