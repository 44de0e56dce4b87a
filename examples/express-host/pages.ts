// The application's pages.

import type { User } from './users.ts';

export function buildSignInPage(failed: boolean): string {
  return buildPage(
    'Sign in',
    `<form method="post" action="/sign-in" class="card">
<h1>Acme</h1>
${failed ? '<p role="alert">The name or the password is wrong.</p>' : ''}
<label>Name <input name="name" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  );
}

export function buildHomePage(user: User, dashboardUrl: string): string {
  return buildPage(
    'Plant',
    `<header><b>Acme</b> <span data-testid="user">${escapeHtml(user.displayName)}</span>
<form method="post" action="/sign-out"><button>Sign out</button></form></header>
<main>
<iframe title="Dashboard" src="${escapeHtml(dashboardUrl)}"></iframe>
<aside><h2>Chat</h2><ol id="messages"></ol>
<form id="chat"><input name="text" autocomplete="off" aria-label="Message" required><button>Send</button></form></aside>
</main>
<script type="module" src="/assets/chat.js"></script>`,
  );
}

function buildPage(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)} - Acme</title><link rel="stylesheet" href="/assets/host.css"></head>
<body>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
