// The gate inside a host application that says who is asking: the example application as people use it, and a frame of
// another site, which gets a cookie of the host application and none of ours.

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import express from 'express';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDashboard } from '../../examples/demo/dashboard/dashboard.ts';
import type { RunningServer } from '../../examples/demo/running-server.ts';
import { type RunningHost, startHost } from '../../examples/express-host/host.ts';
import { createGate, type Gate, type HostIdentity } from '../../src/index.ts';
import { findFreePort } from '../support/start-gate.ts';
import { type Listening, listen, recordLog } from './scene.ts';
import { describeInBrowser, expectDrawn, expectLive, frameOf, inFrame, readSockets } from './support.ts';

const LOOPBACK = '127.0.0.1';
const DASHBOARD = '/d/plant-a/plant-a-cooling-water?kiosk';
const POLICY_VIOLATION = 1008;
/** Within which a revocation reaches an open socket; milliseconds. */
const REVOCATION_MS = 2000;

let dashboards: RunningServer;
beforeAll(async () => {
  dashboards = await startDashboard({ port: 0, host: LOOPBACK, basePath: '/dashboards' });
});
afterAll(() => dashboards.close());

describeInBrowser('the example application', (browser) => {
  let host: RunningHost;
  beforeAll(async () => {
    host = await startHost({
      port: await findFreePort(),
      upstreamUrl: dashboards.url,
      dashboard: { uid: 'plant-a', path: DASHBOARD },
      dataSources: ['historian-a'],
      logLevel: 'silent',
    });
  });
  afterAll(() => host.close());

  async function signIn(name: string, password: string): Promise<Page> {
    const page = await browser.open(host.url);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByTestId('user').waitFor();
    return page;
  }

  it('shows the dashboard after its own sign-in, and the live panel moves beside a socket of its own', async () => {
    const page = await signIn('ann', 'green-valve');
    await expectLive(page);
    expect(await inFrame(page).getByTestId('user-name').textContent()).toBe('Ann Lund');
    await page.getByLabel('Message').fill('the pump hums');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('the pump hums').waitFor();
    expect((await browser.context.cookies(host.url)).map(({ name }) => name)).toEqual(['acme.sid']);
    expect(browser.complaints.filter((line) => /Content.Security.Policy|Error:/i.test(line))).toEqual([]);
  });

  it('SEC-B8.3 cuts the live panel of another window at its own log-out, and the next load asks to sign in', async () => {
    const page = await signIn('ann', 'green-valve');
    const other = await browser.open(host.url);
    await expectLive(other);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(async () => (await readSockets(other))[0]?.code, { timeout: REVOCATION_MS, interval: 50 }).toBe(POLICY_VIOLATION);
    // The dashboard tries again by itself; 1006 is what a page sees of a refused upgrade.
    await expect.poll(async () => (await readSockets(other))[1]).toEqual({ messages: 0, code: 1006 });
    await (await frameOf(other)).goto(`${host.url}/dashboards${DASHBOARD}`);
    await inFrame(other).getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });

  it('SEC-P9 shows somebody whom no rule names that they have no access', async () => {
    const page = await signIn('vera', 'open-door');
    await inFrame(page).getByText('no access').first().waitFor();
    expect(await inFrame(page).getByTestId('dashboard').count()).toBe(0);
  });
});

describeInBrowser('a host application in a frame of another site', (browser) => {
  const signedIn = new Map<string, string>();
  let gate: Gate;
  let page: Listening;
  let app: Listening;
  let appUrl: string;

  function identify(req: IncomingMessage): HostIdentity | undefined {
    const login = signedIn.get(/(?:^|; )__Host-acme=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '');
    return login === undefined ? undefined : { login, groups: ['operators'] };
  }

  beforeAll(async () => {
    page = await listen((_req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.end(`<!doctype html><title>Portal</title><link rel="icon" href="data:,"><script>
        globalThis.messages = [];
        addEventListener('message', ({ origin, data }) => messages.push({ origin, type: data.type }));</script>
        <iframe title="Dashboard" style="width:1000px;height:600px" src="${appUrl}/dashboards${DASHBOARD}"></iframe>`);
    });
    const port = await findFreePort();
    appUrl = `http://localhost:${port}`;
    gate = await createGate(
      {
        publicUrl: appUrl,
        upstreams: { dashboards: { url: dashboards.url } },
        embed: { hosts: [page.url] },
        access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['view'], as: { role: 'Viewer' } }] },
      },
      { identify, log: recordLog([]) },
    );
    const routes = express();
    routes.use('/dashboards', gate.middleware);
    // Stands for the application's own way to sign people in within a frame.
    routes.get('/enter', (_req, res) => {
      const id = randomUUID();
      signedIn.set(id, 'ann');
      res.cookie('__Host-acme', id, { secure: true, httpOnly: true, sameSite: 'none', partitioned: true });
      res.redirect(303, `/dashboards${DASHBOARD}`);
    });
    const server = createServer(routes).on('upgrade', gate.upgrade);
    await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve));
    app = {
      url: appUrl,
      async close() {
        await gate.close();
        // The browser may hold connections that it has not used.
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  });
  afterAll(async () => {
    await app.close();
    await page.close();
  });

  it('SEC-B13.2 shows a card without any field to somebody whom it does not know, and tells the page around it', async () => {
    const portal = await browser.open(page.url);
    await inFrame(portal).getByText('The application around this frame has to sign you in').waitFor();
    expect(await inFrame(portal).locator('button, input, form').count()).toBe(0);
    await expect.poll(() => portal.evaluate('messages')).toContainEqual({ origin: appUrl, type: 'framegate:signed-out' });
  });

  it('SEC-C4, SEC-B8.3 draws the dashboard by the cookie of the application, live until that signs the person out', async () => {
    const portal = await browser.open(page.url);
    await (await frameOf(portal)).goto(`${appUrl}/enter`);
    await expectDrawn(portal);
    await expectLive(portal);
    const cookies = await browser.context.cookies(appUrl);
    expect(cookies.map(({ name, partitionKey }) => [name, partitionKey])).toEqual([['__Host-acme', 'http://127.0.0.1']]);
    signedIn.clear();
    await gate.revoke({ login: 'ann' });
    await expect.poll(async () => (await readSockets(portal))[0]?.code, { timeout: REVOCATION_MS, interval: 50 }).toBe(POLICY_VIOLATION);
    await (await frameOf(portal)).goto(`${appUrl}/dashboards${DASHBOARD}`);
    await inFrame(portal).getByRole('heading', { name: 'You are not signed in' }).waitFor();
  });
});
