// A headless Chromium on a slow line.

import { type BrowserContext, type CDPSession, chromium } from 'playwright-core';
import { findProgram } from '../process/program.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** 20 Mbit/s in each direction, in bytes per second. */
const BYTES_PER_SECOND = (20 * 1000 * 1000) / 8;
/** Added to each request, in milliseconds. */
const LATENCY_MS = 40;
/** Longest wait for a dashboard, in milliseconds. */
const PATIENCE_MS = 60_000;

export const LINE = '20 Mbit/s, 40 ms';

/** $CHROMIUM, or the first that PATH has. */
export function findChromium(): string | undefined {
  return process.env['CHROMIUM'] ?? NAMES.map(findProgram).find((path) => path !== undefined);
}

export interface Browser {
  /** Opens the dashboard as somebody who was never here: nothing in the browser's cache. */
  visit(visit: Visit): Promise<VisitResult>;
  close(): Promise<void>;
}

interface Visit {
  readonly url: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answers of this path draw the panels; the view is complete with that many of them. */
  readonly panelPath: string;
  readonly panels: number;
}

export interface VisitResult {
  /** From the navigation to the end of the last panel's data. */
  readonly ms: number;
  /** Of all answers until then, heads included. */
  readonly wireBytes: number;
}

export async function startChromium(executablePath: string): Promise<Browser> {
  // --no-sandbox: the pages are ours, and a container has no user namespaces.
  const browser = await chromium.launch({ executablePath, chromiumSandbox: false, args: FLAGS });
  return {
    async visit(visit) {
      const context = await browser.newContext({ extraHTTPHeaders: { ...visit.headers }, viewport: { width: 1360, height: 900 } });
      try {
        return await openDashboard(context, visit);
      } finally {
        await context.close();
      }
    },
    close: () => browser.close(),
  };
}

async function openDashboard(context: BrowserContext, { url, panelPath, panels }: Visit): Promise<VisitResult> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  const line = { offline: false, latency: LATENCY_MS, downloadThroughput: BYTES_PER_SECOND, uploadThroughput: BYTES_PER_SECOND };
  await cdp.send('Network.emulateNetworkConditions', line);
  const complete = watch(cdp, panelPath, panels);
  await page.goto(url, { waitUntil: 'commit' });
  return complete;
}

/** Times are the browser's own. @throws {Error} when the panels do not come in time. */
function watch(cdp: CDPSession, panelPath: string, panels: number): Promise<VisitResult> {
  const { promise, resolve, reject } = Promise.withResolvers<VisitResult>();
  const ofPanels = new Set<string>();
  let startedAt: number | undefined;
  let wireBytes = 0;
  let drawn = 0;
  const deadline = setTimeout(() => reject(new Error(`${drawn} of ${panels} panels after ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  cdp.on('Network.requestWillBeSent', ({ requestId, request, timestamp }) => {
    startedAt ??= timestamp;
    if (new URL(request.url).pathname === panelPath) ofPanels.add(requestId);
  });
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength, timestamp }) => {
    wireBytes += encodedDataLength;
    if (!ofPanels.has(requestId)) return;
    drawn += 1;
    if (drawn < panels) return;
    clearTimeout(deadline);
    resolve({ ms: (timestamp - (startedAt ?? timestamp)) * 1000, wireBytes });
  });
  return promise;
}
