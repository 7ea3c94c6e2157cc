// The people whom the visitor plays: the list, and the dialog that adds one.
import { h, byId, openDialog, api, toast } from "./dom.js";
import { languages, words } from "./words.js";

/** Draws the list; state: {people, active, last: Map, unread: Map}. */
export function drawPeople(state, choose) {
  const focused = document.activeElement?.dataset?.person;
  byId("people").replaceChildren(...state.people.map((p) => personRow(p, state, choose)));
  if (focused) byId("people").querySelector(`[data-person="${focused}"]`)?.focus();
  byId("people").querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function personRow(p, state, choose) {
  const unread = state.unread.get(p.id) || 0;
  const name = [p.first_name, p.last_name].filter(Boolean).join(" ");
  const last = state.last.get(p.id) || p.note || words(p.language_code).none;
  return h("button", { class: "person", type: "button", "data-person": p.id, "aria-current": p.id === state.active ? "true" : "false", onclick: () => choose(p.id) },
    h("span", { class: `avatar hue-${p.id % 6}`, "aria-hidden": "true" }, [...p.first_name][0] || "?"),
    h("span", { class: "who" },
      h("b", {}, h("bdi", {}, name), h("i", {}, (p.language_code || "").slice(0, 2).toUpperCase())),
      p.note && h("span", { class: "role" }, p.note),
      h("span", { class: "last", dir: "auto" }, p.note && last !== p.note ? `${p.note} · ${last}` : last)),
    unread > 0 && h("span", { class: "dot" }, String(unread), h("span", { class: "sr" }, " unread")));
}

export function languageOptions(select, current) {
  const known = languages.some(([code]) => code === current);
  const list = known || !current ? languages : [[current, current], ...languages];
  select.replaceChildren(...list.map(([code, name]) => h("option", { value: code, selected: code === current }, name)));
  select.value = current || "en";
}

export function addPerson(people, done) {
  const name = h("input", { required: true, maxlength: 64, autocomplete: "off", dir: "auto" });
  const lang = h("select");
  languageOptions(lang, "en");
  const error = h("p", { class: "error", role: "alert" });
  const form = h("form", { method: "dialog" }, h("h2", {}, "Add a person"),
    h("label", {}, "First name", name), h("label", {}, "Language", lang), error,
    h("div", { class: "actions" },
      h("button", { class: "ghost", type: "button", onclick: () => dialog.close() }, "Cancel"),
      h("button", { class: "solid", type: "submit" }, "Add")));
  const dialog = openDialog({ "aria-label": "Add a person" }, form);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const id = Math.max(1000, ...people.map((p) => p.id)) + 1;
    try {
      const person = await api("/control/people", { id, first_name: name.value.trim(), language_code: lang.value });
      dialog.close();
      done(person);
      toast(`${person.first_name} has joined`);
    } catch (problem) {
      error.textContent = problem.message;
    }
  });
  name.focus();
}
