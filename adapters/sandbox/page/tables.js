// A sentence or two for each table: what it is, and what is not in it; in the order in which they are shown.

const en = {
  reports: "What people told. Text, category and persons named are sealed; of filing, only the week is kept. No reporter: no id, no name, no hour, no address. Stage is what its writer wants: kept (a private record), sent or withdrawn. The exact times are what a desk did.",
  messages: "The conversation about each report, sealed for its writer's words and for the desk. Of what a writer adds, only the week is kept; at is when the desk wrote it or got it.",
  report_keys: "Each report's key, sealed once for the desk and once for the receipt. Without a private key nobody opens them.",
  drafts: "What somebody typed and has not sent yet, and visits with seven words. Sealed under a key that only their own buttons hold; both look alike, and are erased within the hour. No person, no time.",
  outbox: "What waits to be posted and when it falls due, at a random moment. A row is erased once its post is made.",
  presses: "What was pressed in the last minutes, the same keyed tokens in the order of commits, until they take their places among the voices.",
  voices: "One keyed token for each voice in an open period, so that nobody counts twice. Not an id; destroyed with the secret when the period ends. How somebody stands is a mark that only the secret explains.",
  supports: "How many stand with a statement in which way, sealed, for the desk that has the report. Moves days late.",
  windows: "Periods in which each person is one voice. The sealed secret is destroyed when the period ends; only the number stays.",
  counters: "How many of something happened in a week. Numbers only.",
  remarks: "What HR wrote for a week's digest, sealed.",
  digests: "What each weekly digest said, decided once and sealed.",
  attachments: "Files that go with a report, sealed; none until a workplace switches them on.",
  leaves: "Numbers by which a digest will prove that records existed. Random ones look the same, and none leads to a record.",
  trees: "What the digests have proved, week by week. Most of it is random on purpose, so that it tells no count.",
  posts: "Messages of ours in channels, to keep them up to date. None of them holds a report's text, and none was sent to a person.",
  desks: "Private channels that receive reports, each with its key pair; the private half is sealed. No handler's name.",
  watches: "How many people could read each desk when it was last looked at, so that the desk is told when that changes. No names.",
  cases: "What a desk keeps of a report for itself: who works on it, who must not, notes. Sealed.",
  audit: "What handlers and admins did, in a chain that shows when something is missing. Sealed; nothing a reporter said or did is in it.",
  locks: "The passphrases by which handlers unlock the inbox of a desk, one row for each, and one for the recovery key. What is sealed in a row opens only by what is typed.",
  held: "Reports that wait until others have named the same person. The same tag means the same person, and says nothing to anybody without two keys.",
  shares: "Each held report's share for each desk, sealed. Below the agreed number of different writers they open nothing.",
  matches: "That enough people named the same person, and which desk was told. Sealed.",
  keepers: "A mark of which keeper answered first in a workplace, so that another one is noticed.",
  endings: "When a closed report ends, and whether its desk was warned.",
  erasures: "Marks of what was erased, on their way to the list outside the database. They name nothing.",
  upkeep: "The time by which reports end; it never goes back.",
  setups: "Which handlers accepted not to seek who wrote. Sealed.",
  chosen: "What admins set up in chat, and who changed it. Sealed.",
  installations: "What a Slack workspace that installed the app gave it, sealed; not who installed it.",
  tickets: "Tickets of installing that were used, so that none works twice. They name nothing.",
  keys: "Keys of the bot, wrapped by the root key, which is not in the database.",
  workspaces: "The workplaces that are served, and since when. No list of who works there.",
  attempts: "With PostgreSQL only: how often each connection of the bot has saved. No person, no time.",
  alembic_version: "Which version of these tables this is.",
};

const order = Object.keys(en);

export const about = (table) => en[table] ?? "";
export const place = (table) => (order.includes(table) ? order.indexOf(table) : order.length);
