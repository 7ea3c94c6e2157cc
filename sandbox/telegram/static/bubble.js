// One message: its bubble, its picture or file, and the keyboard below.
import { h, icon, copy, openDialog } from "./dom.js";
import { richText } from "./richtext.js";

const lock = "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z";
const arrow = "M8 16L16 8M9 8h7v7";
const sheets = "M9 9h10v11H9zM5 15V4h10";
const page = "M7 3h7l4 4v14H7zM14 3v4h4";

/** Builds a message; ctx: {words, lang, shown, onShow, command, press, busy}. */
export function bubble(m, ctx) {
  const keys = m.buttons.length > 0;
  const el = h("article", { class: ["msg", m.from === "person" && "mine", keys && "keys", m.photo_url && "pic", m.protected && "protected"].filter(Boolean).join(" "), "data-id": m.id });
  const inner = h("div", { class: "bubble" });
  if (m.photo_url) {
    el.style.setProperty("--pic", `${pictureWidth(m)}px`);
    inner.append(photo(m, ctx));
  }
  if (m.file_url) inner.append(fileRow(m));
  const text = m.text || m.caption;
  if (text) inner.append(h("div", { class: "body", dir: "auto" }, richText(text, m.entities, ctx)));
  inner.append(meta(m, ctx));
  el.append(inner);
  if (keys) el.append(keyboard(m, ctx));
  return el;
}

/** The bubble is as wide as its picture, which is as large as the chat has room for. */
function pictureWidth(m) {
  return Math.round(Math.max(240, Math.min(440, m.width, (520 * m.width) / m.height)));
}

function photo(m, ctx) {
  const img = h("img", { src: m.photo_url, alt: ctx.words.picture, width: m.width, height: m.height });
  const hidden = m.spoiler && !ctx.shown;
  return h("button", { class: hidden ? "photo hidden" : "photo", type: "button", "data-label": ctx.words.hidden, "aria-label": hidden ? ctx.words.hidden : ctx.words.enlarge,
    onclick: () => (hidden ? ctx.onShow() : enlarge(m, ctx)) }, img);
}

/** Shows a picture as large as the window; a tap anywhere closes it. */
function enlarge(m, ctx) {
  const dialog = openDialog({ class: "viewer", "aria-label": ctx.words.picture },
    h("button", { type: "button", "aria-label": ctx.words.close, onclick: () => dialog.close() },
      h("img", { src: m.photo_url, alt: ctx.words.picture, width: m.width, height: m.height })));
}

function fileRow(m) {
  const size = m.file_size < 1024 ? `${m.file_size} B` : `${(m.file_size / 1024).toFixed(1)} KB`;
  return h("a", { class: "doc", href: m.file_url, download: m.file_name },
    h("span", { class: "sheet" }, icon(page)), h("span", {}, h("b", { dir: "auto" }, m.file_name), h("small", {}, h("bdi", {}, size))));
}

function meta(m, ctx) {
  const time = new Date(m.date).toLocaleTimeString(ctx.lang, { hour: "2-digit", minute: "2-digit" });
  return h("div", { class: "meta" },
    m.protected && h("span", { class: "lock", title: "The bot does not allow forwarding or saving" }, icon(lock), ctx.words.locked),
    m.edited_at && h("span", {}, ctx.words.edited),
    h("time", { datetime: m.date }, time));
}

function keyboard(m, ctx) {
  return h("div", { class: "keys-grid", role: "group" },
    m.buttons.map((row) => h("div", { class: "keys-row" }, row.map((b) => key(m, b, ctx)))));
}

function key(m, b, ctx) {
  const label = h("span", { class: "label", dir: "auto" }, b.text);
  const cls = ["key", b.style].filter(Boolean).join(" ");
  if (b.url) {
    return h("a", { class: cls, href: b.url, target: "_blank", rel: "noopener" }, label, h("span", { class: "mark" }, icon(arrow, "arrow"), h("span", { class: "sr" }, "opens a new tab")));
  }
  if (b.copy_text) {
    return h("button", { class: cls, type: "button", onclick: () => copy(b.copy_text, ctx.words.copied) }, label, h("span", { class: "mark" }, icon(sheets)));
  }
  return h("button", { class: cls, type: "button", "data-press": b.data, "aria-busy": ctx.busy(m.id, b.data) ? "true" : "false", onclick: () => ctx.press(m, b.data) }, label);
}
