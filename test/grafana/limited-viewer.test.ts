// A viewer who is limited to one dashboard and its data source, before a real Grafana: sees it fully, live panels included,
// and no other dashboard, data source, list or administration. Each refused request is one that Grafana itself answers to
// the same person.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { describeInBrowser } from '../browser/support.ts';
import { PASSWORD, type Sent, TestGate } from '../support/start-gate.ts';
import { grafanaUrl } from './address.ts';
import { askDirectly, CHANNEL, PLANTS, type Planted, plant } from './plants.ts';

const url = grafanaUrl();
const { a, b } = PLANTS;
/** An account of the test gate, of the group operators. */
const VIEWER = 'pat';
const GROUP = '/apis/dashboard.grafana.app/v1beta1/namespaces/default';

const RULE = {
  name: 'plant a',
  who: { groups: ['operators'] },
  may: ['view' as const],
  // `grafana` is the source that hands on channels of Live.
  on: { dashboards: [a.dashboard], dataSources: [a.dataSource, 'grafana'] },
  as: { role: 'Viewer' as const, orgId: 1 },
};

const queryOf = (uid: string): string =>
  JSON.stringify({ queries: [{ refId: 'A', datasource: { uid }, scenarioId: 'random_walk' }], from: 'now-1h', to: 'now' });

describe.skipIf(url === undefined)('a viewer of one dashboard of a real Grafana', () => {
  const target = url ?? '';
  const gate = new TestGate({
    upstreamUrl: target,
    upstream: { version: 'auto', identityHeaders: { user: 'X-WEBAUTH-USER', role: 'X-WEBAUTH-ROLE' } },
    config: { access: { rules: [RULE] } },
  });
  let planted: Planted;
  let version = '';

  beforeAll(async () => {
    version = ((await (await fetch(`${target}/api/health`)).json()) as { version: string }).version;
    planted = await plant(target);
    await gate.start();
  });
  afterAll(async () => {
    await gate.close();
    await planted?.remove();
  });

  const ask = (line: string, body = ''): Promise<Sent> =>
    gate.sendAsAlice(line, [gate.ownOrigin, ...(body === '' ? [] : ['Content-Type: application/json'])], body);
  const askAround = (line: string, body = ''): Promise<Response> => {
    const [method = '', path = ''] = line.split(' ');
    return askDirectly(target, 'alice', 'Viewer', path, { method, ...(body === '' ? {} : { body }) });
  };

  it('is judged by the version that Grafana says', async () => {
    const answer = await fetch(`${gate.adminUrl}/admin/api/upstreams`);
    const { upstreams } = (await answer.json()) as { upstreams: { judgedAs: unknown }[] };
    expect(upstreams[0]?.judgedAs).toEqual({ version, table: Number(version.split('.')[0]), from: 'upstream' });
  });

  it.each<[line: string, body?: string]>([
    [`GET /d/${a.dashboard}/x`],
    [`GET /d-solo/${a.dashboard}/x?panelId=1`],
    [`GET /api/dashboards/uid/${a.dashboard}`],
    [`GET ${GROUP}/dashboards/${a.dashboard}/dto`],
    [`GET /api/annotations?dashboardUID=${a.dashboard}`],
    [`GET /api/prometheus/grafana/api/v1/rules?dashboard_uid=${a.dashboard}`],
    ['POST /api/ds/query', queryOf(a.dataSource)],
    ['GET /api/search'],
    ['GET /api/frontend/settings'],
    ['GET /api/plugins/timeseries/settings'],
    ['GET /api/user/preferences'],
  ])('gets %s', async (line, body) => {
    expect((await askAround(line, body)).status).toBe(200);
    expect((await ask(line, body)).status).toBe(200);
  });

  it('sees the annotations of the dashboard', async () => {
    expect((await ask(`GET /api/annotations?dashboardUID=${a.dashboard}`)).body).toContain('valve opened');
  });

  it.each<[line: string, body?: string]>([
    // Another dashboard.
    [`GET /d/${b.dashboard}/x`],
    [`GET /d-solo/${b.dashboard}/x?panelId=1`],
    [`GET /api/dashboards/uid/${b.dashboard}`],
    [`GET ${GROUP}/dashboards/${b.dashboard}/dto`],
    [`GET ${GROUP}/dashboards/${b.dashboard}`],
    [`GET ${GROUP}/dashboards`],
    ['GET /api/annotations'],
    [`GET /api/annotations?dashboardUID=${b.dashboard}`],
    ['GET /api/dashboards/home'],
    ['GET /api/dashboards/tags'],
    ['GET /api/prometheus/grafana/api/v1/rules'],
    ['GET /api/snapshots/SNAPSHOT'],
    ['GET /dashboard/snapshot/SNAPSHOT'],
    // Another data source.
    ['POST /api/ds/query', queryOf(b.dataSource)],
    [
      'POST /api/ds/query',
      JSON.stringify({ queries: [{ refId: 'A', datasource: b.dataSource, scenarioId: 'random_walk' }], from: '1', to: '2' }),
    ],
    ['POST /api/ds/query', JSON.stringify({ QUERIES: [{ refId: 'A', datasource: { uid: b.dataSource } }], from: '1', to: '2' })],
    [`GET /api/datasources/uid/${b.dataSource}/resources/scenarios`],
    [`GET /api/datasources/uid/${b.dataSource}/health`],
    [`GET /api/datasources/uid/${b.dataSource}`],
    // Lists.
    ['GET /api/datasources'],
    ['GET /api/library-elements'],
    ['GET /api/playlists'],
    // Administration, and what only looks like it.
    ['GET /api/org'],
    ['GET /metrics'],
  ])('is refused %s, which Grafana would answer', async (line, body) => {
    const request = line.replace('SNAPSHOT', planted.snapshotKey);
    expect((await askAround(request, body)).status).toBe(200);
    expect([400, 403]).toContain((await ask(request, body)).status);
  });

  it.each([
    'GET /admin/users',
    'GET /api/admin/settings',
    'GET /api/admin/stats',
    'GET /api/users',
    'GET /api/org/users',
    'GET /api/teams/search',
    'GET /api/serviceaccounts/search',
    'GET /explore',
    'POST /login',
    'GET /logout',
    'GET /profile/switch-org/1',
  ])('is refused %s', async (line) => {
    expect((await ask(line)).status).toBe(403);
  });

  it('finds no other dashboard in the search, and no other data source in settings and pages', async () => {
    const found = JSON.parse((await ask('GET /api/search')).body) as { uid: string }[];
    expect(found.map(({ uid }) => uid)).toEqual([a.dashboard]);
    const settings = JSON.parse((await ask('GET /api/frontend/settings')).body) as { datasources: Record<string, { uid: string }> };
    const uids = Object.values(settings.datasources).map(({ uid }) => uid);
    expect(uids).toContain(a.dataSource);
    expect(uids).not.toContain(b.dataSource);
    const page = await ask(`GET /d/${a.dashboard}/x`);
    expect(page.body).toContain(a.dataSource);
    expect(page.body).not.toContain(b.dataSource);
  });

  describe('on the socket', () => {
    const open = (): Promise<{
      send(command: unknown): void;
      until(check: (replies: string) => boolean): Promise<string>;
      close(): void;
    }> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://localhost:${gate.port}/api/live/ws`, { origin: gate.origin, headers: { Cookie: gate.alice } });
        let replies = '';
        socket.on('message', (data) => {
          replies += `${String(data)}\n`;
        });
        socket.once('error', reject);
        socket.once('open', () => {
          socket.send(JSON.stringify({ id: 1, connect: {} }));
          resolve({
            send: (command) => socket.send(JSON.stringify(command)),
            async until(check) {
              const deadline = Date.now() + 10_000;
              while (!check(replies)) {
                if (Date.now() > deadline) throw new Error(`it did not come: ${replies.slice(0, 1000)}`);
                await sleep(20);
              }
              return replies;
            },
            close: () => socket.close(),
          });
        });
      });
    const query = (uid: string): unknown => JSON.parse(queryOf(uid));

    it('gets what moves, and answers to queries of its own data source', async () => {
      const socket = await open();
      await socket.until((replies) => replies.includes('"connect"'));
      socket.send({ id: 2, subscribe: { channel: CHANNEL } });
      socket.send({ id: 3, rpc: { method: 'grafana.query', data: query(a.dataSource) } });
      const replies = await socket.until((text) => text.includes('"push"') && text.includes('"id":3'));
      expect(replies).toMatch(/"id":3,"rpc"/);
      socket.close();
    });

    it('gets nothing of another dashboard or data source, and the rest goes on', async () => {
      const socket = await open();
      await socket.until((replies) => replies.includes('"connect"'));
      socket.send({ id: 2, subscribe: { channel: `1/grafana/dashboard/uid/${b.dashboard}` } });
      socket.send({ id: 3, rpc: { method: 'grafana.query', data: query(b.dataSource) } });
      socket.send({ id: 4, subscribe: { channel: `1/ds/${b.dataSource}/random-2s-stream` } });
      socket.send({ id: 5, rpc: { method: 'grafana.query', data: query(a.dataSource) } });
      const replies = await socket.until((text) => [2, 3, 4, 5].every((id) => text.includes(`"id":${id}`)));
      for (const id of [2, 3, 4]) expect(replies).toContain(`{"id":${id},"error":{"code":103`);
      expect(replies).toMatch(/"id":5,"rpc"/);
      socket.close();
    });
  });

  describeInBrowser('in a browser', (browser) => {
    async function signIn(path: string): Promise<Page> {
      const page = await browser.open(gate.origin + path);
      await page.fill('[name=username]', VIEWER);
      await page.fill('[name=password]', PASSWORD);
      await page.click('button[type=submit]');
      return page;
    }

    it('sees the whole dashboard, and what moves moves', async () => {
      const refused: string[] = [];
      browser.context.on('response', (response) => {
        if (response.status() >= 400 && response.url().startsWith(gate.origin)) refused.push(`${response.status()} ${response.url()}`);
      });
      const page = await signIn(`/d/${a.dashboard}/x?kiosk`);
      for (const title of ['Flow', 'Pressure', 'States', 'Notes', 'Live channel', 'Live data'])
        await page.getByTestId(`data-testid Panel header ${title}`).waitFor();
      const panel = (title: string) => page.getByTestId(`data-testid Panel header ${title}`);
      for (const title of ['Flow', 'Pressure', 'Live channel', 'Live data']) await panel(title).locator('canvas').first().waitFor();
      await panel('States').getByRole('row').nth(1).waitFor();
      await panel('Notes').getByText('Notes of the plant').waitFor();
      const messages = () => page.evaluate<number>('sockets.reduce((sum, { messages }) => sum + messages, 0)');
      const before = await messages();
      await expect.poll(messages, { timeout: 15_000 }).toBeGreaterThan(before + 1);
      expect(await page.getByTestId('data-testid Panel status error').count()).toBe(0);
      expect(await page.getByText('No data').count()).toBe(0);
      expect(refused).toEqual([]);
    });

    it('sees nothing of another one', async () => {
      const page = await signIn(`/d/${b.dashboard}/x`);
      await page
        .getByText(/not allowed|may not|no access/i)
        .first()
        .waitFor();
      expect(await page.content()).not.toContain('Suite fg-plant-b');
    });
  });
});
