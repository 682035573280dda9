// The tour: six things to try, one at a time, beside the workplace and never over it.

import { el } from "./dom.js";
import { t } from "./strings.js";

const STEPS = 6;
const SEEN = "metoo-tour";

const kept = () => { try { return localStorage.getItem(SEEN); } catch { return null; } };
const keep = (value) => { try { localStorage.setItem(SEEN, value); } catch { /* a private window */ } };

export function tour(box, opener, doing, opened) {
  let step = Math.min(Math.max(Number(kept()) || 1, 1), STEPS);

  function go(to, focus) {
    step = to;
    keep(String(step));
    draw();
    if (focus) box.querySelector("h2").focus();
  }

  function end() {
    keep("closed");
    box.hidden = true;
    opener.hidden = false;
    (opener.checkVisibility() ? opener : document.getElementById("talk")).focus();
  }

  function draw() {
    const act = doing[step];
    box.setAttribute("aria-labelledby", "tour-title");
    box.replaceChildren(
      el("div", { class: "tour-head" }, el("h2", { id: "tour-title", tabindex: "-1", text: t(`tour${step}`) }), el("p", { class: "steps" }, el("span", { text: t("step", { now: step, all: STEPS }) }),
        el("span", { class: "dots", "aria-hidden": "true" }, ...Array.from({ length: STEPS }, (_, n) => el("i", { class: n < step ? "on" : "" }))))),
      el("p", { text: t(`tour${step}text`) }),
      el("div", { class: "buttons" },
        el("button", { type: "button", class: "primary", text: t(`tour${step}do`, act.values?.() ?? {}), onclick: act.run }),
        step > 1 && el("button", { type: "button", text: t("back"), onclick: () => go(step - 1, true) }),
        el("button", { type: "button", text: step < STEPS ? t("next") : t("done"), onclick: () => (step < STEPS ? go(step + 1, true) : end()) }),
        step < STEPS && el("button", { type: "button", class: "quiet", text: t("end"), "aria-label": t("endTour"), onclick: end })));
  }

  function open() {
    if (kept() === "closed") step = 1;
    keep(String(step));
    box.hidden = false;
    opener.hidden = true;
    draw();
  }

  opener.addEventListener("click", () => { opened(); open(); box.querySelector("h2").focus(); });
  if (kept() !== "closed") open();
}
