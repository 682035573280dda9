// The left side and the conversation: who you are, the channels you can read, their posts.

import { cardBody } from "./cards.js";
import { avatar, el, icon } from "./dom.js";
import { personPicker } from "./picker.js";
import { counted, shortMoment, t } from "./strings.js";

const HANDLERS = /^Handlers of (#\S+)/;

export function whoYouAre(box, { people, me, become }) {
  const groups = [...new Set(people.map((each) => each.group))];
  const order = [...groups.filter((each) => HANDLERS.test(each)), ...groups.filter((each) => !HANDLERS.test(each))];
  const picker = personPicker({
    label: t("you"), hint: t("switchHint"), people: people.filter((each) => each.standing !== "bot"),
    groups: order, value: me.id, onpick: (person) => become(person.id),
  });
  const label = el("label", { for: picker.inputId, text: t("you") });
  const role = el("p", { class: "hint" });
  box.replaceChildren(label, picker.root, role);
  return (person) => {
    picker.set(person.id);
    const desk = HANDLERS.exec(person.group)?.[1];
    const said = [desk && t("isHandler", { channels: desk }), person.admin && t("isAdmin"), person.standing === "guest" && t("isGuest")];
    role.textContent = said.filter(Boolean).join(" ");
    role.hidden = !role.textContent;
  };
}

export function channelList(box, { channels, current, unread, open }) {
  const button = (channel) => {
    const news = unread(channel);
    return el("li", {}, el("button", {
      type: "button", class: "channel", "data-key": channel.id, "aria-current": channel.id === current ? "true" : undefined,
      onclick: () => open(channel.id),
    }, icon(channel.private ? "lock" : "hash"), el("span", { class: "name", text: channel.id }),
    news > 0 && el("span", { class: "news", text: t("unread", { count: news }) })));
  };
  const list = (title, some) => some.length > 0 && [el("h3", { text: title }), el("ul", {}, ...some.map(button))];
  keepFocus(box, () => box.replaceChildren(...[
    list(t("publicChannels"), channels.filter((each) => !each.private)),
    list(t("privateChannels"), channels.filter((each) => each.private)),
  ].flat().filter(Boolean)));
}

export function roomHead(box, channel) {
  const who = t(channel.private ? "privateTo" : "openTo", { count: counted(channel.readers) });
  box.replaceChildren(
    el("h2", { id: "room-title" }, icon(channel.private ? "lock" : "hash"), el("span", { text: channel.id })),
    el("p", { class: "hint", text: `${channel.purpose} · ${who}` }));
}

function ours(post, { names, press, asides }) {
  const aside = asides.get(post.ref);
  return el("article", { class: "post app", "data-ref": post.ref },
    el("img", { class: "avatar", src: "/page/icon.svg", alt: "" }),
    el("div", { class: "said" },
      el("p", { class: "by" }, el("b", { text: "metoo" }), el("span", { class: "badge", text: t("app") }), when(post)),
      el("div", { class: "card" }, el("h3", { text: post.card.title }),
        ...cardBody(post.card, { names, press: (to, values) => press(post, to, values) }).filter(Boolean)),
      aside));
}

function theirs(post, { person, report }) {
  const who = person(post.author);
  const button = el("button", {
    type: "button", class: "quiet report", "data-key": "report", text: t("report"),
    "aria-label": t("reportOf", { name: who.name }), onclick: () => report(post),
  });
  return el("article", { class: "post", "data-ref": post.ref }, avatar(who),
    el("div", { class: "said" },
      el("p", { class: "by" }, el("b", { text: who.name }), el("span", { class: "soft", text: who.job }), when(post), button),
      el("p", { class: "talked", dir: "auto", text: post.text })));
}

const when = (post) => el("time", { datetime: post.at, text: shortMoment(post.at) });

export function posts(box, channel, context, { toEnd }) {
  const near = atEnd(box);
  keepFocus(box, () => box.replaceChildren(...(channel.posts.length
    ? channel.posts.map((each) => (each.card ? ours(each, context) : theirs(each, context)))
    : [el("p", { class: "hint", text: t("empty") })])));
  if (!toEnd && !near) return;
  const down = () => { box.scrollTop = box.scrollHeight; };
  down();
  for (const each of box.querySelectorAll("img.picture")) if (!each.complete) each.addEventListener("load", down, { once: true });
}

const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;

function keepFocus(box, redraw) {
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const ref = focused?.closest("[data-ref]")?.dataset.ref;
  redraw();
  if (!focused || focused === box) return;
  const scope = ref ? box.querySelector(`[data-ref="${CSS.escape(ref)}"]`) : box;
  const again = scope?.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);
  (again ?? box).focus({ preventScroll: true });
}
