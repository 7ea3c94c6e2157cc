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
    partial_paid: ["Expired, paid in part", "The rest can still be paid, late."],
    expired: ["Expired", "A late payment can still be made."],
    failed: ["Failed", "This payment cannot be completed."],
    cancelled: ["Cancelled", "This payment cannot be completed."],
  };

  // Decimal strings as whole millionths and back: no floats.
  function micros(text) {
    const [whole, part = ""] = text.split(".");
    return BigInt(whole + (part + "000000").slice(0, 6));
  }

  // cents rounds down to two decimals, but never to nothing; currencies without cents to whole units.
  function cents(amount) {
    const unit = wholeOnly() ? 1000000n : 10000n;
    const n = amount / unit > 0n ? amount / unit : 1n;
    return wholeOnly() ? String(n) : `${n / 100n}.${String(n % 100n).padStart(2, "0")}`;
  }

  const wholeOnly = () => state.currency === "JPY" || state.currency === "KRW";

  // price writes a decimal string with two decimals at least, as Checkout.Price does.
  function price(text) {
    if (wholeOnly()) return text;
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
    if (state.unclaimed !== "0") parts.push(`${price(state.unclaimed)} ${state.currency} too late, unclaimed`);
    return parts.join(" + ") || "–";
  }

  function receivedCoins() {
    const { coin, confirmed, confirming } = state.sent;
    const parts = [];
    if (confirmed !== "0") parts.push(`${confirmed} ${coinPage.family(coin)}`);
    if (confirming !== "0") parts.push(`${confirming} ${coinPage.family(coin)} confirming`);
    return parts.join(" + ") || "–";
  }

  // situation says in a few words where a payment stands.
  function situation() {
    const open = state.status === "pending" || state.status === "processing";
    const whole = state.remaining === "0" && state.amount !== "0";
    const seen = state.amount_confirmed !== "0" || state.amount_confirming !== "0";
    const late = state.tags.includes("late");
    const done = state.status === "paid" || (late && whole);
    return { open, whole, seen, late, done, closed: !open && state.status !== "paid" };
  }

  function draw() {
    if (!state) return;
    const now = situation();
    drawStatus(now);
    drawMissing(now);
    const picking = coinPage.draw(state, now.done, now.closed, pick);
    if (picking) $("status-text").textContent = "Choose a coin below.";
    else if (state.sent && state.status === "pending") $("status-text").textContent = "Send the coins as shown below.";
    drawActions(now, picking);
    drawTricks(now);
    countdown();
  }

  function drawStatus(now) {
    const [title, text] = titles[state.status] || [state.status, ""];
    const late = now.late && state.status !== "paid";
    $("status").dataset.state = late ? "processing" : state.status;
    $("status-title").textContent = late ? (now.whole ? "Paid late" : "Paid late, in part") : title;
    const told = late ? "The money came after the deadline: the shop decides what becomes of it." : text;
    $("status-text").textContent = state.tags.length ? `${told} (${state.tags.join(", ").replaceAll("_", " ")})` : told;
    $("received").textContent = received();
  }

  // drawMissing shows how much of the price is there as long as it is only a part.
  function drawMissing(now) {
    $("missing").hidden = !now.seen || now.whole;
    if ($("missing").hidden) return;
    $("missing-sum").textContent = due();
    $("missing-bar").value = Number(1000n - (1000n * micros(state.remaining)) / micros(state.amount));
    $("missing-text").textContent = `${received()} of ${state.sent ? `${state.sent.required} ${coinPage.family(state.sent.coin)}` : `${price(state.amount)} ${state.currency}`} came.`;
  }

  function drawActions(now, picking) {
    const rest = now.seen && !now.whole;
    $("actions").hidden = picking || now.whole || (now.done && !rest);
    $("pay-exact").textContent = `${rest ? "Pay the rest," : now.closed ? "Pay" : "Pay exactly"} ${due()}${now.closed ? (rest ? ", late" : " late") : ""}`;
    $("pay-exact").hidden = !state.pay_methods.includes(1);
    $("pay-exact").classList.toggle("primary", !now.done);
    $("pay-card").textContent = rest ? "Pay the rest by card" : "Pay by card";
    $("pay-card").hidden = !state.pay_methods.includes(2);
    $("again").hidden = !now.done;
    $("back").hidden = !(now.done || now.closed);
    $("back").classList.toggle("primary", now.done || !state.pay_methods.includes(1));
    $("back").href = backLink(now.done ? state.success_url : state.failure_url || state.success_url);
  }

  // drawTricks names the sums, so that nobody has to guess what a button does.
  function drawTricks(now) {
    const settling = now.whole || now.done;
    const late = now.closed ? " late" : "";
    for (const kind of ["less", "more"]) $(`pay-${kind}`).hidden = settling;
    $("pay-less").textContent = `Pay less${late}, ${kinds.less().amount}`;
    $("pay-more").textContent = `Pay more${late}, ${kinds.more().amount}`;
    $("pay-slow").hidden = settling || now.closed;
    $("pay-wrong").hidden = $("pay-slow").hidden || Boolean(state.coins);
    $("expire").hidden = !now.open || (Boolean(state.sent) && now.whole);
    $("expire-hint").hidden = $("expire").hidden;
    $("fall").hidden = state.amount_confirmed === "0";
    $("fall").textContent = `Lose ${kinds.fall().fall} in a re-org`;
    $("fall-hint").hidden = $("fall").hidden;
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

  const missing = () => micros(state.remaining === "0" ? state.amount : state.remaining);
  const kinds = {
    exact: () => (situation().closed && state.sent ? { coin_amount: state.sent.remaining } : {}),
    card: () => ({ method: 2 }),
    less: () => ({ amount: cents(missing() / 2n) }),
    more: () => ({ amount: cents(missing() + micros(state.amount) / 4n) }),
    wrong: () => ({ currency: "BTC", amount: state.remaining }),
    slow: () => ({ confirm_after: "15s" }),
    again: () => ({ amount: state.amount }),
    fall: () => ({ fall: cents(micros(state.amount_confirmed) / 2n) }),
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
