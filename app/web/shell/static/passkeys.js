// The browser's part of a passkey: asks the server what to sign, asks the person, puts the answer in the form. For staff
// and for patients, whose forms stay hidden until their own phone can be asked.
(function () {
  'use strict';
  function toBytes(text) {
    var raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(raw, function (each) { return each.charCodeAt(0); });
  }
  function toText(buffer) {
    var raw = Array.prototype.map.call(new Uint8Array(buffer), function (each) { return String.fromCharCode(each); }).join('');
    return btoa(raw).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }
  function ready(options) {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    ['allowCredentials', 'excludeCredentials'].forEach(function (name) {
      (options[name] || []).forEach(function (each) { each.id = toBytes(each.id); });
    });
    return options;
  }
  function plain(credential) {
    var answer = { id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: {}, clientExtensionResults: {} };
    ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach(function (name) {
      if (credential.response[name]) answer.response[name] = toText(credential.response[name]);
    });
    if (credential.response.getTransports) answer.response.transports = credential.response.getTransports();
    return answer;
  }
  function fill(form) {
    var csrf = form.elements.csrf ? form.elements.csrf.value : '';
    return fetch(form.dataset.options, {
      method: 'POST', credentials: 'same-origin', headers: { 'X-Csrf': csrf, Accept: 'application/json' }
    }).then(function (reply) {
      if (!reply.ok) throw new Error('refused');
      return reply.json();
    }).then(function (asked) {
      return navigator.credentials[form.dataset.passkey]({ publicKey: ready(asked.options) }).then(function (credential) {
        form.elements.token.value = asked.token;
        form.elements.answer.value = JSON.stringify(plain(credential));
        form.submit();
      });
    });
  }
  // What a patient called a shared phone keeps nothing, and only a lock of the phone's own is offered.
  function isOwn() {
    try {
      if (sessionStorage.getItem('shared')) return Promise.resolve(false);
    } catch (refused) {
      // storage switched off says nothing about who holds the phone
    }
    return self.PublicKeyCredential && PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable
      ? PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable() : Promise.resolve(false);
  }
  function offer(form) {
    isOwn().then(function (is) {
      var instead = document.querySelector('[data-no-passkey]');
      form.hidden = !is;
      if (instead) instead.hidden = is;
    }).catch(function () { /* it stays as the server made it */ });
  }
  Array.prototype.forEach.call(document.querySelectorAll('[data-passkey]'), function (form) {
    var trouble = form.querySelector('[data-trouble]');
    var isAsking = false; // a second tap would end the first question
    addEventListener('pageshow', function () { isAsking = false; }); // come back to as it was left
    if (form.hidden) offer(form);
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      if (isAsking) return;
      isAsking = true;
      trouble.hidden = true;
      fill(form).catch(function () { isAsking = trouble.hidden = false; });
    });
  });
})();
