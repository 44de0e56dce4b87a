(() => {
  const { logout, next, form } = document.getElementById('framegate').dataset;
  const button = document.getElementById('sign-out');

  async function signOut() {
    button.disabled = true;
    if (form !== undefined) {
      // A navigation, as the log-out may go on at an identity provider.
      const sent = Object.assign(document.createElement('form'), { method: 'post', action: logout });
      document.body.append(sent);
      sent.submit();
      return;
    }
    try {
      const response = await fetch(logout, { method: 'POST', headers: { Accept: 'application/json' } });
      if (!response.ok) throw new Error();
      window.location.assign(next);
    } catch {
      button.disabled = false;
      button.textContent = 'That did not work. Sign out again';
    }
  }

  button.addEventListener('click', signOut);
})();
