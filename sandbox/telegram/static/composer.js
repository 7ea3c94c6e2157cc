// The line one writes in, and the menu of the bot's commands.
import { h, byId } from "./dom.js";

/** Wires the composer; opts: {say(text) → sent?, commands()}. */
export function setUpComposer(opts) {
  const text = byId("text");
  const menu = byId("menu");
  const list = byId("commands");

  const fit = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 140)}px`;
    byId("send").disabled = text.value.trim() === "";
  };
  const send = async () => {
    const value = text.value.trim();
    if (!value) return;
    hide();
    text.value = "";
    fit();
    if (!(await opts.say(value))) { text.value = value; fit(); }
    text.focus();
  };
  const hide = () => { list.hidden = true; menu.setAttribute("aria-expanded", "false"); };
  const show = (filter) => {
    const found = opts.commands().filter((c) => c.command.startsWith(filter));
    list.replaceChildren(...found.map((c) => h("button", { type: "button", role: "option", "aria-selected": "false",
      onclick: () => { hide(); text.value = ""; fit(); opts.say(`/${c.command}`); text.focus(); } },
    h("b", { dir: "ltr" }, `/${c.command}`), h("span", { dir: "auto" }, c.description))));
    list.hidden = found.length === 0;
    menu.setAttribute("aria-expanded", String(!list.hidden));
  };
  const move = (e) => {
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    const next = e.key === "ArrowDown" ? at + 1 : at - 1;
    e.preventDefault();
    (all[next] || (next < 0 ? text : all[0])).focus();
  };

  byId("composer").addEventListener("submit", (e) => { e.preventDefault(); send(); });
  menu.addEventListener("click", () => {
    if (!list.hidden) return hide();
    show("");
    list.firstElementChild?.focus();
  });
  text.addEventListener("input", () => {
    fit();
    if (/^\/\w*$/.test(text.value)) show(text.value.slice(1)); else hide();
  });
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); send(); }
    if (!list.hidden && (e.key === "ArrowDown" || e.key === "ArrowUp")) move(e);
  });
  list.addEventListener("keydown", (e) => { if (e.key === "ArrowDown" || e.key === "ArrowUp") move(e); });
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !list.hidden) { hide(); text.focus(); } });
  document.addEventListener("click", (e) => { if (!list.contains(e.target) && !menu.contains(e.target) && e.target !== text) hide(); });
  return { fit };
}
