"use strict";
// The part of the page for gateways where the payer picks a coin.
const coinPage = (() => {
  const $ = (name) => document.getElementById(name);
  let listed = ""; // the coins on the page, so that a redraw keeps the focus
  let again = false; // the payer wants to see the list once more

  const grouped = (text) => text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
  const family = (code) => code.split("_")[0];

  function el(tag, props, ...children) {
    const node = document.createElement(tag);
    Object.assign(node, props);
    node.append(...children);
    return node;
  }

  function row(coin, pick) {
    const symbol = family(coin.code);
    const button = el("button", { type: "button", className: "coin", id: `coin-${coin.code}` },
      el("span", { className: "mark", textContent: symbol, ariaHidden: "true" }),
      el("span", { className: "who" },
        el("strong", { textContent: coin.name }),
        el("span", { className: "muted", textContent: coin.network })),
      el("span", { className: "what", dir: "ltr" },
        el("strong", { textContent: coin.amount }),
        el("span", { className: "muted", textContent: symbol })));
    button.dataset.family = symbol;
    button.dataset.coin = coin.code;
    button.addEventListener("click", () => {
      again = false;
      pick(coin.code);
    });
    return el("li", {}, button);
  }

  function list(coins, pick) {
    const key = coins.map((c) => c.code + c.amount).join();
    if (key === listed) return;
    listed = key;
    $("coin-list").replaceChildren(...coins.map((c) => row(c, pick)));
  }

  function transfer(state) {
    const { sent } = state;
    const coin = state.coins.find((c) => c.code === sent.coin);
    $("coin-amount").textContent = sent.remaining === "0" ? sent.required : sent.remaining;
    $("send-title").textContent = sent.remaining === "0" ? "Price" : "Send exactly";
    $("coin-code").textContent = family(sent.coin);
    $("coin-rate").textContent = coin ? `1 ${family(sent.coin)} = ${grouped(coin.price)} USD` : "";
    $("coin-network").textContent = coin ? coin.network : "";
    $("coin-address").textContent = sent.address;
    $("change-coin").hidden = sent.fixed;
    $("confirming").hidden = sent.confirming === "0";
    $("confirming-count").textContent = `${sent.confirmations} / ${sent.confirmations_needed}`;
    $("confirming-bar").max = sent.confirmations_needed;
    $("confirming-bar").value = sent.confirmations;
  }

  // draw shows what the state asks for and reports whether the payer still has
  // to pick a coin.
  function draw(state, done, closed, pick) {
    const coins = state.coins || [];
    const picking = coins.length > 0 && !done && !closed && (!state.sent || (again && !state.sent.fixed));
    $("coins").hidden = !picking;
    $("transfer").hidden = done || picking || !state.sent;
    if (coins.length > 0) list(coins, pick);
    if (state.sent) transfer(state);
    return picking;
  }

  function onChange(redraw) {
    $("change-coin").addEventListener("click", () => {
      again = true;
      redraw();
      document.querySelector(".coin")?.focus();
    });
  }

  async function copy(button) {
    const source = $(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source); // no clipboard here: at least it is marked
      return;
    }
    button.textContent = "Copied";
    button.dataset.done = "";
    setTimeout(() => {
      button.textContent = "Copy";
      delete button.dataset.done;
    }, 1600);
  }
  document.querySelectorAll("[data-copy]").forEach((b) => b.addEventListener("click", () => copy(b)));

  return { draw, onChange, family };
})();
