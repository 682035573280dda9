// What is stored: the rows as they are, what changed in them, and a search through rows and files.

import * as api from "./api.js";
import { el } from "./dom.js";
import { counted, shortMoment, t } from "./strings.js";
import { about, place } from "./tables.js";

const NARROW = 48;
const FIRST = 5;
const MOMENTS = new Set(["delivered", "opened", "reviewing", "closed", "held", "at", "due", "opens", "closes", "since", "seen", "warned", "until"]);

const start = (row, width) => row.slice(0, width).join("\u0000");

// How many columns, from the first, it takes to tell the rows of each list apart: their key.
function keyWidth(lists) {
  const columns = Math.max(0, ...lists.map((rows) => rows[0]?.length ?? 0));
  for (let width = 1; width < columns; width += 1) {
    if (lists.every((rows) => new Set(rows.map((row) => start(row, width))).size === rows.length)) return width;
  }
  return columns;
}

export function storedPane(pane, context) {
  let before = null;
  let now = null;
  const opened = new Set(["reports"]);
  const asked = new Set();
  const tables = el("div", { class: "tables" });
  const input = el("input", { type: "search", id: "stored-search", autocomplete: "off", spellcheck: "false" });
  const answer = el("div", { class: "answer", role: "status" });
  const tries = el("p", { class: "tries" });

  pane.replaceChildren(
    el("header", {}, el("h2", { id: "stored-title", text: t("stored") }), el("p", { class: "hint", text: t("storedLead") })),
    el("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); look(); } },
      el("label", { for: "stored-search", text: t("storedSearch") }),
      el("div", { class: "together" }, input, el("button", { type: "submit", text: t("search") })), tries, answer),
    tables);

  function suggest() {
    const me = context.me();
    const words = context.words();
    const chip = (label, text) => el("button", { type: "button", class: "chip", text: label, onclick: () => { input.value = text; look(); } });
    tries.replaceChildren(`${t("searchOr")} `, chip(`${t("yourId")} (${me.id})`, me.id),
      words ? chip(t("yourWords"), words) : "", chip(t("aChannel"), "hr-desk"));
  }

  async function look() {
    const text = input.value.trim();
    if (text.length < 5) return answer.replaceChildren(el("p", { text: t("tooShort") }));
    const found = await api.search(text);
    const places = found.places.map(([where, how]) => t("foundHow", { where, how })).join(", ");
    answer.replaceChildren(
      el("p", {}, el("q", { dir: "auto", text: text.length > 60 ? `${text.slice(0, 60)}…` : text })),
      el("p", { class: "verdict", text: places ? t("found", { places }) : t("notFound") }),
      el("p", { class: "hint", text: t("looked", { rows: counted(found.rows), tables: found.tables, files: found.files, size: counted(found.size) }) }));
    return undefined;
  }

  function compare() {
    const fresh = new Map();
    for (const { table, rows } of now) {
      const old = before.get(table) ?? [];
      const width = keyWidth([rows, old]);
      const keys = new Set(old.map((row) => start(row, width)));
      const whole = new Set(old.map((row) => start(row, row.length)));
      rows.forEach((row, n) => {
        if (!whole.has(start(row, row.length))) fresh.set(`${table} ${n}`, keys.has(start(row, width)) ? "changed" : "new");
      });
    }
    return fresh;
  }

  function remember() {
    if (now) before = new Map(now.map(({ table, rows }) => [table, rows]));
  }

  function badge(mark) {
    return mark ? el("span", { class: "badge", text: t(mark) }) : null;
  }

  function value(name, text) {
    if (!text) return [el("span", { class: "soft", text: t("nothing") })];
    const when = MOMENTS.has(name) && Number(text) ? el("span", { class: "soft", text: ` ${shortMoment(new Date(Number(text) * 1000))}` }) : "";
    return [el("code", { text }), when];
  }

  function record(columns, values, mark) {
    return el("li", { class: `record ${mark ?? ""}` }, badge(mark), el("dl", {}, ...columns.map((name, n) => el("div", {},
      el("dt", { text: name }), el("dd", {}, ...value(name, values[n]))))));
  }

  function records(columns, marked) {
    return el("ul", { class: "records" }, ...marked.map(([values, mark]) => record(columns, values, mark)));
  }

  function narrow(columns, marked) {
    const head = el("tr", {}, ...columns.map((each) => el("th", { scope: "col", text: each })), el("td", {}));
    return el("table", {}, el("thead", {}, head), el("tbody", {}, ...marked.map(([values, mark]) => el("tr", { class: mark ?? "" },
      ...columns.map((_, n) => el("td", {}, el("code", { text: values[n] }))), el("td", {}, badge(mark) ?? "")))));
  }

  function listing({ table, columns, rows }, fresh) {
    const all = rows.map((values, n) => [values, fresh.get(`${table} ${n}`)]);
    const order = [...all.filter(([, mark]) => mark), ...all.filter(([, mark]) => !mark)];
    const small = columns.length <= 4 && rows.every((row) => row.join("").length <= NARROW);
    const limit = asked.has(table) ? order.length : small ? 2 * FIRST : FIRST;
    const left = order.length - limit;
    return [
      (small ? narrow : records)(columns, order.slice(0, limit)),
      left > 0 && el("button", { type: "button", class: "quiet", text: t("showAll", { count: counted(left) }), onclick: () => { asked.add(table); draw(); } }),
    ].filter(Boolean);
  }

  function one(dump, fresh) {
    const { table, rows } = dump;
    const tally = (kind) => [...fresh].filter(([key, mark]) => key.startsWith(`${table} `) && mark === kind).length;
    const count = rows.length === 0 ? t("noRows") : rows.length === 1 ? t("row") : t("rows", { count: counted(rows.length) });
    const marks = [["newRows", tally("new")], ["changedRows", tally("changed")]].filter(([, n]) => n > 0);
    const made = el("details", { open: opened.has(table), ontoggle: () => (made.open ? opened.add(table) : opened.delete(table)) },
      el("summary", {}, el("span", { class: "table", text: table }), el("span", { class: "soft", text: count }),
        ...marks.map(([key, n]) => el("span", { class: "badge", text: t(key, { count: n }) }))),
      el("p", { class: "hint", text: about(table) }), ...(rows.length ? listing(dump, fresh) : []));
    return made;
  }

  function draw() {
    const fresh = compare();
    const filled = [...now].sort((a, b) => place(a.table) - place(b.table));
    tables.replaceChildren(...filled.map((each) => one(each, fresh)));
  }

  async function refresh() {
    now = (await api.stored()).tables;
    if (before === null) remember();
    suggest();
    draw();
  }

  return { refresh, remember, suggest };
}
