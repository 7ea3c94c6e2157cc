// Sandbox tools: the clock, the suppliers' books, and things that go wrong.
import { h, byId, icon, api, toast } from "./dom.js";

const cross = "M6 6l12 12M18 6L6 18";

const faults = [
  ["Supplier fails once", "infinivoucher", "error_before"],
  ["Supplier's answer is lost", "infinivoucher", "drop_reply"],
  ["Supplier is slow", "infinivoucher", "delay"],
  ["Payment page fails once", "infini", "error_before"],
  ["Payment news comes twice", "infini", "duplicate"],
];

/** Wires the drawer; person() is the active person, changed() runs after a change of theirs. */
export function setUpDrawer(person, changed) {
  const drawer = byId("drawer");
  const toggle = byId("tools");
  const show = (open) => {
    drawer.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
    if (open) draw(drawer, person, changed, () => { show(false); toggle.focus(); });
  };
  toggle.addEventListener("click", () => show(drawer.hidden));
  drawer.addEventListener("keydown", (e) => { if (e.key === "Escape") { show(false); toggle.focus(); } });
}

async function attempt(work, done) {
  try {
    await work();
    toast(done);
  } catch (problem) {
    toast(problem.message);
  }
}

function draw(drawer, person, changed, close) {
  const clock = h("div", { class: "clock" });
  const tell = async () => {
    const state = await api("/control/telegram").catch(() => null);
    if (state) clock.textContent = new Date(state.now).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  };
  const advance = (by) => attempt(async () => { await api("/control/clock", { advance: by }); await tell(); }, `Moved on by ${by.replace("h", " h")}`);
  drawer.replaceChildren(
    h("h2", {}, "Sandbox", h("button", { class: "icon", type: "button", "aria-label": "Close", onclick: close }, icon(cross))),
    group("Clock", "Shared by the bot and everyone it talks to.", clock, rowed(chip("+1 hour", () => advance("1h")), chip("+25 hours", () => advance("25h")))),
    group("Books", "What gateways and suppliers have on record, as JSON.", rowed(book("Infini", "infini"), book("InventPay", "inventpay"), book("Vouchers", "infinivoucher"), book("Top-ups", "plexy"), book("Cards", "univoucher"), link("Bot calls", "/control/telegram/calls"), link("Odd calls", "/control/telegram/violations"))),
    group("Trouble", "Break something on purpose and watch the bot cope.", rowed(faults.map(([label, target, kind]) => chip(label, () => attempt(() => api("/control/faults", { target, kind, times: 1 }), `${label}: next time`))))),
    personGroup(person, changed));
  tell();
  drawer.querySelector("button").focus();
}

const group = (title, text, ...rest) => h("section", {}, h("h3", {}, title), h("p", {}, text), ...rest);
const rowed = (...items) => h("div", { class: "rowed" }, ...items);
const chip = (label, act) => h("button", { class: "chip", type: "button", onclick: act }, label);
const link = (label, href) => h("a", { class: "chip", href, target: "_blank", rel: "noopener" }, label);
const book = (label, vendor) => link(label, `/control/vendors/${vendor}`);

function personGroup(person, changed) {
  const set = (blocked) => attempt(async () => changed(await api("/control/people", { id: person().id, blocked })), blocked ? "Blocked" : "Unblocked");
  return group("This person", "Block the bot, as anyone may at any time.", rowed(chip("Block the bot", () => set(true)), chip("Unblock", () => set(false))));
}
