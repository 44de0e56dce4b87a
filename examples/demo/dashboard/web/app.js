// The start of the front end. Preferences come first: see there what happens in a browser that blocks storage. Language
// comes before what needs one.

import './preferences.js';
import './language.js';
import { showDashboard } from './dashboard-page.js';
import { element } from './dom.js';
import { BASE, callServer } from './server.js';

const { user } = window.grafanaBootData;
const root = document.querySelector('#app');
const isKiosk = /^(?:|1|true)$/.test(new URLSearchParams(location.search).get('kiosk') ?? 'no');
const uid = /^\/d\/([^/]+)/.exec(location.pathname.slice(BASE.length))?.[1];

const displayName = user.name || user.login;
const initials = displayName
  .split(/[\s._-]+/)
  .map((part) => part.slice(0, 1).toUpperCase())
  .slice(0, 2)
  .join('');
const person = element(
  'span',
  { class: 'person', title: `${user.login} (${user.orgRole})` },
  element('span', { class: 'person__face', text: initials, 'aria-hidden': 'true' }),
  element('span', { 'data-testid': 'user-name', text: displayName }),
);

function buildBar(title) {
  if (isKiosk) return [];
  const crumbs = [element('a', { class: 'bar__crumb', href: `${BASE}/`, text: 'Dashboards' })];
  if (title !== undefined)
    crumbs.push(
      '\u203a',
      element('span', { class: 'bar__crumb', text: 'Plant' }),
      '\u203a',
      element('span', { class: 'bar__crumb', 'aria-current': 'page', text: title }),
    );
  return [
    element(
      'header',
      { class: 'bar', 'data-testid': 'header' },
      element('img', { src: `${BASE}/public/img/icon.svg`, width: 24, height: 24, alt: '' }),
      ...crumbs,
      element('span', { class: 'bar__gap' }),
      person,
    ),
  ];
}

/** Lists what the search finds, which is all that this person may see. */
async function showHome() {
  const dashboards = await callServer('/api/search?type=dash-db');
  const items = dashboards.map((dashboard) =>
    element('a', { class: 'home__item', href: BASE + dashboard.url }, dashboard.title, element('small', { text: dashboard.folderTitle })),
  );
  root.replaceChildren(
    ...buildBar(undefined),
    element(
      'main',
      { class: 'home' },
      element('h1', { text: `Welcome, ${displayName}` }),
      element('p', { text: 'The dashboards of this server:' }),
      ...items,
    ),
  );
}

function showPage() {
  if (uid === undefined) return showHome();
  return showDashboard({ uid: decodeURIComponent(uid), root, person: isKiosk ? person : undefined, buildBar });
}

showPage().catch((error) => {
  root.replaceChildren(
    ...buildBar(undefined),
    element('main', { class: 'home' }, element('h1', { text: 'The page cannot be shown' }), element('p', { text: error.message })),
  );
});
