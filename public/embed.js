/*!
 * framegate: puts a dashboard into a page of the host application.
 *
 *   <script src="https://dash.example.com/_gate/embed.js"></script>
 *   <div data-framegate data-url="/d/plant-a?kiosk" data-ticket-url="/framegate-ticket"></div>
 *
 * or: const embedded = framegate.embed(element, { url, ticketUrl })  ->  { frame, reload(), destroy() }
 *
 *   url            dashboard on the gate: a path or a whole address
 *   ticketUrl      where the host's server answers POST with { "ticket": "..." }
 *   ticket         instead: async () => ticket. With neither, people sign in by the card in the frame.
 *   title          of the frame; default "Dashboard"
 *   onState        called with (state, detail); the element gets events `framegate:STATE` too: loading, ready,
 *                  signed-out, denied, error { code, message }, renewed, renew-failed
 *   renewBeforeMs  how long before its end a session is renewed; default 60000
 *   gate           address of the gate; default: where this script is from
 *
 * The page's Content-Security-Policy has to allow the gate as script-src, frame-src and (tickets) form-action; the
 * gate's embed.hosts has to list the page's origin. The ticket goes into the frame by a form, so it is in no address.
 */
(() => {
  const SCRIPT = document.currentScript?.src;
  const TIMEOUT_MS = 15000;
  const MIN_RENEW_MS = 10000;
  const MAX_RENEW_MS = 2 ** 31 - 1;
  const MAX_RETRY_MS = 300000;
  const REENTER_MS = 30000;

  /** The gate's own routes, such as https://dash.example.com/_gate */
  function findBase(gate) {
    const match = /^(.*?)(\/_gate\/embed\.js.*|\/_gate\/?|\/)?$/.exec(gate ? new URL(gate, location.href).href : SCRIPT);
    if (!gate && !/embed\.js/.test(match[2])) throw new TypeError('framegate: say where the gate is, by the option "gate"');
    return `${match[1]}/_gate`;
  }

  async function fetchTicket(url) {
    const response = await fetch(url, { method: 'POST', headers: { Accept: 'application/json' } });
    if (!response.ok) throw new Error(`POST ${url} answered ${response.status}`);
    return response.json();
  }

  function make(tag, style, properties) {
    const element = Object.assign(document.createElement(tag), properties);
    element.style.cssText = style;
    return element;
  }

  function embed(target, options) {
    const place = typeof target === 'string' ? document.querySelector(target) : target;
    if (!place) throw new TypeError(`framegate: there is no element ${target}`);
    const base = findBase(options.gate);
    const { origin, pathname } = new URL(base);
    const url = new URL(options.url, origin);
    if (url.origin !== origin) throw new TypeError(`framegate: url has to be at ${origin}`);
    const getTicket = options.ticket || (options.ticketUrl && (() => fetchTicket(options.ticketUrl)));

    const box = make('div', 'position:relative;width:100%;height:100%;min-height:16em');
    const note = make('div', '', { role: 'status' });
    box.append(note);
    place.replaceChildren(box);

    let frame;
    // Counts entries; what an earlier one still waits for does not count any more.
    let turn = 0;
    let told;
    let enterTimer;
    let renewTimer;
    let retries = 0;
    let endsAt;
    let reenteredAt = 0;
    let probing;

    function tell(state, detail = {}) {
      options.onState?.(state, detail);
      place.dispatchEvent(new CustomEvent(`framegate:${state}`, { bubbles: true, detail }));
    }

    // The note lies under the frame, which covers it once it shows something; a failure lies on top.
    function showNote(text, act, label = 'Try again') {
      const top = act ? 'z-index:1;background:Canvas;color:CanvasText;' : '';
      note.style.cssText = `${top}position:absolute;inset:0;display:grid;gap:1em;place-content:center;justify-items:center;text-align:center;padding:1em;font:1em system-ui`;
      note.textContent = text;
      if (act) note.append(make('button', 'font:inherit', { type: 'button', textContent: label, onclick: act }));
    }

    function fail(code, message, act = enter, label) {
      clearTimeout(enterTimer);
      showNote(`The dashboard cannot be shown. ${message}`, act, label);
      tell('error', { code, message });
    }

    // A new frame with a new name each time: a page can rename its frame, and a ticket must not open a window.
    function makeFrame(sandbox, style) {
      const made = make('iframe', `position:absolute;border:0;${style}`, { name: `framegate-${Math.random()}` });
      made.setAttribute('sandbox', `allow-scripts allow-same-origin ${sandbox}`);
      return made;
    }

    async function askTicket() {
      const answer = await getTicket();
      const ticket = answer?.ticket || answer;
      if (typeof ticket !== 'string') throw new Error('its answer has no ticket');
      return ticket;
    }

    function postTicket(name, ticket, to) {
      const form = make('form', 'display:none', { method: 'post', action: `${base}/enter`, target: name });
      // Where the browser hides the origin (Referrer-Policy: no-referrer), the gate's log can still name the host.
      const fields = { ticket, to, host: location.origin };
      for (const [field, value] of Object.entries(fields)) form.append(make('input', '', { name: field, value }));
      box.append(form);
      form.submit();
      form.remove();
    }

    function stopProbe() {
      clearTimeout(probing?.timer);
      probing?.hidden.remove();
      probing = undefined;
    }

    /** What the gate says of the session, in a hidden frame; a ticket renews it first. A later probe silences this one. */
    function probe(ticket) {
      stopProbe();
      return new Promise((resolve, reject) => {
        const hidden = makeFrame('', 'width:0;height:0;visibility:hidden');
        hidden.ariaHidden = 'true';
        function settleProbe(data) {
          stopProbe();
          if (data?.type === 'framegate:session') resolve(data);
          else reject(new Error(`The gate answered ${data?.code || 'nothing'}.`));
        }
        probing = { hidden, settleProbe, timer: setTimeout(settleProbe, TIMEOUT_MS) };
        if (!ticket) hidden.src = `${base}/state`;
        box.append(hidden);
        if (ticket) postTicket(hidden.name, ticket, `${pathname}/state`);
      });
    }

    function planRenewal(delayMs) {
      clearTimeout(renewTimer);
      if (getTicket) renewTimer = setTimeout(renew, Math.min(Math.max(delayMs, MIN_RENEW_MS), MAX_RENEW_MS));
    }

    // Nobody signed in, or somebody of the host application: nothing to renew.
    function keep({ endsInMs }) {
      if (endsInMs === null) return;
      retries = 0;
      endsAt = Date.now() + endsInMs;
      planRenewal(endsInMs - (options.renewBeforeMs ?? 60000));
    }

    async function renew() {
      // After a sleep the session may be over, and the dashboard with it.
      if (Date.now() > endsAt) return enter();
      const mine = turn;
      try {
        const session = await probe(await askTicket());
        if (mine !== turn) return;
        if (!session.signedIn) throw new Error('The browser kept no session.');
        keep(session);
        tell('renewed', session);
      } catch ({ message }) {
        if (mine !== turn) return;
        planRenewal(Math.min(MIN_RENEW_MS * 2 ** retries++, MAX_RETRY_MS));
        tell('renew-failed', { message });
      }
    }

    async function settle() {
      const mine = turn;
      const toldBefore = told;
      told = undefined;
      clearTimeout(enterTimer);
      try {
        const session = await probe();
        if (mine !== turn) return;
        showNote('');
        keep(session);
        if (!toldBefore && !told) tell('ready', session);
      } catch {
        if (mine === turn && !toldBefore && !told)
          fail('no-answer', `${origin} did not answer. It is down, or its embed.hosts does not list ${location.origin}.`);
      }
    }

    // A ticket was taken, but no cookie: a window has some. It opens at the click alone, so its ticket comes first.
    function offerWindow() {
      turn++;
      void withTicket((ticket) => {
        function openWindow() {
          postTicket('_blank', ticket, url.href);
          showNote('', enter);
        }
        fail('no-cookie', `This browser keeps no cookies for ${origin} here.`, openWindow, 'Open a window');
      });
    }

    function isBlank() {
      try {
        return frame.contentWindow.location.href === 'about:blank';
      } catch {
        return false;
      }
    }

    async function withTicket(use) {
      const mine = turn;
      try {
        const ticket = await askTicket();
        if (mine === turn) use(ticket);
      } catch ({ message }) {
        if (mine === turn) fail('ticket-failed', `The application gave no ticket: ${message}.`);
      }
    }

    function enter() {
      const mine = ++turn;
      clearTimeout(renewTimer);
      clearTimeout(enterTimer);
      stopProbe();
      told = endsAt = undefined;
      showNote('Loading the dashboard ...');
      tell('loading');
      frame?.remove();
      frame = makeFrame('allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads', 'inset:0;width:100%;height:100%');
      frame.title = options.title || 'Dashboard';
      frame.allow = `fullscreen ${origin}; clipboard-write ${origin}`;
      frame.onload = () => mine === turn && !isBlank() && settle();
      enterTimer = setTimeout(fail, TIMEOUT_MS, 'timeout', 'It took too long.');
      if (!getTicket) frame.src = url;
      box.append(frame);
      if (getTicket) void withTicket((ticket) => postTicket(frame.name, ticket, url.href));
    }

    function onMessage({ data, origin: from, source }) {
      const state = from === origin && /^framegate:(session|signed-out|denied|error)$/.exec(data?.type)?.[1];
      if (!state) return;
      if (source === probing?.hidden.contentWindow) probing.settleProbe(data);
      if (source !== frame.contentWindow || state === 'session') return;
      if (state === 'signed-out' && getTicket) {
        if (Date.now() - reenteredAt > REENTER_MS) {
          reenteredAt = Date.now();
          return enter();
        }
        if (!endsAt) return offerWindow();
      }
      told = state;
      clearTimeout(enterTimer);
      showNote('');
      tell(state, data);
    }

    function onViolation({ blockedURI, effectiveDirective }) {
      if (!blockedURI.startsWith(origin) || !/frame-src|form-action/.test(effectiveDirective)) return;
      told = 'blocked';
      fail(told, `The Content-Security-Policy of this page does not allow ${effectiveDirective} ${origin}.`);
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
        stopProbe();
        removeEventListener('message', onMessage);
        document.removeEventListener('securitypolicyviolation', onViolation);
        box.remove();
      },
    };
  }

  function embedMarked() {
    for (const place of document.querySelectorAll('[data-framegate]')) place.framegate ??= embed(place, place.dataset);
  }

  window.framegate = { embed };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', embedMarked);
  else embedMarked();
})();
