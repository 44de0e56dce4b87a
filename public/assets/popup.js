// Hands the one-time code to the frame that opened this window. Only a page of our own origin gets it.
(() => {
  const { code, origin } = document.getElementById('framegate').dataset;
  if (window.opener === null) {
    document.getElementById('status').textContent =
      'The page that asked for this sign-in cannot be reached from here. Open the dashboards in this window, or go back to that page and sign in there.';
    return;
  }
  window.opener.postMessage({ type: 'framegate:code', code }, origin);
  window.setTimeout(() => window.close(), 200);
})();
