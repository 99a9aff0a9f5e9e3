// Liveness of the desk: asks for news, says how old the page is, keeps drafts, listens to keys. The pages work without it.
(function () {
  "use strict";
  var VISIBLE_MS = 8000, HIDDEN_MS = 60000, OLD_S = 45;
  var parts = function () { return Array.prototype.slice.call(document.querySelectorAll("[data-refresh]")); };
  var heard = Date.now(), open = [];

  // --- news: each part asks with the tag of what it shows; 304 means "you have it"
  function ask() {
    parts().forEach(function (part) { if (!isBusy(part)) window.htmx.trigger(part, "refresh"); });
    window.setTimeout(ask, document.hidden ? HIDDEN_MS : VISIBLE_MS);
  }
  function isBusy(part) { return part.contains(document.activeElement) && document.activeElement.tagName === "SUMMARY"; }
  document.addEventListener("htmx:configRequest", function (event) {
    var part = event.detail.elt;
    if (part.hasAttribute("data-refresh")) event.detail.headers["If-None-Match"] = part.dataset.tag;
    if (document.hidden) event.detail.headers["X-Unseen"] = "1";
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var part = event.detail.elt, reply = event.detail.xhr;
    if (!part.hasAttribute("data-refresh") || !(reply.status === 304 || event.detail.successful)) return;
    heard = Date.now();
    if (reply.getResponseHeader("ETag")) part.dataset.tag = reply.getResponseHeader("ETag");
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    open = Array.prototype.map.call(event.detail.target.querySelectorAll("details"), function (each) { return each.open; });
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    Array.prototype.forEach.call(event.detail.target.querySelectorAll("details"), function (each, at) { each.open = open[at]; });
  });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) parts().forEach(function (part) { window.htmx.trigger(part, "refresh"); }); });

  // --- how old is what I see
  function sayAge() {
    var seconds = Math.round((Date.now() - heard) / 1000);
    var isOld = seconds > OLD_S && !document.hidden;
    document.body.classList.toggle("stale", isOld);
    document.querySelectorAll("[data-fresh]").forEach(function (each) {
      each.classList.toggle("old", isOld);
      each.querySelector("[data-fresh-words]").textContent = (isOld ? each.dataset.old : each.dataset.ago).replace("{seconds}", seconds);
    });
  }

  // --- drafts: on the server when it can be reached, in this tab until then
  document.querySelectorAll("[data-draft]").forEach(function (area) {
    var name = "draft-" + area.dataset.draft, kept = window.sessionStorage.getItem(name);
    if (kept && !area.value) area.value = kept;
    area.addEventListener("input", function () { window.sessionStorage.setItem(name, area.value); });
    area.addEventListener("htmx:afterRequest", function (event) { if (event.detail.successful) window.sessionStorage.removeItem(name); });
    area.form.addEventListener("submit", function () { if (navigator.onLine) window.sessionStorage.removeItem(name); });
  });
  document.querySelectorAll("form").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      window.setTimeout(function () { delete form.dataset.sent; }, 4000);
    });
  });

  // --- the ten seconds in which a reply can be taken back
  document.querySelectorAll("[data-undo]").forEach(function (form) {
    var left = Number(form.dataset.undo);
    var timer = window.setInterval(function () {
      left -= 1;
      form.querySelector("[data-undo-left]").textContent = Math.max(left, 0);
      if (left <= 0) { window.clearInterval(timer); form.hidden = true; }
    }, 1000);
  });

  // --- keys, unless switched off or typing
  document.addEventListener("keydown", function (event) {
    var isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (document.body.dataset.shortcuts !== "on" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j" || event.key === "k") return step(event.key === "j" ? 1 : -1);
    if (event.key === "?") return document.getElementById("keys").showModal();
    var wanted = /^[a-z]$/.test(event.key) && document.querySelector('[data-key="' + event.key + '"]');
    if (!wanted) return;
    event.preventDefault();
    if (wanted.tagName === "SUMMARY") { wanted.parentNode.open = true; (wanted.parentNode.querySelector("textarea, input:not([type=hidden]), select") || wanted).focus(); }
    else if (wanted.tagName === "BUTTON") wanted.click();
    else wanted.focus();
  });
  function step(by) {
    var links = Array.prototype.slice.call(document.querySelectorAll("[data-list] a"));
    var at = links.indexOf(document.activeElement);
    if (at < 0) at = links.findIndex(function (link) { return link.hasAttribute("aria-current"); });
    var next = links[Math.min(links.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }

  document.documentElement.classList.add("scripted");
  window.setTimeout(ask, VISIBLE_MS);
  window.setInterval(sayAge, 1000);
})();
