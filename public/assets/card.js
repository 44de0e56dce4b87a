// The card's button: signs in through a window of its own, whose one-time code is worth something only together with
// the verifier that never leaves this page (RFC 7636). Cookies of that window are not cookies of this frame.
(() => {
  const { login, redeem, state } = document.getElementById('framegate').dataset;
  const button = document.getElementById('sign-in');
  const status = document.getElementById('status');
  // Also the answer where a window opens, but the page around us sends `Cross-Origin-Opener-Policy: same-origin`.
  const NO_WINDOW =
    'The window was blocked: allow pop-up windows for this page and try again. If one has opened, it cannot answer: the page around this frame has to send Cross-Origin-Opener-Policy: same-origin-allow-popups.';
  let popup = null;
  let verifier = '';
  let challenge = '';

  function encode(bytes) {
    const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
    return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  }

  // Made before the click: a window that opens late counts as unwanted and is blocked.
  async function prepare() {
    button.disabled = true;
    verifier = encode(crypto.getRandomValues(new Uint8Array(32)));
    challenge = encode(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
    button.disabled = false;
  }

  function openPopup() {
    if (popup !== null && !popup.closed) {
      popup.focus();
      return;
    }
    popup = window.open(`${login}?challenge=${challenge}`, '_blank', 'popup,width=480,height=640');
    status.textContent = popup === null ? NO_WINDOW : 'Go on in the window that has opened.';
  }

  async function askSignedIn() {
    const response = await fetch(state, { headers: { Accept: 'application/json' } });
    return (await response.json()).signedIn;
  }

  // Some browsers keep no cookies in a frame of another site, partitioned ones neither: no sign-in would ever do. A window
  // of its own has the session of the one that signed in.
  function showLink() {
    const link = document.createElement('a');
    Object.assign(link, { href: window.location.href, target: '_blank', rel: 'noopener', textContent: 'Open it in a window of its own' });
    status.textContent = 'You are signed in, but this browser keeps no cookies for this frame, so the dashboard cannot be shown here. ';
    status.append(link, '.');
    button.hidden = true;
  }

  async function redeemCode(code) {
    const response = await fetch(redeem, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ code, verifier }),
    });
    if (!response.ok) throw new Error((await response.json()).detail);
  }

  async function signIn(code) {
    status.textContent = 'Signing in ...';
    try {
      // Where the frame has the cookie of the window, a code would end that session, for one whose cookie may be refused.
      if ((await askSignedIn()) !== true) await redeemCode(code);
      if ((await askSignedIn()) === false) showLink();
      else window.location.reload();
    } catch (error) {
      status.textContent = error.message || 'That did not work. Try again.';
      await prepare();
    }
  }

  window.addEventListener('message', (event) => {
    if (event.origin !== window.location.origin || popup === null || event.source !== popup) return;
    if (event.data?.type === 'framegate:code' && typeof event.data.code === 'string') void signIn(event.data.code);
  });
  button.addEventListener('click', openPopup);
  void prepare();
})();
