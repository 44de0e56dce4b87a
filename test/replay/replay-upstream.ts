// Grafana 12.2.0 as it was recorded: raw header lines in their order and case, bodies byte for byte. What the
// recordings keep only as a size (HTML, scripts, images) is filled with text of that size.

import { readFileSync } from 'node:fs';
import type { HeaderPair } from '../support/http-text.ts';
import type { RecordedRequest, Script } from '../support/recording-upstream.ts';

export interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  readonly status: number;
  readonly headers: readonly HeaderPair[];
  readonly body: Buffer;
}

interface SingleRecord {
  name: string;
  request: { method: string; path: string; headers?: Record<string, string>; body?: string };
  response: { status: number; headers: [string, string][]; body?: string; bodyBytes?: number };
}

interface LoadRecord {
  n: number;
  method: string;
  path: string;
  requestHeaders: Record<string, string>;
  requestBody?: string;
  status: number;
  responseHeaders: [string, string][];
  kind?: 'page' | 'asset' | 'api';
  bytes?: number;
  body?: string;
}

const readFixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/grafana/${name}.json`, import.meta.url), 'utf8')) as T;

const isHtml = (headers: readonly HeaderPair[]): boolean =>
  headers.some(([name, value]) => /^content-type$/i.test(name) && /html/.test(value));

/** Text of a size; for HTML the beginning of a Grafana page, whose head holds a script. */
function fillTo(size: number, headers: readonly HeaderPair[]): Buffer {
  const start = isHtml(headers)
    ? '<!DOCTYPE html><html><head><base href="/" /><script nonce="">window.x=1;</script></head><body>'
    : '/* recorded as size */';
  return Buffer.alloc(size, 'x').fill(start, 0, Math.min(size, start.length));
}

function bodyOf(record: { body?: string; bytes?: number }, headers: readonly HeaderPair[]): Buffer {
  return record.body === undefined ? fillTo(record.bytes ?? 0, headers) : Buffer.from(record.body, 'utf8');
}

/** The single requests, in the order in which they were recorded. */
export function readExchanges(): Exchange[] {
  return readFixture<SingleRecord[]>('exchanges').map(({ name, request, response }) => {
    const { bodyBytes, body } = response;
    // A reduced body is shorter than its recorded size; the size of the text is what counts then.
    const bytes = body === undefined ? { bytes: bodyBytes ?? 0 } : { body };
    return {
      name,
      method: request.method,
      path: request.path,
      requestHeaders: request.headers ?? {},
      requestBody: request.body ?? '',
      status: response.status,
      headers: response.headers,
      body: bodyOf(bytes, response.headers),
    };
  });
}

/** The exchanges of one dashboard view, without its WebSocket. */
export function readDashboardLoad(): (Exchange & { readonly kind: 'page' | 'asset' | 'api' })[] {
  const all = readFixture<LoadRecord[]>('dashboard-load');
  return all.flatMap(({ n, kind, responseHeaders, requestBody = '', ...rest }) =>
    kind === undefined
      ? []
      : [
          {
            ...rest,
            name: `${n} ${rest.method} ${rest.path}`,
            kind,
            requestBody,
            headers: responseHeaders,
            body: bodyOf(rest, responseHeaders),
          },
        ],
  );
}

export interface LiveProbe {
  readonly name: string;
  readonly status: number;
  readonly frames: readonly { readonly from: 'browser' | 'grafana'; readonly text: string }[];
}

/** The recorded Live sockets that were opened. */
export function readLiveSockets(): LiveProbe[] {
  const { probes, dashboardLoad } = readFixture<{ probes: LiveProbe[]; dashboardLoad: LiveProbe }>('live');
  return [...probes, { ...dashboardLoad, name: 'dashboard view' }].filter((probe) => probe.frames?.length > 0);
}

/** An answer with the recorded lines; its framing is the recorded one, its length that of the body. */
function answerBytes({ status, headers, body }: Exchange): Buffer {
  const chunked = headers.some(([name]) => /^transfer-encoding$/i.test(name));
  const lines = headers.map(([name, value]) => `${name}: ${/^content-length$/i.test(name) ? body.length : value}`);
  const head = Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (!chunked) return Buffer.concat([head, body]);
  const size = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
  return Buffer.concat([head, ...size, Buffer.from('0\r\n\r\n')]);
}

const loginOf = (exchange: Exchange): string => exchange.requestHeaders['X-WEBAUTH-USER'] ?? '';

/** The recorded answers; somebody whom the recordings do not know is treated as nobody, as Grafana does. */
export function replay(exchanges: readonly Exchange[], everybody?: string): Script {
  const find = (request: RecordedRequest, login: string) =>
    exchanges.find(
      (each) =>
        each.method === request.method &&
        each.path === request.target &&
        each.requestBody === request.body.toString('utf8') &&
        (everybody === login || loginOf(each) === login) &&
        each.requestHeaders['Authorization'] === request.header('authorization'),
    );
  const nobody = (name: string): Exchange => {
    const found = exchanges.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no recording named ${name}`);
    return found;
  };
  return function answerAsRecorded(request, socket) {
    const login = request.header('x-webauth-user') ?? '';
    const found = find(request, login) ?? find(request, '');
    if (found !== undefined) socket.write(answerBytes(found));
    else socket.write(answerBytes(nobody(request.target.startsWith('/api') ? 'api without identity' : 'page without identity')));
  };
}
