// The main job: sign in once, in the host application, and see the dashboard move in its iframe, although the gate is
// another site and the browser blocks what other sites want to keep.

import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOST_PEOPLE } from '../../examples/demo/accounts.ts';
import { type RunningDemo, startDemo } from '../../examples/demo/demo.ts';
import { type LogLine, recordLog } from './scene.ts';
import { type Account, describeInBrowser, expectDrawn, expectLive, frameOf, inFrame, readSockets, type TestBrowser } from './support.ts';

const { alice: ALICE, bob: BOB } = HOST_PEOPLE;
/** Three parts of base64url, the first of which is an object: a JWT, whatever its key. */
const TICKET = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/;
/** Panels of the demo's first dashboard that ask for data or hold text. */
const PANELS = 6;

/** The README's picture, with the addresses that it names; otherwise a test run changes no file of the project. */
const UPDATES_PICTURE = process.env['UPDATE_PICTURE'] === '1';
const PICTURE = UPDATES_PICTURE ? path.join(import.meta.dirname, '../../docs/images/demo.png') : path.join(tmpdir(), 'framegate-demo.png');
const FREE_PORTS = { gate: 0, hostApp: 0, admin: 0, dashboard: 0 };

async function signIn(browser: TestBrowser, url: string, person: Account = ALICE): Promise<Page> {
  const page = await browser.open(url);
  await page.getByLabel('User name').fill(person.name);
  await page.getByLabel('Password').fill(person.password);
  await page.getByLabel('Password').press('Enter');
  await page.getByTestId('host-user').waitFor();
  return page;
}

describeInBrowser('the demo, host page and gate on different sites', (browser) => {
  const log: LogLine[] = [];
  let demo: RunningDemo;
  beforeAll(async () => {
    demo = await startDemo({ ...(UPDATES_PICTURE ? {} : { ports: FREE_PORTS }), log: recordLog(log) });
  });
  afterAll(() => demo?.close());

  it('draws the dashboard after one sign-in, and its live panel moves', async () => {
    const page = await signIn(browser, demo.crossSiteHostAppUrl);
    const panels = inFrame(page).locator('[data-testid^="panel-"][data-loaded="true"]');
    await expect.poll(() => panels.count(), { timeout: 15_000 }).toBeGreaterThanOrEqual(PANELS);
    await expectLive(page);
    expect(await inFrame(page).getByTestId('user-name').textContent()).toBe(ALICE.displayName);
    expect(await inFrame(page).locator('.panel__error, input[type="password"]').count()).toBe(0);
    const [socket] = await readSockets(page);
    expect(socket?.messages).toBeGreaterThan(2);
    expect(browser.failures).toEqual([]);
    expect(browser.complaints).toEqual([]);
    const picture = await page.screenshot();
    expect(picture.length).toBeLessThan(400 * 1024);
    await mkdir(path.dirname(PICTURE), { recursive: true });
    await writeFile(PICTURE, picture);
  });

  it('SEC-D1.1, SEC-C4 keeps one cookie of the gate, partitioned by the host page', async () => {
    const page = await signIn(browser, demo.crossSiteHostAppUrl);
    await expectDrawn(page);
    const cookies = await browser.context.cookies(demo.gateUrl);
    expect(cookies).toMatchObject([
      { name: '__Host-framegate', path: '/', secure: true, httpOnly: true, sameSite: 'None', partitionKey: 'http://127.0.0.1' },
    ]);
    expect(await (await frameOf(page)).evaluate('document.cookie')).toBe('');
  });

  it('SEC-B14.16, SEC-D11.2 puts the ticket in no address and in no line of the log', async () => {
    const page = await signIn(browser, demo.crossSiteHostAppUrl);
    await expectDrawn(page);
    expect(browser.requests).toContain(`${demo.gateUrl}/_gate/enter`);
    expect(browser.requests.filter((url) => TICKET.test(url) || /[?&]ticket=/.test(url))).toEqual([]);
    expect(log.map(({ event }) => event)).toContain('ticket.accepted');
    expect(JSON.stringify(log)).not.toMatch(TICKET);
  });

  it('shows an operator one plant, live, and in the place of the other that there is no access', async () => {
    const page = await signIn(browser, demo.crossSiteHostAppUrl, BOB);
    await expectLive(page);
    expect(browser.complaints).toEqual([]);
    await page.getByRole('link', { name: 'Plant B' }).click();
    await inFrame(page).getByRole('heading', { name: 'No access' }).waitFor();
    expect(await inFrame(page).getByTestId('dashboard').count()).toBe(0);
    expect(await inFrame(page).locator('body').textContent()).toContain('You are signed in as bob');
  });

  it('shows a shift lead both plants, one after the other', async () => {
    const page = await signIn(browser, demo.crossSiteHostAppUrl);
    await expectLive(page);
    await page.getByRole('link', { name: 'Plant B' }).click();
    await inFrame(page).getByRole('heading', { name: 'Plant B - steam' }).waitFor();
    await expectLive(page);
    expect(browser.complaints).toEqual([]);
  });

  it('draws it under the same site too', async () => {
    const page = await signIn(browser, demo.hostAppUrl);
    await expectLive(page);
    expect(browser.complaints).toEqual([]);
  });
});
