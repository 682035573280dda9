// A card as elements: our words, a person's own words, receipt words, rows, people, links, picture, buttons.

import { el, freshId } from "./dom.js";
import { t } from "./strings.js";

const ADDRESS = /(https:\/\/[^\s<>"]+[^\s<>".,;:!?)])/;

function linked(text) {
  return text.split(ADDRESS).map((part, n) => (n % 2 ? anchor(part, part) : part));
}

const anchor = (url, label) => (url.startsWith("https://") || url.startsWith(`${location.origin}/once/`)
  ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer", text: label })
  : el("span", { text: label }));

function block(part, names) {
  switch (part.type) {
    case "paragraph": return el("p", {}, ...linked(part.text));
    case "quote": return el("blockquote", { dir: "auto", text: part.text });
    case "words": return el("p", { class: "words", text: part.text });
    case "link": return el("p", {}, anchor(part.url, part.label));
    case "row": return el("div", { class: "row" }, el("dt", { text: part.label }), el("dd", { text: part.value }));
    case "people": return el("div", { class: "row" }, el("dt", { text: part.label }),
      el("dd", { text: part.ids.map(names).join(", ") || t("people") }));
    default: return null;
  }
}

function body(parts, names) {
  const made = [];
  for (const part of parts) {
    const shown = block(part, names);
    if (!shown?.classList.contains("row")) made.push(shown);
    else if (made.at(-1)?.tagName === "DL") made.at(-1).append(shown);
    else made.push(el("dl", {}, shown));
  }
  return made;
}

function choice(given, press) {
  const id = freshId("choice");
  const select = el("select", { id },
    ...(given.options.some((each) => each.value === given.value) ? [] : [el("option", { value: "", text: t("pick") })]),
    ...given.options.map((each) => el("option", { value: each.value, text: each.label, selected: each.value === given.value })));
  const go = () => select.value && press(given, { choice: [select.value] });
  return el("div", { class: "choice" }, el("label", { for: id, text: given.label }),
    el("div", { class: "together" }, select,
      el("button", { type: "button", text: t("choose"), "aria-label": `${t("choose")}: ${given.label}`, onclick: go })));
}

const button = (given, press) => el("button", {
  type: "button", class: given.style, text: given.label, "data-key": `${given.action} ${given.ref}`,
  onclick: () => press(given, {}),
});

export function cardBody(card, { names, press }) {
  return [
    ...body(card.body, names),
    card.image && el("img", { class: "picture", src: card.image.src, alt: card.image.alt }),
    ...card.choices.map((each) => choice(each, press)),
    card.buttons.length > 0 && el("div", { class: "buttons" }, ...card.buttons.map((each) => button(each, press))),
  ];
}
