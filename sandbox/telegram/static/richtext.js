// Text with entities becomes nodes. JavaScript strings count UTF-16 units, as entities do.
import { h, pressable, copy } from "./dom.js";

const blocks = new Set(["blockquote", "expandable_blockquote", "pre"]);

/** Renders text; opts: {words, command(text), shown, onShow()}. */
export function richText(text, entities, opts) {
  const out = document.createDocumentFragment();
  const outer = entities.filter((e) => blocks.has(e.type) && !entities.some((o) => o !== e && blocks.has(o.type) && contains(o, e)));
  let at = 0;
  for (const block of outer) {
    inline(out, text, entities, at, block.offset, opts);
    out.append(blockNode(text, entities, block, opts));
    at = block.offset + block.length;
    if (text[at] === "\n") at++;
  }
  inline(out, text, entities, at, text.length, opts);
  return out;
}

const contains = (a, b) => a.offset <= b.offset && b.offset + b.length <= a.offset + a.length;

function blockNode(text, entities, block, opts) {
  const end = block.offset + block.length;
  if (block.type === "pre") {
    const value = text.slice(block.offset, end);
    return copyable(h("pre", {}, value), value, opts);
  }
  const quote = h("blockquote", { dir: "auto" });
  const inner = entities.filter((e) => e !== block && e.type !== "blockquote");
  inline(quote, text, inner, block.offset, end, opts);
  if (block.type === "expandable_blockquote") {
    quote.classList.add("more");
    pressable(quote, () => quote.classList.toggle("more"));
  }
  return quote;
}

function inline(parent, text, entities, from, to, opts) {
  const inside = entities.filter((e) => !blocks.has(e.type) && e.offset < to && e.offset + e.length > from);
  const cuts = new Set([from, to]);
  for (const e of inside) {
    cuts.add(Math.max(from, e.offset));
    cuts.add(Math.min(to, e.offset + e.length));
  }
  const marks = [...cuts].sort((a, b) => a - b);
  for (let i = 0; i + 1 < marks.length; i++) {
    const [start, end] = [marks[i], marks[i + 1]];
    const over = inside.filter((e) => e.offset <= start && e.offset + e.length >= end);
    let node = document.createTextNode(text.slice(start, end));
    for (const e of over.reverse()) node = wrap(e, node, text.slice(e.offset, e.offset + e.length), opts);
    parent.append(node);
  }
}

function wrap(e, node, whole, opts) {
  switch (e.type) {
    case "bold": return h("strong", {}, node);
    case "italic": return h("em", {}, node);
    case "underline": return h("u", {}, node);
    case "strikethrough": return h("s", {}, node);
    case "code": return copyable(h("code", {}, node), whole, opts);
    case "url": return link(whole, node);
    case "text_link": return link(e.url, node);
    case "bot_command": return h("button", { class: "cmd", type: "button", onclick: () => opts.command(whole) }, node);
    case "spoiler": return spoiler(node, opts);
  }
  return node;
}

function link(url, node) {
  if (!/^(https?|tg|mailto|tel):/i.test(url)) return node;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, node);
}

function copyable(el, value, opts) {
  return pressable(el, () => copy(value, opts.words.copied));
}

function spoiler(node, opts) {
  if (opts.shown) return h("span", { class: "spoiler" }, node);
  const el = h("span", { class: "spoiler shut", "aria-label": opts.words.hidden }, node);
  return pressable(el, (e) => { e.stopPropagation(); opts.onShow(); });
}
