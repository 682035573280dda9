// A searchable list of people: a combobox as the ARIA practices describe it, for one person or several.

import { avatar, el, freshId } from "./dom.js";
import { t } from "./strings.js";

export function personPicker({ label, hint, people, groups = [], value = "", onpick, describedBy }) {
  const listId = freshId("list");
  const inputId = freshId("person");
  const named = (id) => people.find((each) => each.id === id);
  let chosen = value;
  let shown = [];
  let at = -1;

  const input = el("input", {
    type: "text", id: inputId, role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
    placeholder: hint, "aria-describedby": describedBy,
    onfocus: () => input.select(), onclick: () => open(""), oninput: () => open(input.value),
    onkeydown: key, onblur: () => shut(),
  });
  const list = el("div", { id: listId, role: "listbox", class: "options", hidden: true, "aria-label": label });
  const root = el("div", { class: "picker" }, input, list);

  function rest() {
    const person = named(chosen);
    input.value = person ? `${person.name} · ${person.job}` : "";
  }

  function open(text) {
    const wanted = text.trim().toLowerCase();
    shown = people.filter((each) => `${each.name} ${each.job} ${each.id}`.toLowerCase().includes(wanted));
    at = shown.findIndex((each) => each.id === chosen);
    if (wanted && at < 0) at = shown.length ? 0 : -1;
    draw();
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark();
  }

  function draw() {
    const parts = groups.length ? groups : [undefined];
    const sections = parts.map((group) => {
      const members = shown.filter((each) => group === undefined || each.group === group);
      if (!members.length) return null;
      const rows = members.map(option);
      if (group === undefined) return rows;
      const titleId = freshId("group");
      return [el("div", { role: "group", "aria-labelledby": titleId },
        el("div", { class: "group", id: titleId, role: "presentation", text: group }), ...rows)];
    });
    const found = sections.flat().filter(Boolean);
    list.replaceChildren(...(found.length ? found : [
      el("div", { class: "group", role: "option", "aria-disabled": "true", "aria-selected": "false", text: t("nobodyFound") }),
    ]));
  }

  function option(person) {
    return el("div", {
      id: `${listId}-${person.id}`, role: "option", class: "option",
      "aria-selected": String(person.id === chosen),
      onmousedown: (event) => { event.preventDefault(); pick(person); },
    }, avatar(person), el("span", {}, el("b", { text: person.name }), el("span", { class: "soft", text: ` ${person.job}` })));
  }

  function mark() {
    for (const each of list.querySelectorAll(".at")) each.classList.remove("at");
    const person = shown[at];
    const row = person && document.getElementById(`${listId}-${person.id}`);
    if (!row) return input.removeAttribute("aria-activedescendant");
    row.classList.add("at");
    row.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", row.id);
  }

  function shut() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    rest();
  }

  function pick(person) {
    chosen = person.id;
    shut();
    onpick(person);
  }

  function key(event) {
    const closed = list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (closed) return open("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      at = (at + step + shown.length) % Math.max(1, shown.length);
      mark();
    } else if (event.key === "Enter" && !closed) {
      event.preventDefault();
      if (shown[at]) pick(shown[at]);
    } else if (event.key === "Escape" && !closed) {
      event.preventDefault();
      event.stopPropagation();
      shut();
    }
  }

  rest();
  return { root, input, inputId, set: (id) => { chosen = id; rest(); } };
}

export function peoplePicker({ label, people, value, most, describedBy, changed }) {
  let chosen = [...value];
  const chips = el("ul", { class: "chips" });
  const left = people.filter((each) => each.group !== "Others" || each.standing === "guest");
  const one = personPicker({
    label, people: left, hint: t("addPerson"), describedBy,
    onpick: (person) => {
      chosen = most === 1 ? [person.id] : [...new Set([...chosen, person.id])].slice(0, most);
      draw();
      changed();
    },
  });

  function draw() {
    one.set("");
    chips.replaceChildren(...chosen.map((id) => {
      const person = people.find((each) => each.id === id) ?? { id, name: id, job: "" };
      return el("li", {}, avatar(person), el("span", { text: `${person.name} · ${person.job}` }),
        el("button", {
          type: "button", class: "quiet small", text: "×", "aria-label": t("removePerson", { name: person.name }),
          onclick: () => { chosen = chosen.filter((each) => each !== id); draw(); changed(); one.input.focus(); },
        }));
    }));
    chips.hidden = !chosen.length;
  }

  draw();
  return { root: el("div", { class: "several" }, chips, one.root), inputId: one.inputId, input: one.input, value: () => chosen };
}
