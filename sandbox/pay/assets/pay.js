"use strict";
(() => {
  const { gateway, id } = document.body.dataset;
  const api = `/control/payments/${encodeURIComponent(gateway)}/${encodeURIComponent(id)}`;
  const $ = (name) => document.getElementById(name);
  let state = null;
  let ahead = 0; // sandbox clock minus this browser's, milliseconds
  let busy = false;

  const titles = {
    pending: ["Waiting for payment", "Choose how to pay below."],
    processing: ["Payment seen", "Waiting for the rest or for confirmations."],
    paid: ["Paid", "Thank you. The shop has been told."],
    partial_paid: ["Expired, paid in part", "The shop has been told what arrived."],
    expired: ["Expired", "A late payment can still be made."],
    failed: ["Failed", "This payment cannot be completed."],
    cancelled: ["Cancelled", "This payment cannot be completed."],
  };

  // scale multiplies a decimal string by num/den in whole units of 1e-6, no floats.
  function scale(text, num, den) {
    const [whole, part = ""] = text.split(".");
    const micro = BigInt(whole + (part + "000000").slice(0, 6));
    const cents = (micro * BigInt(num)) / BigInt(den) / 10000n;
    const least = cents > 0n ? cents : 1n;
    return `${least / 100n}.${String(least % 100n).padStart(2, "0")}`;
  }

  // price writes a decimal string with two decimals at least, as Checkout.Price does.
  function price(text) {
    if (state.currency === "JPY" || state.currency === "KRW") return text;
    const [whole, part = ""] = text.split(".");
    return `${whole}.${part.padEnd(2, "0")}`;
  }

  async function call(method, url, body) {
    const init = { method, headers: { Accept: "application/json" } };
    if (body) {
      init.body = JSON.stringify(body);
      init.headers["Content-Type"] = "application/json";
    }
    const res = await fetch(url, init);
    const data = await res.json().catch(() => ({}));
    if (!res.ok) throw new Error(data.error || `The sandbox answered ${res.status}.`);
    return data;
  }

  function complain(text) {
    $("error").textContent = text;
    $("error").hidden = !text;
  }

  async function refresh() {
    try {
      state = await call("GET", api);
    } catch (err) {
      complain(`${err.message} Trying again…`);
      return;
    }
    ahead = new Date(state.now).getTime() - Date.now();
    draw();
  }

  function received() {
    if (state.sent) return receivedCoins();
    const parts = [];
    if (state.amount_confirmed !== "0") parts.push(`${price(state.amount_confirmed)} ${state.currency}`);
    if (state.amount_confirming !== "0") parts.push(`${price(state.amount_confirming)} ${state.currency} confirming`);
    return parts.join(" + ") || "–";
  }

  function receivedCoins() {
    const { coin, confirmed, confirming } = state.sent;
    const parts = [];
    if (confirmed !== "0") parts.push(`${confirmed} ${coinPage.family(coin)}`);
    if (confirming !== "0") parts.push(`${confirming} ${coinPage.family(coin)} confirming`);
    return parts.join(" + ") || "–";
  }

  function draw() {
    if (!state) return;
    const [title, text] = titles[state.status] || [state.status, ""];
    const late = state.tags.includes("late");
    const done = state.status === "paid" || late;
    $("status").dataset.state = late ? "processing" : state.status;
    $("status-title").textContent = late && state.status !== "paid" ? "Paid late" : title;
    $("status-text").textContent = state.tags.length ? `${text} (${state.tags.join(", ").replaceAll("_", " ")})` : text;
    $("received").textContent = received();
    const closed = !["pending", "processing", "paid"].includes(state.status);
    $("pay-exact").textContent = closed ? `Pay ${due()} late` : `Pay exactly ${due()}`;
    const picking = coinPage.draw(state, done, closed, pick);
    if (picking) $("status-text").textContent = "Choose a coin below.";
    else if (state.sent && state.status === "pending") $("status-text").textContent = "Send the coins as shown below.";
    const covered = Boolean(state.sent) && state.sent.remaining === "0" && !closed;
    $("actions").hidden = done || picking || covered;
    $("pay-wrong").hidden = Boolean(state.coins);
    $("tricks").toggleAttribute("data-odd", Boolean(state.coins));
    $("pay-card").hidden = !state.pay_methods.includes(2);
    $("pay-exact").hidden = !state.pay_methods.includes(1);
    $("expire").disabled = busy || closed;
    $("pay-late").disabled = busy || !closed;
    $("back").hidden = !(done || closed);
    $("back").href = backLink(done ? state.success_url : state.failure_url || state.success_url);
    countdown();
  }

  function due() {
    if (!state.sent) return `${price(state.remaining === "0" ? state.amount : state.remaining)} ${state.currency}`;
    const { coin, remaining, required } = state.sent;
    return `${remaining === "0" ? required : remaining} ${coinPage.family(coin)}`;
  }

  const pick = (coin) => act(() => call("POST", api, { select: coin }));

  // A link into the messenger leads to the sandbox's own chat page.
  function backLink(url) {
    try {
      const u = new URL(url, location.href);
      if (u.hostname === "t.me") return `/?start=${encodeURIComponent(u.searchParams.get("start") || "")}`;
      if (u.protocol === "https:" || u.protocol === "http:") return u.href;
    } catch { /* not a link: the chat will do */ }
    return "/";
  }

  function countdown() {
    if (!state) return;
    const left = Math.floor((new Date(state.expires_at).getTime() - Date.now() - ahead) / 1000);
    const el = $("countdown");
    const open = state.status === "pending" || state.status === "processing";
    el.classList.toggle("soon", open && left < 120);
    if (!open) el.textContent = "\u00a0";
    else if (left <= 0) el.textContent = "The time is up";
    else {
      const two = (n) => String(n).padStart(2, "0");
      const h = Math.floor(left / 3600);
      el.textContent = `Pay within ${h ? `${h}:` : ""}${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    }
  }

  async function act(job) {
    if (busy || !state) return;
    busy = true;
    complain("");
    document.querySelectorAll("button").forEach((b) => { b.disabled = true; });
    let failed = "";
    try {
      await job();
    } catch (err) {
      failed = err.message;
    }
    busy = false;
    document.querySelectorAll("button").forEach((b) => { b.disabled = false; });
    await refresh();
    if (failed) complain(failed);
  }

  const kinds = {
    exact: () => ({}),
    card: () => ({ method: 2 }),
    less: () => ({ amount: scale(state.amount, 1, 2) }),
    more: () => ({ amount: scale(state.amount, 5, 4) }),
    wrong: () => ({ currency: "BTC", amount: state.amount }),
    slow: () => ({ confirm_after: "15s" }),
  };

  document.querySelectorAll("[data-pay]").forEach((b) => {
    b.addEventListener("click", () => act(() => call("POST", api, kinds[b.dataset.pay]())));
  });
  $("other").addEventListener("submit", (e) => {
    e.preventDefault();
    const amount = $("other-amount").value.trim().replace(",", ".");
    if (!/^\d+(\.\d{1,6})?$/.test(amount)) return complain("Type an amount such as 12.50.");
    act(() => call("POST", api, { amount }));
  });
  $("expire").addEventListener("click", () => act(() => {
    const left = Math.ceil((new Date(state.expires_at).getTime() - Date.now() - ahead) / 1000) + 1;
    return call("POST", "/control/clock", { advance: `${Math.max(1, left)}s` });
  }));

  coinPage.onChange(draw);
  refresh();
  setInterval(countdown, 1000);
  setInterval(() => { if (!busy && !document.hidden) refresh(); }, 1500);
})();
