/*!
 * framegate: puts a dashboard into a page of the host application. No dependencies.
 *
 *   <script src="https://dash.example.com/_gate/embed.js"></script>
 *   <div data-framegate data-url="/d/plant-a?kiosk" data-ticket-url="/framegate-ticket"></div>
 *
 * or by hand: const embedded = framegate.embed('#place', { url, ticketUrl, ... });
 *
 *   url            where the dashboard is on the gate; a path, or an address at the gate's origin
 *   ticketUrl      address of the host's server that answers POST with { "ticket": "..." } (cookies go along)
 *   ticket         instead: async function that returns the ticket, or { ticket }
 *                  (with neither, people sign in at the gate, by the card in the frame)
 *   title          name of the frame for screen readers; default "Dashboard"
 *   onState        called with (state, detail); the element also gets an event `framegate:STATE`
 *   renewBeforeMs  how long before its end the session is renewed; default 60000
 *   gate           the gate's address; default: where this script came from
 *
 * States: loading, ready, signed-out, denied, error (detail: code, message or status), renewed, renew-failed.
 * Returns { frame, reload(), destroy() }.
 *
 * The page needs `script-src`, `frame-src` and (with tickets) `form-action` for the gate in its
 * Content-Security-Policy, and its origin in the gate's `embed.hosts`. The ticket is posted into the frame by a form,
 * so it is in no address, history or log. Messages count only from the gate's origin and from frames made here.
 */
(() => {
  'use strict';

  const SCRIPT = document.currentScript && document.currentScript.src;
  const SANDBOX =
    'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';
  const TIMEOUT_MS = 15000;
  const MIN_RENEW_MS = 10000;
  const MAX_RETRY_MS = 300000;
  const MIN_REENTER_MS = 30000;
  const MAX_TIMER_MS = 2147483647;

  /** The gate's own routes, such as https://dash.example.com/_gate */
  function findBase(gate) {
    if (gate) {
      const url = new URL(gate, location.href);
      return url.origin + url.pathname.replace(/(\/_gate)?\/*$/, '') + '/_gate';
    }
    const match = /^(.*\/_gate)\/embed\.js/.exec(SCRIPT || '');
    if (!match) throw new TypeError('framegate: say where the gate is: embed(target, { gate: "https://..." })');
    return match[1];
  }

  async function fetchTicket(url) {
    const response = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { Accept: 'application/json' },
    });
    if (!response.ok) throw new Error('POST ' + url + ' answered ' + response.status);
    return response.json();
  }

  function create(tag, style, text) {
    const element = document.createElement(tag);
    element.style.cssText = style;
    if (text) element.textContent = text;
    return element;
  }

  function embed(target, options) {
    const place = typeof target === 'string' ? document.querySelector(target) : target;
    if (!place) throw new TypeError('framegate: the page has no element "' + target + '" to embed into');
    const base = findBase(options.gate);
    const origin = new URL(base).origin;
    const url = new URL(options.url, origin);
    if (url.origin !== origin) throw new TypeError('framegate: url has to be at ' + origin + ': ' + options.url);
    const getTicket = options.ticket || (options.ticketUrl && (() => fetchTicket(options.ticketUrl)));
    const renewBeforeMs = options.renewBeforeMs === undefined ? 60000 : options.renewBeforeMs;

    const box = create('div', 'position:relative;width:100%;height:100%;min-height:16em');
    const note = create('div', 'position:absolute;inset:0;display:flex;flex-direction:column;gap:1em;align-items:center;justify-content:center;padding:1em;text-align:center;font:1em system-ui,sans-serif');
    note.setAttribute('role', 'status');
    box.append(note);
    place.replaceChildren(box);

    let frame;
    let turn = 0;
    let told = null;
    let enterTimer;
    let renewTimer;
    let retries = 0;
    let endsAt = Infinity;
    let reenteredAt = -Infinity;
    let onProbe = null;

    function tell(state, detail = {}) {
      if (options.onState) options.onState(state, detail);
      place.dispatchEvent(new CustomEvent('framegate:' + state, { bubbles: true, detail }));
    }

    // The note lies under the frame, which covers it once it has something to show; a failure lays it on top.
    function showNote(text, onRetry) {
      note.replaceChildren(create('div', '', text));
      note.style.zIndex = onRetry ? 1 : 0;
      note.style.background = onRetry ? 'Canvas' : '';
      note.style.color = onRetry ? 'CanvasText' : '';
      if (!onRetry) return;
      const button = create('button', 'font:inherit;padding:.4em 1em', 'Try again');
      button.type = 'button';
      button.onclick = onRetry;
      note.append(button);
    }

    function fail(code, message) {
      clearTimeout(enterTimer);
      showNote('The dashboard cannot be shown. ' + message, enter);
      tell('error', { code, message });
    }

    function makeFrame(sandbox, style) {
      const made = create('iframe', style);
      // A fresh name each time: a page in the frame can change its own, and the ticket must not go elsewhere.
      made.name = 'framegate-' + Math.random().toString(36).slice(2);
      made.setAttribute('sandbox', sandbox);
      return made;
    }

    async function askTicket() {
      const answer = await getTicket();
      const ticket = answer && typeof answer === 'object' ? answer.ticket : answer;
      if (typeof ticket !== 'string' || !ticket) throw new Error('there is no ticket in the answer');
      return ticket;
    }

    function postTicket(name, ticket, to) {
      const form = create('form', 'display:none');
      form.method = 'post';
      form.action = base + '/enter';
      form.target = name;
      Object.entries({ ticket, to }).forEach(([field, value]) => {
        const input = document.createElement('input');
        input.type = 'hidden';
        input.name = field;
        input.value = value;
        form.append(input);
      });
      document.body.append(form);
      form.submit();
      form.remove();
    }

    /** What the gate says about the session, from a hidden frame; with a ticket the session is renewed first. */
    function probe(ticket) {
      if (onProbe) onProbe(null);
      return new Promise((resolve, reject) => {
        const hidden = makeFrame('allow-scripts allow-same-origin', 'position:absolute;width:0;height:0;border:0;visibility:hidden');
        hidden.setAttribute('aria-hidden', 'true');
        hidden.tabIndex = -1;
        const timer = setTimeout(() => onProbe(null), TIMEOUT_MS);
        onProbe = (data, source) => {
          if (data && source !== hidden.contentWindow) return;
          clearTimeout(timer);
          hidden.remove();
          onProbe = null;
          if (data && data.type === 'framegate:session') resolve(data);
          else reject(new Error(data ? 'The gate answered ' + data.status + '.' : 'The gate did not answer.'));
        };
        if (!ticket) hidden.src = base + '/state';
        box.append(hidden);
        if (ticket) postTicket(hidden.name, ticket, new URL(base).pathname + '/state');
      });
    }

    function planRenewal(delayMs) {
      clearTimeout(renewTimer);
      if (getTicket) renewTimer = setTimeout(renew, Math.min(Math.max(delayMs, MIN_RENEW_MS), MAX_TIMER_MS));
    }

    function keepUntil(session) {
      retries = 0;
      endsAt = Date.now() + session.endsInMs;
      planRenewal(session.endsInMs - renewBeforeMs);
    }

    async function renew() {
      // After a sleep the session may be over, and the dashboard with it: start again.
      if (Date.now() > endsAt) return enter();
      const mine = turn;
      try {
        const session = await probe(await askTicket());
        if (mine !== turn) return;
        if (!session.signedIn) throw new Error('The browser did not keep the session.');
        keepUntil(session);
        tell('renewed', { login: session.login, endsAt: session.endsAt });
      } catch (error) {
        if (mine !== turn) return;
        planRenewal(Math.min(MIN_RENEW_MS * 2 ** retries++, MAX_RETRY_MS));
        tell('renew-failed', { message: error.message });
      }
    }

    async function settle() {
      const mine = turn;
      clearTimeout(enterTimer);
      const saidByFrame = told;
      told = null;
      try {
        const session = await probe();
        if (mine !== turn) return;
        showNote('');
        if (session.signedIn) keepUntil(session);
        if (session.signedIn && !saidByFrame && !told) tell('ready', { login: session.login, endsAt: session.endsAt });
      } catch {
        if (mine !== turn || saidByFrame || told) return;
        fail('no-answer', 'The gate at ' + origin + ' did not answer. It may be down, or its embed.hosts may not list ' + location.origin + '.');
      }
    }

    function isBlank() {
      try {
        return frame.contentWindow.location.href === 'about:blank';
      } catch {
        return false;
      }
    }

    async function enter() {
      const mine = ++turn;
      clearTimeout(renewTimer);
      clearTimeout(enterTimer);
      told = null;
      endsAt = Infinity;
      showNote('Loading the dashboard ...');
      tell('loading');
      if (frame) frame.remove();
      frame = makeFrame(SANDBOX, 'position:absolute;inset:0;width:100%;height:100%;border:0');
      frame.title = options.title || 'Dashboard';
      frame.allow = 'fullscreen ' + origin + '; clipboard-write ' + origin;
      frame.addEventListener('load', () => mine === turn && !isBlank() && settle());
      enterTimer = setTimeout(() => fail('timeout', 'It took longer than ' + TIMEOUT_MS / 1000 + ' seconds.'), TIMEOUT_MS);
      if (!getTicket) frame.src = url.href;
      box.append(frame);
      if (!getTicket) return;
      try {
        const ticket = await askTicket();
        if (mine === turn) postTicket(frame.name, ticket, url.pathname + url.search + url.hash);
      } catch (error) {
        if (mine === turn) fail('ticket-failed', 'The application gave no ticket: ' + error.message);
      }
    }

    function onMessage(event) {
      const data = event.data;
      if (event.origin !== origin || !data || typeof data.type !== 'string') return;
      if (onProbe && /^framegate:(session|error)$/.test(data.type)) onProbe(data, event.source);
      const match = /^framegate:(signed-out|denied|error)$/.exec(data.type);
      if (!match || event.source !== frame.contentWindow) return;
      if (match[1] === 'signed-out' && getTicket && Date.now() - reenteredAt > MIN_REENTER_MS) {
        reenteredAt = Date.now();
        enter();
        return;
      }
      told = match[1];
      clearTimeout(enterTimer);
      showNote('');
      tell(told, { status: data.status, code: data.code });
    }

    function onViolation({ blockedURI, effectiveDirective }) {
      if (!blockedURI.startsWith(origin) || !/^(frame-src|child-src|form-action)$/.test(effectiveDirective)) return;
      fail('blocked-by-csp', "This page's Content-Security-Policy does not allow " + effectiveDirective + ' ' + origin + '.');
    }

    addEventListener('message', onMessage);
    document.addEventListener('securitypolicyviolation', onViolation);
    enter();

    return {
      get frame() {
        return frame;
      },
      reload: enter,
      destroy() {
        turn++;
        clearTimeout(enterTimer);
        clearTimeout(renewTimer);
        if (onProbe) onProbe(null);
        removeEventListener('message', onMessage);
        document.removeEventListener('securitypolicyviolation', onViolation);
        box.remove();
      },
    };
  }

  function embedMarked() {
    document.querySelectorAll('[data-framegate]').forEach((place) => {
      if (place.framegate) return;
      const { url, ticketUrl, title, gate } = place.dataset;
      place.framegate = embed(place, { url, ticketUrl, title, gate });
    });
  }

  window.framegate = { embed };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', embedMarked);
  else embedMarked();
})();
