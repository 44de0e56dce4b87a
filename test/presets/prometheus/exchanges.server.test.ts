// What was recorded from Prometheus 2.42, sent through the gate below a mount by people with one bundle each.

import { describe, expect, it } from 'vitest';
import { expectRefused, useGate } from '../../support/start-gate.ts';
import { answerRecorded, headersOf, nameOf, type Recorded, readRecorded } from '../recorded.ts';

const MOUNT = '/prom';
const exchanges = readRecorded('prometheus', 'exchanges.json');

const BUNDLES = ['view', 'explore', 'admin', 'everything'] as const;
type Bundle = (typeof BUNDLES)[number];

const rules = BUNDLES.map((bundle) => ({ name: bundle, who: { users: [bundle] }, may: [bundle] }));
const gate = useGate({
  upstream: { preset: 'prometheus', mount: MOUNT },
  config: { access: { rules: [...rules, { name: 'alice', who: { groups: ['operators'] }, may: ['everything'] }] } },
});

/** By the smallest bundle; what is not here takes `admin`. */
const SMALLEST: { readonly [bundle in 'view' | 'explore' | 'everything']: readonly string[] } = {
  view: [
    'GET /',
    'GET /graph',
    'GET /graph/',
    'GET /classic/graph',
    'GET /classic/static/css/prometheus.css',
    'GET /version',
    'GET /-/ready',
    'GET /api/v1/query',
    'GET /api/v1/query_range',
    'GET /api/v1/query_exemplars',
    'GET /api/v1/labels',
    'GET /api/v1/label/job/values',
    'GET /api/v1/series',
    'GET /api/v1/metadata',
    'GET /api/v1/format_query',
    'GET /api/v1/status/buildinfo',
    'GET /api/v1/status/walreplay',
    'POST /api/v1/query',
    'POST /api/v1/query_range',
    'POST /api/v1/series',
  ],
  explore: [
    'GET /classic/alerts',
    'GET /classic/rules',
    'GET /classic/targets',
    'GET /federate',
    'GET /api/v1/targets',
    'GET /api/v1/targets/metadata',
    'GET /api/v1/scrape_pools',
    'GET /api/v1/rules',
    'GET /api/v1/alerts',
    'POST /api/v1/read',
  ],
  everything: ['GET /nowhere'],
};

function smallestOf(exchange: Recorded): Bundle {
  const name = nameOf(exchange);
  return (['view', 'explore', 'everything'] as const).find((bundle) => SMALLEST[bundle].includes(name)) ?? 'admin';
}

const cookies = new Map<string, string>();
async function sendAs(login: string, { method, path, requestBody, ...rest }: Recorded) {
  const cookie = cookies.get(login) ?? (await gate.signIn(login, []));
  cookies.set(login, cookie);
  gate.upstream.clear();
  gate.upstream.script = answerRecorded(exchanges, MOUNT);
  const headers = [`Cookie: ${cookie}`, gate.ownOrigin, ...headersOf({ method, path, ...rest })];
  return gate.send(`${method} ${MOUNT}${path}`, headers, requestBody);
}

describe('of what was recorded from Prometheus', () => {
  it.each(exchanges.map((exchange) => [nameOf(exchange), smallestOf(exchange), exchange] as const))(
    '%s comes back as recorded to who has %s, and to nobody with less',
    async (_name, smallest, exchange) => {
      for (const bundle of BUNDLES) {
        const sent = await sendAs(bundle, exchange);
        if (BUNDLES.indexOf(bundle) < BUNDLES.indexOf(smallest)) {
          await expectRefused(gate, sent, 403);
          continue;
        }
        expect(sent.status, bundle).toBe(exchange.status);
        expect(sent.body, bundle).toBe(exchange.body);
        expect(gate.upstream.onlyRequest.target).toBe(MOUNT + exchange.path);
        expect(gate.upstream.onlyRequest.body.toString()).toBe(exchange.requestBody ?? '');
      }
    },
  );

  it('names of the lists above are all among the recordings', () => {
    const names = exchanges.map(nameOf);
    expect(Object.values(SMALLEST).flatMap((list) => list.filter((name) => !names.includes(name)))).toEqual([]);
  });

  it('a page with its queries loads for who may view, as it was recorded below a path', async () => {
    const load = readRecorded('prometheus', 'page-load.json');
    expect(load.length).toBeGreaterThan(20);
    for (const { method, path } of load) {
      const sent = await gate.send(`${method} ${path}`, [`Cookie: ${cookies.get('view') ?? (await gate.signIn('view', []))}`]);
      expect(sent.status, path).toBe(200);
    }
  });
});

describe('Prometheus', () => {
  it('is told nothing of people, and gets no choice of tenant from a client', async () => {
    await gate.sendAsAlice(`GET ${MOUNT}/api/v1/labels`, ['X-WEBAUTH-USER: mallory', 'X-Scope-OrgID: other', 'Authorization: Basic eA==']);
    const { headers } = gate.upstream.onlyRequest;
    expect(headers.map(([name]) => name.toLowerCase()).filter((name) => /webauth|scope|authorization|cookie/.test(name))).toEqual([]);
  });

  it('that asks for a password of its own is an error, not a browser dialogue', async () => {
    gate.upstream.script = answerRecorded(
      [{ method: 'GET', path: '/api/v1/labels', status: 401, headers: { 'WWW-Authenticate': 'Basic' } }],
      MOUNT,
    );
    const sent = await gate.sendAsAlice(`GET ${MOUNT}/api/v1/labels`, ['Accept: application/json']);
    expect(sent.status).toBe(502);
    expect(sent.body).toContain('FRAMEGATE_UPSTREAM_IDENTITY');
    expect(sent.header('www-authenticate')).toBeUndefined();
  });

  it.each(['/api/v1/%73tatus/config', '/api/v1/status%2fconfig', '/api/v1//status/config', '/api/v1/x/../status/config', '/-/%72eload'])(
    'SEC-P8 is not asked for %s, which it would read as its plain form',
    async (path) => {
      for (const login of BUNDLES) await expectRefused(gate, await sendAs(login, { method: 'GET', path, status: 0 }), 400);
    },
  );
});
