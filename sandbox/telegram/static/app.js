// The demo's chat page: several people, one bot, everything live.
import { h, byId, api, toast, openDialog } from "./dom.js";
import { isRTL, words } from "./words.js";
import { bubble } from "./bubble.js";
import { drawPeople, addPerson, languageOptions } from "./people.js";
import { setUpDrawer } from "./drawer.js";
import { setUpComposer } from "./composer.js";

const state = {
  people: [], active: 0, chat: null, messages: new Map(),
  last: new Map(), unread: new Map(), busy: new Map(), shown: new Set(),
  arrived: null, // while the open chat is being loaded: what events brought since, null for deleted
};
const scroll = byId("scroll");
const log = byId("log");
let typingTimer = 0;
let stuck = true; // the end of the conversation is in view, keep it there
let events = null;

const person = () => state.people.find((p) => p.id === state.active);
const lang = () => person()?.language_code || "en";
/** One line for the list; what a spoiler hides stays hidden there too. */
function preview(m) {
  let text = m.text || m.caption || m.file_name;
  for (const e of m.entities) {
    if (e.type === "spoiler") text = text.slice(0, e.offset) + "•".repeat(e.length) + text.slice(e.offset + e.length);
  }
  return ((m.photo_url ? "🖼 " : "") + text).replace(/\s+/g, " ").slice(0, 80);
}
const busyKey = (chat, id, data) => `${chat}:${id}:${data}`;
const composer = setUpComposer({ say, commands: () => state.chat?.commands || [] });

function context(m) {
  const key = `${state.active}:${m.id}`;
  return {
    words: words(lang()), lang: lang(), command: say, press,
    shown: state.shown.has(key), onShow: () => { state.shown.add(key); draw(m); },
    busy: (id, data) => state.busy.has(busyKey(state.active, id, data)),
  };
}

/** Puts one message on the page, or replaces the version that is there. */
function draw(m) {
  const old = log.querySelector(`[data-id="${m.id}"]`);
  const focus = old?.contains(document.activeElement) ? document.activeElement.dataset.press : null;
  const el = bubble(m, context(m));
  if (old) {
    el.classList.add("still");
    el.style.animation = "none";
    old.replaceWith(el);
    if (focus !== null) (el.querySelector(`[data-press="${CSS.escape(focus || "")}"]`) || el.querySelector("[data-press]"))?.focus({ preventScroll: true });
    return;
  }
  const day = new Date(m.date).toDateString();
  if (log.dataset.day !== day) {
    log.dataset.day = day;
    log.append(h("div", { class: "day" }, dayName(m.date)));
  }
  log.append(el);
}

function dayName(date) {
  const d = new Date(date);
  if (d.toDateString() === new Date().toDateString()) return words(lang()).today;
  return d.toLocaleDateString(lang(), { weekday: "long", day: "numeric", month: "long" });
}

function nearEnd() { return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 140; }
function toEnd() { stuck = true; scroll.scrollTop = scroll.scrollHeight; byId("latest").hidden = true; }

function status(text) {
  const quiet = text === words(lang()).bot; // says little: a narrow screen leaves it out
  byId("bot-status").replaceChildren(h("span", { class: quiet && "quiet" }, text), h("span", { class: "safe-inline" }, words(lang()).safe));
}

function frame() {
  const w = words(lang());
  document.documentElement.dir = isRTL(lang()) ? "rtl" : "ltr";
  document.documentElement.lang = lang();
  const name = state.chat?.bot_name || "giftbot demo";
  byId("bot-name").textContent = name;
  status(w.bot);
  byId("safe").textContent = w.safe;
  byId("text").placeholder = w.write;
  languageOptions(byId("language"), lang());
  const empty = state.messages.size === 0;
  byId("empty").hidden = !empty;
  if (empty) byId("empty").replaceChildren(
    h("img", { src: "/assets/icon.svg", alt: "" }), h("h2", { dir: "auto" }, w.welcome),
    h("p", { dir: "auto" }, state.chat?.description || w.hello),
    h("button", { class: "start", type: "button", onclick: () => say("/start") }, w.start));
  const blocked = person()?.blocked;
  byId("composer").hidden = Boolean(blocked);
  byId("blocked").hidden = !blocked;
  byId("blocked").replaceChildren(w.blocked, h("button", { class: "solid", type: "button", onclick: () => change({ blocked: false }) }, w.unblock));
  byId("quick").hidden = !state.chat?.reply_keyboard;
  byId("quick").replaceChildren(...(state.chat?.reply_keyboard || []).map((row) => h("div", {}, row.map((t) => h("button", { type: "button", onclick: () => say(t) }, t)))));
}

async function open(id) {
  state.active = id;
  state.unread.delete(id);
  localStorage.setItem("person", String(id));
  history.replaceState(null, "", `#${id}`);
  drawPeople(state, open);
  await loadChat(id);
}

async function loadChat(id) {
  const arrived = new Map();
  state.arrived = arrived;
  const [chat, list] = await Promise.all([api(`/control/chats/${id}`), api(`/control/chats/${id}/messages`)]);
  if (state.arrived !== arrived) return; // a later load goes on
  state.arrived = null;
  state.chat = chat;
  state.messages = new Map(list.map((m) => [m.id, m]));
  arrived.forEach((m, at) => (m ? state.messages.set(at, m) : state.messages.delete(at)));
  log.replaceChildren();
  delete log.dataset.day;
  byId("typing").hidden = true;
  frame();
  drawPeople(state, open); // again: the page may have changed its direction
  [...state.messages.values()].sort((a, b) => a.id - b.id).forEach(draw);
  toEnd();
}

async function loadPeople() {
  state.people = await api("/control/people");
  const lists = await Promise.all(state.people.map((p) => api(`/control/chats/${p.id}/messages`)));
  lists.forEach((list, i) => { if (list.length) state.last.set(state.people[i].id, preview(list.at(-1))); });
  const wanted = state.active || Number(location.hash.slice(1)) || Number(localStorage.getItem("person"));
  await open((state.people.find((p) => p.id === wanted) || state.people[0]).id);
}

async function say(text) {
  try {
    await api(`/control/chats/${state.active}/messages`, { text });
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  }
}

async function change(what) {
  try {
    merge(await api("/control/people", { id: state.active, ...what }));
  } catch (problem) {
    toast(problem.message);
  }
}

function merge(p) {
  const at = state.people.findIndex((x) => x.id === p.id);
  if (at < 0) state.people.push(p); else state.people[at] = p;
  drawPeople(state, open);
  if (p.id === state.active) loadChat(p.id);
}

async function press(m, data) {
  const chat = state.active;
  const key = busyKey(chat, m.id, data);
  if (state.busy.has(key)) return;
  state.busy.set(key, setTimeout(() => release(chat, m.id, data), 20000));
  mark(m.id, data, true);
  try {
    await api(`/control/chats/${chat}/press`, { message_id: m.id, data, wait: 0 });
  } catch (problem) {
    release(chat, m.id, data);
    toast(problem.message);
  }
}

function release(chat, id, data) {
  const key = busyKey(chat, id, data);
  clearTimeout(state.busy.get(key));
  state.busy.delete(key);
  if (chat === state.active) mark(id, data, false);
}

function mark(id, data, busy) {
  const el = log.querySelector(`[data-id="${id}"] [data-press="${CSS.escape(data)}"]`);
  if (el) el.setAttribute("aria-busy", String(busy));
}

function onMessage({ chat_id: chat, message: m }) {
  state.last.set(chat, preview(m));
  if (chat !== state.active) {
    if (m.from === "bot") state.unread.set(chat, (state.unread.get(chat) || 0) + (m.edited_at ? 0 : 1) || 1);
    drawPeople(state, open);
    return;
  }
  state.arrived?.set(m.id, m);
  const stick = stuck || m.from === "person";
  const first = state.messages.size === 0;
  state.messages.set(m.id, m);
  if (m.from === "bot") stopTyping();
  if (first) frame();
  draw(m);
  drawPeople(state, open);
  if (stick) toEnd(); else byId("latest").hidden = false;
}

function onDeleted({ chat_id: chat, id }) {
  if (chat !== state.active) return;
  state.arrived?.set(id, null);
  state.messages.delete(id);
  log.querySelector(`[data-id="${id}"]`)?.remove();
  frame();
}

function onTyping({ chat_id: chat }) {
  if (chat !== state.active) return;
  byId("typing").hidden = false;
  status(words(lang()).typing);
  clearTimeout(typingTimer);
  typingTimer = setTimeout(stopTyping, 5000);
  if (nearEnd()) toEnd();
}

function stopTyping() {
  clearTimeout(typingTimer);
  byId("typing").hidden = true;
  status(words(lang()).bot);
}

function onAnswer(a) {
  release(a.chat_id, a.message_id, a.data);
  if (!a.text || a.chat_id !== state.active) return;
  if (!a.show_alert) return toast(a.text);
  const dialog = openDialog({ "aria-label": "Notice" }, h("p", { dir: "auto" }, a.text),
    h("div", { class: "actions" }, h("button", { class: "solid", type: "button", onclick: () => dialog.close() }, "OK")));
}

async function refreshFrame() {
  state.chat = await api(`/control/chats/${state.active}`);
  frame();
}

function connect() {
  events?.close();
  events = new EventSource("/control/events");
  const on = (kind, act) => events.addEventListener(kind, (e) => act(JSON.parse(e.data)));
  on("hello", () => { byId("offline").hidden = true; loadPeople(); });
  on("message", onMessage);
  on("deleted", onDeleted);
  on("typing", onTyping);
  on("answer", onAnswer);
  on("person", merge);
  on("bot", refreshFrame);
  on("chat", ({ chat_id: chat }) => { if (chat === state.active) refreshFrame(); });
  events.addEventListener("error", () => {
    byId("offline").hidden = false;
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 1500);
  });
}

byId("add-person").addEventListener("click", () => addPerson(state.people, (p) => { merge(p); open(p.id); }));
byId("language").addEventListener("change", (e) => change({ language_code: e.target.value }));
byId("latest").addEventListener("click", toEnd);
scroll.addEventListener("scroll", () => { stuck = nearEnd(); if (stuck) byId("latest").hidden = true; });
const sizes = new ResizeObserver(() => { if (stuck) toEnd(); });
sizes.observe(log);
sizes.observe(scroll);
// A browser opens few connections to one host: a page out of sight gives its own back.
window.addEventListener("pagehide", () => events?.close());
window.addEventListener("pageshow", (e) => { if (e.persisted) connect(); });
setUpDrawer(person, merge);
composer.fit();
connect();
