// What the demo prints.

import { GATE_ACCOUNT, HOST_PEOPLE } from './accounts.ts';
import type { RunningDemo } from './demo.ts';

export const USAGE = `npm run demo -- [options]

  --upstream URL     put the gate before a dashboard server that runs already, such as a real Grafana
  --dashboard PATH   the dashboard to embed, for example /d/abc123/my-dashboard?kiosk
  --port N           first of four ports in a row (default 8000: gate, host application, admin, dashboards)
  --help             this text
`;

export function buildStory(demo: RunningDemo, isStandIn: boolean): string {
  const people = Object.values(HOST_PEOPLE).map(({ name, password }) => `     ${name.padEnd(8)} ${password.padEnd(16)} ${demo.sees[name]}`);
  const standIn = isStandIn ? '  (stands in for Grafana)' : '';
  return `
framegate demo is running.

  1. Open     ${demo.hostAppUrl}
  2. Sign in with one of these names and passwords:

${people.join('\n')}

     That is the only sign-in. The host application signs a ticket, the gate takes it,
     and the dashboard opens in the iframe, live. Who sees what is said by rules of the
     gate (examples/demo/access.ts).

Then try:

  - The same page from another site, where the browser treats the frame's cookies as third-party:
      ${demo.crossSiteHostAppUrl}
  - The gate without a host application: its own sign-in page, as ${GATE_ACCOUNT.name} / ${GATE_ACCOUNT.password}, who may look around:
      ${demo.gateUrl}
  - The API without a session (401):
      curl -i ${demo.gateUrl}/api/user
  - The dashboard server without the gate: its own log-in page, which never appears in the frame:
      ${demo.upstreamUrl}${standIn}
  - Who did what, a line each:
      tail -f ${demo.auditFile}
  - Is all well?
      ${demo.adminUrl}/readyz

Ctrl-C stops everything.
`;
}

/** The lines that a Grafana needs to believe the gate. */
export function buildGrafanaSettings(upstream: string): string {
  return `
The gate forwards to ${upstream}. In that Grafana's grafana.ini:

  [auth.proxy]
  enabled = true
  header_name = X-WEBAUTH-USER
  header_property = username
  headers = Name:X-WEBAUTH-NAME Email:X-WEBAUTH-EMAIL Groups:X-WEBAUTH-GROUPS Role:X-WEBAUTH-ROLE
  auto_sign_up = true
  # Addresses that may send these headers: this machine's, as Grafana sees it. In a container that is
  # the address of the container network's gateway. Empty would mean everybody.
  whitelist = 127.0.0.1, ::1/128
  enable_login_token = false
  # Its cache key joins the fields without a separator, so one person could be taken for another.
  sync_ttl = 0

  [users]
  auto_assign_org = true
  auto_assign_org_role = Viewer

Restart Grafana after a change. Nothing else is needed: allow_embedding may stay off.
`;
}
