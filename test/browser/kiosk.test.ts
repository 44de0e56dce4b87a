// A kiosk without a host page: its browser opens the dashboard itself and carries an API key. Whether live panels move is
// decided by who adds the key, as no page can add a header to a WebSocket upgrade. docs/recipes/api-keys.md says the same.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import httpProxy from 'http-proxy';
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { formatApiKey, hashApiKey } from '../../src/config/api-key.ts';
import { DASHBOARD_PATH, useScene } from './scene.ts';
import { describeInBrowser } from './support.ts';

/** Panels of the dashboard. */
const PANELS = 6;
const KEY = formatApiKey('wall-1', randomBytes(32));

const folder = mkdtempSync(path.join(tmpdir(), 'framegate-kiosk-'));
const apiKeysFile = path.join(folder, 'api-keys.json');
const hash = `sha256:${hashApiKey(KEY).toString('hex')}`;
writeFileSync(apiKeysFile, JSON.stringify({ keys: [{ id: 'wall-1', hash, login: 'wall-1', groups: ['walls'], expires: '2099-12-31' }] }), {
  mode: 0o600,
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeInBrowser('a kiosk with an API key', (browser) => {
  const scene = useScene({
    config: {
      signIn: { apiKeysFile },
      access: {
        rules: [
          { name: 'walls', who: { groups: ['walls'] }, may: ['view'], on: { dashboards: ['plant-a'], dataSources: ['historian-a'] } },
        ],
      },
    },
  });

  const expectLoaded = (page: Page): Promise<void> =>
    expect.poll(() => page.locator('[data-testid^="panel-"][data-loaded="true"]').count(), { timeout: 15_000 }).toBe(PANELS);

  async function expectMoving(page: Page): Promise<void> {
    const seen = new Set<string | null>();
    const value = page.getByTestId('live-value').first();
    await expect.poll(async () => seen.add(await value.textContent()).size, { timeout: 15_000, interval: 100 }).toBeGreaterThan(2);
  }

  it('shows the dashboard with its live panel, where the program sets the header for the whole browser', async () => {
    const page = await browser.context.newPage();
    // Network.setExtraHTTPHeaders of the DevTools protocol: for upgrades, too.
    await page.setExtraHTTPHeaders({ Authorization: `Bearer ${KEY}` });
    await page.goto(scene.gateUrl + DASHBOARD_PATH);
    await expectLoaded(page);
    await expectMoving(page);
    expect(await page.getByTestId('user-name').textContent()).toBe('wall-1');
    expect(await browser.context.cookies()).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  it('shows all but the live panel, where the program adds the header request by request', async () => {
    const page = await browser.context.newPage();
    // Fetch.enable and Fetch.continueRequest of the DevTools protocol, which never see an upgrade.
    await page.route('**', (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${KEY}` } }));
    await page.goto(scene.gateUrl + DASHBOARD_PATH);
    await expectLoaded(page);
    await page.locator('[data-testid="live-state"][data-state="disconnected"]').first().waitFor();
    expect(browser.complaints.filter((line) => !line.includes('/api/live/ws'))).toEqual([]);
  });

  it('is told that it is not signed in where it carries no key', async () => {
    const page = await browser.open(scene.gateUrl + DASHBOARD_PATH);
    await page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    expect(await page.getByTestId('dashboard').count()).toBe(0);
  });

  it('shows all of it through a proxy on the device that adds the key and names our origin', async () => {
    const proxy = await startDeviceProxy(scene.gateUrl);
    try {
      const page = await browser.open(proxy.url + DASHBOARD_PATH);
      await expectLoaded(page);
      await expectMoving(page);
      expect(browser.complaints).toEqual([]);
      await page.close();
    } finally {
      await proxy.close();
    }
  });
});

/** As the recipe's Caddyfile does it: its own address for the browser, the gate's for the gate. */
async function startDeviceProxy(gateUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const headers = { Authorization: `Bearer ${KEY}`, Origin: gateUrl };
  const proxy = httpProxy.createProxyServer({ target: gateUrl, changeOrigin: true, headers });
  proxy.on('error', (_error, _req, res) => void res?.destroy());
  proxy.on('proxyReq', (proxied) => proxied.removeHeader('referer'));
  const server: Server = createServer((req, res) => proxy.web(req, res));
  server.on('upgrade', (req, socket, head) => proxy.ws(req, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        proxy.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
