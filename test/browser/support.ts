// A real Chromium with a profile of its own, as it is for somebody who switched third-party cookies off: a frame of
// another site then has no storage, and only partitioned cookies. blocking.test.ts proves that this is so.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Frame, type FrameLocator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** The page of the README's picture. */
const VIEWPORT = { width: 1360, height: 900 };
/** Milliseconds; the suite's tests have 60 s. */
const PATIENCE_MS = 15_000;

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** $CHROMIUM, or the first that PATH has. */
function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== '') {
    if (!existsSync(CHROMIUM)) throw new Error('$CHROMIUM names no file. Correct it, or unset it to search PATH');
    return CHROMIUM;
  }
  const folders = PATH.split(path.delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}

export interface BrowserOptions {
  /** Default: blocked. */
  readonly thirdParty?: 'blocked' | 'allowed';
  readonly colorScheme?: 'light' | 'dark';
  /** The tests run side by side, so none of them may clear what the others see. Default: false. */
  readonly isShared?: boolean;
}

/** One browser for the tests of a file, empty again after each. */
export class TestBrowser {
  context!: BrowserContext;
  /** Addresses of all requests, of all windows and frames. */
  readonly requests: string[] = [];
  /** Requests without an answer. */
  readonly failures: string[] = [];
  /** Uncaught exceptions of pages, and what the console shows in red: refusals by a Content-Security-Policy too. */
  readonly complaints: string[] = [];
  readonly #options: BrowserOptions;
  readonly #executablePath: string;
  #profile = '';

  constructor(executablePath: string, options: BrowserOptions) {
    this.#executablePath = executablePath;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { thirdParty = 'blocked', colorScheme = 'light' } = this.#options;
    this.#profile = await mkdtemp(path.join(tmpdir(), 'framegate-chromium-'));
    const isBlocked = thirdParty === 'blocked';
    const preferences = { profile: { cookie_controls_mode: isBlocked ? 1 : 0, block_third_party_cookies: isBlocked } };
    await mkdir(path.join(this.#profile, 'Default'));
    await writeFile(path.join(this.#profile, 'Default', 'Preferences'), JSON.stringify(preferences));
    this.context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: this.#executablePath,
      // --no-sandbox: the tests' pages are ours, and a container has no user namespaces.
      chromiumSandbox: false,
      args: FLAGS,
      // A window that opens without a click has to be blocked, as everywhere.
      ignoreDefaultArgs: ['--disable-popup-blocking'],
      viewport: VIEWPORT,
      deviceScaleFactor: 1,
      colorScheme,
    });
    this.context.setDefaultTimeout(PATIENCE_MS);
    // For sockets opened from here on: how they ended, and what they carried.
    await this.context.addInitScript(RECORD_SOCKETS);
    this.context.on('request', (request) => this.requests.push(request.url()));
    this.context.on('requestfailed', (request) => this.failures.push(`${request.url()} ${request.failure()?.errorText}`));
    this.context.on('weberror', (error) => this.complaints.push(String(error.error())));
    this.context.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** Forgets cookies and recordings. One window stays: without any, the browser ends. */
  async clear(): Promise<void> {
    const [kept, ...others] = this.context.pages();
    await Promise.all(others.map((page) => page.close()));
    await kept?.goto('about:blank');
    await this.context.clearCookies();
    for (const list of [this.requests, this.failures, this.complaints]) list.length = 0;
  }

  async close(): Promise<void> {
    await this.context.close();
    // The browser's last processes may still write.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

const RECORD_SOCKETS = `
  globalThis.sockets = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(...parameters) {
      super(...parameters);
      const record = { messages: 0 };
      globalThis.sockets.push(record);
      this.addEventListener('message', () => (record.messages += 1));
      this.addEventListener('close', ({ code }) => (record.code = code));
    }
  };`;

/** What a page's sockets did; `code` is there once one is closed. */
export type SocketRecord = { readonly messages: number; readonly code?: number };

/**
 * Tests in one browser. Where none is installed they are skipped, with a word about it; with CI=true that is a failure.
 */
export function describeInBrowser(name: string, define: (browser: TestBrowser) => void, options: BrowserOptions = {}): void {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    describe(name, () => {
      it.skipIf(process.env['CI'] !== 'true')('finds a Chromium', () => {
        expect.unreachable('no Chromium in PATH. Install one, or let $CHROMIUM name it');
      });
    });
    process.stderr.write(`${name}: skipped, no Chromium in PATH. Install one, or let $CHROMIUM name it\n`);
    return;
  }
  const browser = new TestBrowser(executablePath, options);
  describe(name, () => {
    beforeAll(() => browser.start());
    if (options.isShared !== true) afterEach(() => browser.clear());
    afterAll(() => browser.close());
    define(browser);
  });
}

/** What is shown in the page's frame. */
export function inFrame(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="Dashboard"]');
}

/** The same as the frame that scripts run in. */
export async function frameOf(page: Page): Promise<Frame> {
  const frame = await (await page.waitForSelector('iframe[title="Dashboard"]')).contentFrame();
  if (frame === null) throw new Error('the frame is gone');
  return frame;
}

export interface State {
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What embed.js told the host page, in order. */
export function statesOf(page: Page): Promise<State[]> {
  return page.evaluate<State[]>('states');
}

/** Waits until embed.js has told the host page this. */
export async function waitForState(page: Page, name: string, timeout: number = PATIENCE_MS): Promise<State> {
  return waitForValue<State>(page, `states.find((state) => state.name === '${name}')`, timeout);
}

export interface Message {
  readonly origin: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Waits until the frame has told the page of `showFrame` this. */
export function waitForMessage(page: Page, type: string): Promise<Message> {
  return waitForValue<Message>(page, `messages.find(({ data }) => data.type === '${type}')`, PATIENCE_MS);
}

/** Asked again and again from here: under a Content-Security-Policy the page itself may not evaluate text later. */
async function waitForValue<T>(page: Page, expression: string, timeout: number): Promise<T> {
  let value: T | undefined;
  await expect.poll(async () => (value = await page.evaluate<T | undefined>(expression)), { timeout, interval: 50 }).toBeDefined();
  if (value === undefined) throw new Error('unreachable: it is defined');
  return value;
}

/** Waits until the frame shows the dashboard. */
export function expectDrawn(page: Page): Promise<void> {
  return inFrame(page).getByTestId('dashboard').waitFor();
}

/** Waits until the frame's socket delivers and its panel shows it: three values one after another. */
export async function expectLive(page: Page): Promise<void> {
  const seen = new Set<string>();
  const value = inFrame(page).getByTestId('live-value').first();
  const read = async (): Promise<number> => seen.add((await value.textContent()) ?? '').size;
  await inFrame(page).locator('[data-testid="live-state"][data-state="live"]').first().waitFor();
  await expect.poll(read, { timeout: PATIENCE_MS, interval: 100 }).toBeGreaterThan(2);
}

export async function readSockets(page: Page): Promise<SocketRecord[]> {
  return (await frameOf(page)).evaluate<SocketRecord[]>('sockets');
}

export interface Account {
  readonly name: string;
  readonly password: string;
}

/** Signs in on the gate's own page, as a person does it. */
export async function signInAtTop(page: Page, { name, password }: Account): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
}

/** Clicks the card's button. @returns the window that opens. */
export async function openPopup(browser: TestBrowser, page: Page): Promise<Page> {
  const opening = browser.context.waitForEvent('page');
  await inFrame(page).getByRole('button', { name: 'Sign in' }).click();
  const popup = await opening;
  await popup.waitForLoadState();
  return popup;
}
