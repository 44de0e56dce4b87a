// The host application's pages, as templates: every value is escaped.

import type { Person } from './people.ts';

export interface Plant {
  readonly id: string;
  readonly label: string;
  /** Address of the dashboard at the gate. */
  readonly dashboardUrl: string;
}

export interface HomeView {
  readonly person: Person;
  readonly plants: readonly Plant[];
  readonly plant: Plant;
  readonly gateUrl: string;
}

export function buildSignInPage({ failed = false, name = '' } = {}): string {
  const alert = failed ? '<p class="alert" role="alert">The name or the password is wrong.</p>' : '';
  return buildPage(
    'Sign in',
    `<main class="sign-in">
<form method="post" action="/sign-in" class="card">
<div class="brand brand--large"><span class="brand__mark" aria-hidden="true"></span>Acme <b>Operations</b></div>
<p class="dim">Sign in once, here. The dashboards inside open without a second login.</p>
${alert}
<label>User name<input name="name" value="${escapeHtml(name)}" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
<p class="dim small">Demo accounts are printed in the terminal that runs the demo.</p>
</form>
</main>`,
  );
}

export function buildHomePage({ person, plants, plant, gateUrl }: HomeView): string {
  const tabs = plants.map(
    ({ id, label }) =>
      `<a href="/?plant=${encodeURIComponent(id)}"${id === plant.id ? ' aria-current="page"' : ''}>${escapeHtml(label)}</a>`,
  );
  return buildPage(
    plant.label,
    `<header class="top">
<div class="brand"><span class="brand__mark" aria-hidden="true"></span>Acme <b>Operations</b></div>
<nav class="nav" aria-label="Sections"><a aria-current="page" href="/">Plants</a><span>Orders</span><span>Maintenance</span><span>Reports</span></nav>
<div class="me"><span><b data-testid="host-user">${escapeHtml(person.displayName)}</b><small>${escapeHtml(person.job)}</small></span>
<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form></div>
</header>
<main class="home">
<div class="headline"><h1>${escapeHtml(plant.label)}</h1><nav class="tabs" aria-label="Plant">${tabs.join('')}</nav></div>
<div class="columns">
<section class="card dashboard" aria-label="Dashboard">
<div id="dashboard" data-url="${escapeHtml(plant.dashboardUrl)}" data-ticket-url="/framegate-ticket"></div>
<p id="dashboard-trouble" class="alert" role="alert" hidden></p>
</section>
<aside>
<section class="card"><h2>Shift</h2><dl><dt>Team</dt><dd>Blue</dd><dt>Lead</dt><dd>Alice Berg</dd><dt>Until</dt><dd>22:00</dd></dl></section>
<section class="card"><h2>Open work orders</h2><ul class="orders">
<li><b>WO-4711</b><span>Bearing change, P-103</span><em class="due">tonight</em></li>
<li><b>WO-4698</b><span>Clean tower basin</span><em class="done">done</em></li>
<li><b>WO-4722</b><span>Feed pump BFP-3</span><em>Friday</em></li>
</ul></section>
<section class="card note"><h2>What you see here</h2>
<p>This page is the host application, at its own address and with its own users. The dark part is a dashboard server that knows none of them: framegate at <code>${escapeHtml(gateUrl)}</code> lets you in there by a ticket that this application signed, and shows you what its rules allow.</p></section>
</aside>
</div>
</main>
<script src="${escapeHtml(gateUrl)}/_gate/embed.js" defer></script>
<script src="/assets/home.js" defer></script>`,
  );
}

function buildPage(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} - Acme Operations</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/host.css">
</head>
<body>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
