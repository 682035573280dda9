// While the workplace lives through its past: how far it is. Everything else rests until then.

import { el, say } from "./dom.js";
import { t } from "./strings.js";

const RESTING = ["clock", "side", "talk", "stored", "tabs"];

export function preparation(box) {
  const bar = el("progress", { "aria-labelledby": "preparing-title" });
  const week = el("p", { class: "hint" });
  let ready = () => undefined;
  const done = new Promise((resolve) => { ready = resolve; });

  function rest(on) {
    box.hidden = !on;
    for (const id of RESTING) document.getElementById(id).inert = on;
  }

  function begin() {
    box.replaceChildren(el("div", { class: "preparing-card" }, el("h2", { id: "preparing-title", text: t("preparing") }),
      el("p", { text: t("preparingText") }), bar, week));
    rest(true);
    say(t("preparing"));
  }

  function show({ preparing }) {
    if (preparing) {
      if (box.hidden) begin();
      bar.max = preparing.weeks;
      bar.value = preparing.week;
      week.textContent = t("preparingWeek", preparing);
      return;
    }
    ready();
  }

  function end() {
    if (box.hidden) return;
    rest(false);
    say(t("ready"));
  }

  return { show, done, end };
}
