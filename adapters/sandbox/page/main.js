// Joins the parts of the page: who acts, what they see, and what happened since.

import * as api from "./api.js";
import { channelList, posts, roomHead, whoYouAre } from "./channels.js";
import { clock } from "./clock.js";
import { el, say } from "./dom.js";
import { preparation } from "./preparing.js";
import { privateScreens } from "./private.js";
import { storedPane } from "./stored.js";
import { t } from "./strings.js";
import { tour } from "./tour.js";

const $ = (id) => document.getElementById(id);
const asides = new Map();
const seen = new Map();
let state = null;
let me = "";
let room = "general";
let words = "";
let drawn = "";

const person = (id) => state.people.find((each) => each.id === id) ?? { id, name: id, job: "", group: "" };
const names = (id) => (person(id).job ? `${person(id).name} · ${person(id).job}` : id);
const channel = () => state.channels.find((each) => each.id === room) ?? state.channels[0];
const news = (each) => each.posts.length - (seen.get(`${me} ${each.id}`) ?? each.posts.length);

const screens = privateScreens({
  dialog: $("private"),
  context: {
    me: () => person(me),
    people: () => state.people.filter((each) => each.standing !== "bot"),
    channels: () => state.channels,
    names,
    typed: (text) => { words = text; },
    act: (what) => acted(() => api.act(me, what)),
    closed: () => refresh(),
  },
});
const pane = storedPane($("stored"), { me: () => person(me), words: () => words });
const time = clock({ before: () => pane.remember(), after: () => refresh(true) });

async function acted(ask) {
  pane.remember();
  const reply = await ask();
  await pane.refresh();
  return reply;
}

async function metoo(text = "") {
  try {
    screens.show(await acted(() => api.command(me, text)));
  } catch {
    say(t("failed"), true);
  }
}

async function pressed(post, to, values) {
  try {
    const reply = await acted(() => api.act(me, { action: to.action, ref: to.ref, values, channel: room, post: post.ref }));
    if (!reply.aside) return screens.show(reply);
    asides.set(post.ref, screens.aside(reply, () => { asides.delete(post.ref); draw({}); }));
  } catch (failure) {
    say(t(failure.status === 409 ? "postChanged" : "failed"), true);
  }
  return draw({});
}

async function reported(post) {
  try {
    screens.show(await acted(() => api.report(me, room, post.ref)));
  } catch (failure) {
    say(t(failure.status === 409 ? "postChanged" : "failed"), true);
  }
}

function draw({ toEnd = false }) {
  const here = channel();
  room = here.id;
  seen.set(`${me} ${here.id}`, here.posts.length);
  channelList($("channels"), { channels: state.channels, current: room, unread: news, open });
  roomHead($("room-head"), here);
  $("posts").setAttribute("aria-label", t("postsOf", { channel: here.id }));
  posts($("posts"), here, { names, person, press: pressed, report: reported, asides }, { toEnd });
}

async function refresh(everything = false) {
  state = await api.state(me);
  for (const each of state.channels) {
    const key = `${me} ${each.id}`;
    if (!seen.has(key)) seen.set(key, each.private ? 0 : each.posts.length);
  }
  time.show(state);
  const look = JSON.stringify([me, room, state.channels]);
  if (look !== drawn) draw({});
  drawn = look;
  if (everything) await pane.refresh();
}

function open(id) {
  room = id;
  asides.clear();
  draw({ toEnd: true });
  tab("talk");
}

let show = () => undefined;

async function become(id, { quiet = false } = {}) {
  me = id;
  asides.clear();
  words = "";
  try { sessionStorage.setItem("metoo-person", id); } catch { /* a private window */ }
  await refresh();
  show(person(me));
  draw({ toEnd: true });
  pane.suggest();
  if (!quiet) say(t("becameYou", person(me)));
}

function tab(name) {
  document.body.dataset.tab = name;
  for (const each of $("tabs").children) {
    if (each.dataset.to === name) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

function composer() {
  const line = el("input", { type: "text", id: "line", "aria-label": t("composeLabel"), placeholder: t("composePlaceholder"), "aria-describedby": "compose-hint", spellcheck: "false" });
  const hint = el("p", { class: "hint", id: "compose-hint", text: t("composeHint") });
  $("composer").replaceChildren(line, el("button", { type: "button", class: "primary", id: "metoo", text: t("openMetoo"), onclick: () => metoo() }), hint);
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const [first, ...rest] = line.value.trim().split(/\s+/);
    if (first !== "/metoo") return say(hint.textContent = t("onlyMetoo"));
    hint.textContent = t("composeHint");
    line.value = "";
    return metoo(rest.join(" "));
  });
}

function fixedTexts() {
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = t(each.dataset.text);
  $("tabs").setAttribute("aria-label", t("tabs"));
  $("tabs").replaceChildren(...[["side", "tabSide"], ["talk", "tabTalk"], ["stored", "tabStored"]].map(([to, key]) => el("button", {
    type: "button", "data-to": to, text: t(key), onclick: () => tab(to),
  })));
  tab("talk");
}

const aHandler = () => state.people.find((each) => each.group === "Handlers of #hr-desk");

function startTour() {
  tour($("tour"), $("tour-open"), {
    1: { run: () => metoo() },
    2: { run: () => metoo() },
    3: { run: () => time.move(240) },
    4: { values: () => ({ name: aHandler().name }), run: async () => { await become(aHandler().id); open("hr-desk"); } },
    5: { run: async () => { await time.move(10080); open("general"); } },
    6: { run: () => { tab("stored"); $("stored-search").focus(); } },
  }, () => tab("talk"));
}

// What is happening there, from the first moment; `look` is where it goes once the page is drawn.
function listen(past) {
  const ear = { last: null, look: () => undefined };
  api.live((moment) => {
    time.show(moment);
    past.show(moment);
    ear.last = moment;
    ear.look(moment);
  });
  return ear;
}

function follow(ear) {
  let { version } = state;
  let soon = 0;
  ear.look = (moment) => {
    if (moment.version === version || moment.moving) return;
    version = moment.version;
    clearTimeout(soon);
    soon = setTimeout(() => refresh(true), 150);
  };
  if (ear.last) ear.look(ear.last);
}

async function start() {
  fixedTexts();
  composer();
  const past = preparation($("preparing"));
  const ear = listen(past);
  state = await api.state("");
  $("banner").textContent = state.banner;
  past.show(state);
  await past.done;
  if (state.preparing) state = await api.state("");
  const remembered = (() => { try { return sessionStorage.getItem("metoo-person"); } catch { return null; } })();
  const first = state.people.find((each) => each.id === remembered) ?? state.people[0];
  show = whoYouAre($("who"), { people: state.people, me: first, become });
  await become(first.id, { quiet: true });
  startTour();
  await pane.refresh();
  past.end();
  follow(ear);
}

start();
