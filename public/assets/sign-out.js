(() => {
  const { logout, next } = document.getElementById('framegate').dataset;
  const button = document.getElementById('sign-out');

  async function signOut() {
    button.disabled = true;
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
