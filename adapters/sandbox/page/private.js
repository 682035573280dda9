// What only one person sees: a dialog that keeps the focus, and asides that stand beside a post.

import { cardBody } from "./cards.js";
import { el, icon } from "./dom.js";
import { formBody } from "./forms.js";
import { t } from "./strings.js";

export function privateScreens({ dialog, context }) {
  let dirty = false;
  let warned = false;
  let opener = null;

  const closeButton = () => el("button", { type: "button", class: "quiet", text: t("close"), onclick: leave });

  function head(title) {
    return el("header", { class: "private-head" },
      el("p", { class: "only" }, icon("lock"), el("span", {}, el("b", { text: t("onlyYou") }), ` ${t("as", { name: context.me().name })}`)),
      closeButton(),
      el("h2", { id: "private-title", tabindex: "-1", text: title }));
  }

  function leave() {
    if (dirty && !warned) {
      warned = true;
      note(t("closeDirty"));
      return;
    }
    dialog.close();
  }

  function note(text) {
    dialog.querySelector(".note")?.remove();
    dialog.querySelector(".private-head").after(el("p", { class: "note", role: "alert", text }));
  }

  function show(reply) {
    dirty = warned = false;
    const parts = reply.kind === "form"
      ? formBody(reply, {
        people: context.people(),
        channels: context.channels(),
        dirty: () => { dirty = true; warned = false; },
        typed: context.typed,
        submit: (form, values) => send(form, values),
      })
      : cardBody(reply, { names: context.names, press: (to, values) => send(to, values) });
    dialog.replaceChildren(head(reply.title), el("div", { class: "private-body" }, ...parts.filter(Boolean)));
    if (!dialog.open) {
      opener = document.activeElement;
      dialog.showModal();
    }
    dialog.scrollTop = 0;
    dialog.querySelector("#private-title").focus();
  }

  async function send(to, values) {
    busy(true);
    try {
      show(await context.act({ action: to.action, ref: to.ref, values }));
    } catch {
      note(t("failed"));
    } finally {
      busy(false);
    }
  }

  function busy(on) {
    dialog.setAttribute("aria-busy", String(on));
    for (const each of dialog.querySelectorAll(".private-body button")) each.disabled = on;
  }

  dialog.addEventListener("cancel", (event) => {
    if (!dirty || warned) return;
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("close", () => {
    dirty = warned = false;
    dialog.replaceChildren();
    const back = opener?.isConnected ? opener : document.getElementById("talk");
    back.focus();
    context.closed();
  });

  function aside(reply, drop) {
    return el("section", { class: "beside", role: "status" },
      el("div", { class: "beside-head" },
        el("p", { class: "only" }, icon("lock"), el("span", {}, el("b", { text: t("onlyYou") }))),
        el("button", { type: "button", class: "quiet", text: t("close"), onclick: drop })),
      el("h4", { text: reply.title }),
      ...cardBody(reply, { names: context.names, press: (to, values) => send(to, values) }).filter(Boolean));
  }

  return { show, aside };
}
