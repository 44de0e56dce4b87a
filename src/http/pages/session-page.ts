import type { Html } from '../html.ts';
import { html } from '../html.ts';
import type { PageView } from './layout.ts';
import { buildDocument } from './layout.ts';

export interface SessionInfo {
  readonly signedIn: true;
  readonly login: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly groups: readonly string[];
  readonly method: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endsAt: string | null;
}

const METHODS: Readonly<Record<string, string>> = {
  password: 'User name and password',
  ticket: 'The application that embeds the dashboards',
  oidc: 'An identity provider',
  host: 'The application that embeds the dashboards',
};

function buildRow(name: string, value: string | null): Html | undefined {
  if (value === null || value === '') return undefined;
  return html`<dt>${name}</dt><dd>${value}</dd>\n`;
}

const formatTime = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** @param signsOutByForm Whether the answer to the log-out may lead to an identity provider. */
export function buildSessionPage(view: PageView, info: SessionInfo, landing: string, signsOutByForm = false): Html {
  // Only the host application can end a session of its own.
  const signOut = info.method === 'host' ? undefined : html`<button type="button" id="sign-out">Sign out</button>`;
  return buildDocument(view, {
    heading: 'Your session',
    scripts: signOut === undefined ? [] : ['assets/sign-out.js'],
    settings: { logout: `${view.prefix}/logout`, next: landing, ...(signsOutByForm && { form: '' }) },
    body: html`<dl>
${buildRow('User', info.login)}${buildRow('Name', info.displayName)}${buildRow('E-mail', info.email)}${buildRow('Groups', info.groups.join(', '))}${buildRow('Signed in by', METHODS[info.method] ?? info.method)}${buildRow('Since', formatTime(info.startedAt))}${buildRow('Ends', info.endsAt && formatTime(info.endsAt))}</dl>
<p class="actions"><a class="button" href="${landing}">Open the dashboards</a>${signOut}</p>
<p id="status" role="status" class="small"></p>`,
  });
}
