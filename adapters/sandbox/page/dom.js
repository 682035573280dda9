// Making elements. Text goes in as text, never as markup: the page's policy forbids anything else.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  hash: "M6 2 4.6 14M11.4 2 10 14M2.5 5.6h11.6M1.9 10.4h11.6",
  lock: "M4 7.5h8a1 1 0 0 1 1 1V13a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.500a1 1 0 0 1 1-1ZM5.200 7.500V5a2.800 2.800 0 0 1 5.600 0v2.500",
};

export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list" && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "icon" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

let last = 0;
export const freshId = (stem) => `${stem}-${(last += 1)}`;

// Tells a screen reader; what went wrong (`aloud`) is shown as well, until the next press or key.
export function say(text, aloud = false) {
  const said = document.getElementById("said");
  said.textContent = "";
  said.className = aloud ? "aloud" : "unseen";
  requestAnimationFrame(() => { said.textContent = text; });
  if (!aloud) return;
  const hide = () => { said.className = "unseen"; };
  for (const each of ["pointerdown", "keydown"]) document.addEventListener(each, hide, { once: true });
}

export function avatar(person) {
  const hue = [...person.id].reduce((sum, each) => sum + each.charCodeAt(0), 0) % 6;
  return el("span", { class: `avatar hue-${hue}`, "aria-hidden": "true", text: person.name[0] });
}
