// Time in the workplace: what it is, and buttons that let it pass.

import * as api from "./api.js";
import { el, say } from "./dom.js";
import { longMoment, shortMoment, t } from "./strings.js";

const MOVES = [["moveHour", 60], ["moveHours", 240], ["moveDay", 1440], ["moveWeek", 10080]];

export function clock({ before, after }) {
  const progress = document.getElementById("progress");
  const buttons = document.getElementById("moves");
  let start = null;

  buttons.replaceChildren(...MOVES.map(([key, minutes]) => el("button", {
    type: "button", "data-minutes": String(minutes), "aria-label": t(key), onclick: () => move(minutes),
  }, el("span", { class: "wide", text: t(key) }), el("span", { class: "slim", text: t(`${key}Short`) }))));

  async function move(minutes) {
    busy(true);
    before();
    try {
      const moment = await api.move(minutes);
      show(moment);
      say(t("moved", { when: longMoment(moment.now) }));
    } catch {
      say(t("failed"), true);
    } finally {
      busy(false);
      await after();
    }
  }

  function busy(on) {
    for (const each of buttons.children) each.setAttribute("aria-disabled", String(on));
    buttons.inert = on;
  }

  function show(moment) {
    const now = document.getElementById("now");
    now.dateTime = moment.now;
    now.replaceChildren(el("span", { class: "wide", text: longMoment(moment.now) }), el("span", { class: "slim", text: shortMoment(moment.now) }));
    document.getElementById("week").textContent = t("week", { week: Number(moment.week.slice(-2)) });
    start = moment.moving ? start ?? new Date(moment.now) : null;
    progress.hidden = !moment.moving;
    if (!moment.moving) return;
    progress.setAttribute("aria-label", t("moveTo", { when: shortMoment(moment.moving) }));
    progress.max = new Date(moment.moving) - start;
    progress.value = new Date(moment.now) - start;
  }

  return { show, move };
}
