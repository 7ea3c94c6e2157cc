// Safe building blocks: elements are made by hand, text only as text nodes.

/** Makes an element. Attributes starting with "on" are listeners. */
export function h(tag, attrs = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "class") el.className = value;
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

/** Draws an icon from path data in a 24 × 24 box. */
export function icon(path, className) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  if (className) svg.setAttribute("class", className);
  const line = document.createElementNS(ns, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const byId = (id) => document.getElementById(id);

/** Lets Enter and Space act like a click on things that are not buttons. */
export function pressable(el, act) {
  el.tabIndex = 0;
  el.setAttribute("role", "button");
  el.addEventListener("click", act);
  el.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" && e.key !== " ") return;
    e.preventDefault();
    act(e);
  });
  return el;
}

export function toast(text, ms = 3200) {
  const el = h("div", { class: "toast", dir: "auto" }, text);
  byId("toasts").append(el);
  setTimeout(() => el.remove(), ms);
}

/** Opens a modal dialog; it is removed when it closes. */
export function openDialog(attrs, ...children) {
  const dialog = h("dialog", attrs, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "sr", readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(done);
}

/** Calls a control; refusals become errors with the reason. */
export async function api(path, body) {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const reply = await fetch(path, init);
  const data = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(data.error || `The sandbox answered ${reply.status}.`);
  return data;
}
