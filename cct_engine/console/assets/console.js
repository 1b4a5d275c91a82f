/* Comfort only: every page works without it. */
(() => {
  "use strict";
  const typing = (e) => e.target.closest("input,select,textarea,[contenteditable]");
  const single = document.documentElement.dataset.keys !== "off";
  const go = {t: "/", c: "/cycles", h: "/households", f: "/files", s: "/suspense", l: "/ledger", e: "/exceptions", a: "/answers"};
  let waiting = "";
  const rows = () => [...document.querySelectorAll("main table tbody tr")].filter((r) => r.querySelector("a"));
  const mark = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((r) => r.classList.contains("at"));
    const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
    all.forEach((r) => r.classList.remove("at"));
    next.classList.add("at");
    const link = next.querySelector("a");
    link.focus();
    link.scrollIntoView({block: "nearest"});
  };
  const follow = (selector) => { const link = document.querySelector(selector); if (link) link.click(); };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey && e.key === "Enter") {
      const forms = document.querySelectorAll("main form[method=post]");
      if (forms.length === 1) { e.preventDefault(); forms[0].requestSubmit(); }
      return;
    }
    if (!single || e.ctrlKey || e.metaKey || e.altKey || typing(e)) return;
    if (waiting === "g") { waiting = ""; if (go[e.key]) location.assign(go[e.key]); return; }
    if (e.key === "g") { waiting = "g"; setTimeout(() => { waiting = ""; }, 1200); }
    else if (e.key === "/") { const box = document.querySelector("#search"); if (box) { e.preventDefault(); box.focus(); } }
    else if (e.key === "?") location.assign("/help");
    else if (e.key === "j") mark(1);
    else if (e.key === "k") mark(-1);
    else if (e.key === "x") { const box = document.querySelector("tr.at input[type=checkbox]"); if (box) box.click(); }
    else if (e.key === "n") follow("a[rel=next]");
    else if (e.key === "p") follow("a[rel=prev]");
  });
  /* A button pressed is not pressed again; Back gives a usable form. */
  document.addEventListener("submit", (e) => {
    if (e.target.method !== "post") return;
    setTimeout(() => e.target.querySelectorAll("button").forEach((b) => { b.disabled = true; }), 0);
  });
  addEventListener("pageshow", () => document.querySelectorAll("button[disabled]").forEach((b) => { b.disabled = false; }));
  document.addEventListener("click", (e) => { if (e.target.closest("[data-print]")) print(); });
  /* After a swap the person started, focus goes to what is new; polling never moves it. */
  document.addEventListener("htmx:afterSwap", (e) => {
    if (e.detail.elt.dataset.quiet !== undefined) return;
    const head = e.detail.elt.querySelector("[tabindex='-1']");
    if (head) head.focus();
  });
})();
