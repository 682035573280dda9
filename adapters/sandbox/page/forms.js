// A form as elements: labels, hints, counters, people; nothing leaves it before it is complete.

import { el, freshId } from "./dom.js";
import { peoplePicker } from "./picker.js";
import { counted, t } from "./strings.js";

const RADIOS = 4;
const length = (text) => [...text].length;

function frame(field, control, controlId, describedBy, extra = []) {
  return el("div", { class: "field" },
    el("label", { for: controlId }, field.label, !field.required && el("span", { class: "soft", text: ` (${t("optional")})` })),
    field.hint && el("p", { class: "hint", id: `${describedBy}-hint`, text: field.hint }),
    control, ...extra, el("p", { class: "wrong", id: `${describedBy}-wrong`, hidden: true }));
}

const ids = (field, stem, ...more) => [field.hint && `${stem}-hint`, `${stem}-wrong`, ...more].filter(Boolean).join(" ");

function textField(field, changed) {
  const id = freshId("field");
  const control = el(field.long ? "textarea" : "input", {
    id, dir: "auto", required: field.required, "aria-describedby": ids(field, id, `${id}-count`), autocomplete: "off",
    ...(field.long ? { rows: 5 } : { type: "text" }),
    oninput: () => { count(); changed(); },
  });
  control.value = field.value;
  const counter = el("p", { class: "hint counter", id: `${id}-count` });
  const count = () => {
    const now = length(control.value);
    counter.textContent = t("count", { now: counted(now), limit: counted(field.limit) });
    counter.hidden = !field.long && now < field.limit * 0.8;
  };
  count();
  const wrong = () => {
    const over = length(control.value) - field.limit;
    if (over > 0) return t("tooLong", { over: counted(over) });
    return field.required && !control.value.trim() ? t("required") : "";
  };
  const root = frame(field, control, id, id, [counter]);
  return { root, control, wrong, id, value: () => (control.value === "" ? [] : [control.value]) };
}

function choiceField(field, changed) {
  const id = freshId("field");
  if (!field.list && field.options.length <= RADIOS && (field.value || field.required)) return radios(field, id, changed);
  const control = el("select", { id, required: field.required, "aria-describedby": ids(field, id), onchange: changed },
    el("option", { value: "", text: t("pick") }),
    ...field.options.map((each) => el("option", { value: each.value, text: each.label, selected: each.value === field.value })));
  const wrong = () => (field.required && !control.value ? t("required") : "");
  return { root: frame(field, control, id, id), control, wrong, id, value: () => (control.value ? [control.value] : []) };
}

function radios(field, id, changed) {
  const inputs = field.options.map((each) => el("input", {
    type: "radio", name: id, value: each.value, id: `${id}-${each.value}`, checked: each.value === field.value, onchange: changed,
  }));
  const root = el("fieldset", { class: "field", "aria-describedby": ids(field, id) },
    el("legend", { text: field.label }),
    field.hint && el("p", { class: "hint", id: `${id}-hint`, text: field.hint }),
    ...inputs.map((input, n) => el("label", { class: "radio" }, input, el("span", { text: field.options[n].label }))),
    el("p", { class: "wrong", id: `${id}-wrong`, hidden: true }));
  const picked = () => inputs.filter((each) => each.checked).map((each) => each.value);
  return { root, control: inputs[0], id, value: picked, wrong: () => (field.required && !picked().length ? t("required") : "") };
}

function personField(field, changed, people) {
  const id = freshId("field");
  const picker = peoplePicker({
    label: field.label, people, value: field.value, most: field.most, describedBy: ids(field, id), changed,
  });
  const wrong = () => (field.required && !picker.value().length ? t("required") : "");
  return { root: frame(field, picker.root, picker.inputId, id), control: picker.input, wrong, id, value: picker.value };
}

function channelField(field, changed, people, channels) {
  const offered = channels.filter((each) => each.private || !field.private);
  const options = offered.map((each) => ({ value: each.id, label: `#${each.id}` }));
  return choiceField({ ...field, options, value: offered.some((each) => each.id === field.value) ? field.value : "", list: true }, changed);
}

const MAKE = { text: textField, choice: choiceField, person: personField, channel: channelField };

function complete(made) {
  let first = null;
  for (const each of made) {
    const wrong = each.wrong();
    const line = each.root.querySelector(`#${each.id}-wrong`);
    line.textContent = wrong;
    line.hidden = !wrong;
    each.control.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (wrong && !first) first = each.control;
  }
  first?.focus();
  return !first;
}

export function formBody(form, { people, channels, submit, dirty, typed }) {
  const made = form.fields.map((field) => MAKE[field.type](field, dirty, people, channels));
  const sent = (event) => {
    event.preventDefault();
    if (!complete(made)) return;
    const texts = form.fields.flatMap((field, n) => (field.type === "text" ? made[n].value() : []));
    typed(texts.sort((a, b) => b.length - a.length)[0] ?? "");
    submit(form, Object.fromEntries(form.fields.map((field, n) => [field.name, made[n].value()])));
  };
  return [el("form", { class: "asks", novalidate: true, onsubmit: sent }, ...made.map((each) => each.root),
    el("div", { class: "buttons" }, el("button", { type: "submit", class: "primary", text: form.submit })))];
}
