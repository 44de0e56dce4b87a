// A dashboard server for the browser: the recorded view in its sizes, nothing compressed, as Grafana sends it by
// default. Scripts are fetched and not run. Arguments: PORT.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { DASHBOARD_PATH, groupInWaves, type RecordedExchange, readDashboardLoad } from './dashboard-load.ts';
import { ASSET_COUNT_PATH } from './paths.ts';
import { readScriptText } from './script-text.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly isAsset: boolean;
}

const FRAMING = new Set(['transfer-encoding', 'content-length', 'date', 'connection', 'keep-alive']);
const exchanges = readDashboardLoad();
const answers = new Map<string, Answer>();
let assetsAsked = 0;

const scripts = readScriptText(exchanges.reduce((sum, { kind, bytes = 0 }) => sum + (kind === 'asset' ? bytes : 0), 0));
let used = 0;
for (const exchange of exchanges) answers.set(`${exchange.method} ${exchange.path}`, answerOf(exchange));

function answerOf(exchange: RecordedExchange): Answer {
  const headers = Object.fromEntries(exchange.responseHeaders.filter(([name]) => !FRAMING.has(name.toLowerCase())));
  return { status: exchange.status, headers, body: bodyOf(exchange), isAsset: exchange.kind === 'asset' };
}

function bodyOf({ kind, body, bytes = 0, responseHeaders }: RecordedExchange): Buffer {
  if (kind === 'page') return Buffer.from(buildPage(bytes));
  if (body !== undefined) return Buffer.from(body);
  const type = responseHeaders.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  // What is compressed already cannot be made smaller.
  if (/woff/.test(type)) return randomBytes(bytes);
  used += bytes;
  return scripts.subarray(used - bytes, used);
}

/** The page asks for everything as the recorded one did, wave after wave. */
function buildPage(bytes: number): string {
  const waves = groupInWaves(exchanges).map((wave) =>
    wave.map(({ method, path, requestBody }) => ({ method, path, ...(method === 'POST' ? { body: requestBody ?? '{}' } : {}) })),
  );
  const script = `for (const wave of ${JSON.stringify(waves).replaceAll('<', '\\u003c')}) {
    await Promise.all(wave.map(async ({ path, ...init }) => (await fetch(path, init)).arrayBuffer()));
  }`;
  const page = `<!doctype html><html><head><title>Plant A</title></head><body><script type="module">${script}</script>`;
  return `${page}<!--${'boot data '.repeat(6000).slice(0, Math.max(0, bytes - page.length - 7))}-->`;
}

createServer((req, res) => {
  const target = req.url ?? '/';
  if (target === ASSET_COUNT_PATH) {
    res.end(String(assetsAsked));
    return;
  }
  const path = target.split('?', 1)[0] === DASHBOARD_PATH ? `${DASHBOARD_PATH}?kiosk` : target;
  const answer = answers.get(`${req.method} ${path}`);
  req.resume();
  if (answer === undefined) {
    res.writeHead(404, { 'Content-Length': 0 }).end();
    return;
  }
  if (answer.isAsset) assetsAsked += 1;
  res.writeHead(answer.status, { ...answer.headers, 'Content-Length': answer.body.length }).end(answer.body);
}).listen(Number(process.argv[2]), '127.0.0.1');
