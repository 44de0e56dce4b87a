// Hands the one-time code to the frame that opened this window. Only a page of our own origin gets it.
(() => {
  const { code, origin } = document.getElementById('framegate').dataset;
  if (window.opener === null) {
    document.getElementById('status').textContent = 'Close this window and reload the page with the dashboard.';
    return;
  }
  window.opener.postMessage({ type: 'framegate:code', code }, origin);
  window.setTimeout(() => window.close(), 200);
})();
