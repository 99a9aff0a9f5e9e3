// The browser's part of a passkey: asks the server what to sign, asks the person, puts the answer in the form.
(function () {
  "use strict";
  function toBytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (each) { return each.charCodeAt(0); });
  }
  function toText(buffer) {
    var raw = Array.prototype.map.call(new Uint8Array(buffer), function (each) { return String.fromCharCode(each); }).join("");
    return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function ready(options) {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    ["allowCredentials", "excludeCredentials"].forEach(function (name) {
      (options[name] || []).forEach(function (each) { each.id = toBytes(each.id); });
    });
    return options;
  }
  function plain(credential) {
    var answer = { id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: {}, clientExtensionResults: {} };
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) answer.response[name] = toText(credential.response[name]);
    });
    if (credential.response.getTransports) answer.response.transports = credential.response.getTransports();
    return answer;
  }
  async function fill(form) {
    var csrf = form.elements.csrf ? form.elements.csrf.value : "";
    var reply = await fetch(form.dataset.options, { method: "POST", headers: { "X-Csrf": csrf, Accept: "application/json" } });
    if (!reply.ok) throw new Error("refused");
    var asked = await reply.json();
    var credential = await navigator.credentials[form.dataset.passkey]({ publicKey: ready(asked.options) });
    form.elements.token.value = asked.token;
    form.elements.answer.value = JSON.stringify(plain(credential));
    form.submit();
  }
  document.querySelectorAll("[data-passkey]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var trouble = form.querySelector("[data-trouble]");
      trouble.hidden = true;
      fill(form).catch(function () { trouble.hidden = false; });
    });
  });
})();
