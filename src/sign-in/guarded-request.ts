// Asks another server on behalf of nobody in particular: keys of host applications, identity providers. What the
// configuration names is asked, and nothing else that an answer or a name server could put in its place (SEC-J3).

import { lookup } from 'node:dns';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { judgeAddress } from '../config/private-address.ts';
import { isLoopbackHostname } from '../kernel/origin.ts';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;

export interface GuardedRequest {
  /** https, or http on loopback. */
  readonly url: string;
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether the name may lead into a private network. Link-local addresses are refused in any case. */
  readonly allowPrivate: boolean;
  /** PEM; in place of the public CAs. */
  readonly ca?: string | undefined;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The server could not be asked, or its answer not be read. The message says why, without any of the body. */
export class RequestFailure extends Error {
  override name = 'RequestFailure';
}

/**
 * The whole answer, whatever its status. Follows no redirect, connects to public addresses only (or loopback, where
 * the URL says so), waits for 5 s at most, and reads at most 256 KiB.
 * @throws {RequestFailure}
 */
export async function sendGuarded({ url, method = 'GET', headers = {}, body, allowPrivate, ca }: GuardedRequest): Promise<GuardedAnswer> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopbackHostname(hostname)))
    throw new RequestFailure('its address is neither https nor http on loopback');
  const bare = hostname.replace(/^\[|\]$/g, '');
  const isAllowed = (address: string): boolean => {
    const kind = judgeAddress(address);
    if (kind === 'loopback') return allowPrivate || isLoopbackHostname(hostname);
    return kind === 'public' || (kind === 'private' && allowPrivate);
  };
  // For an address in the URL no name is looked up.
  if (isIP(bare) !== 0 && !isAllowed(bare)) throw refusedAddress(bare);
  const request = (protocol === 'https:' ? https : http).request(url, {
    method,
    agent: false,
    headers: body === undefined ? headers : { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
    lookup: guardLookup(isAllowed),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(ca === undefined ? {} : { ca }),
  });
  // Whoever waits for the answer holds a connection of his own; a process that stops waits for neither.
  request.on('socket', (socket) => socket.unref());
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end(body);
    });
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readBody(response) };
  } catch (error) {
    throw error instanceof RequestFailure ? error : new RequestFailure(describe(error), { cause: error });
  } finally {
    request.destroy();
  }
}

/** The addresses that were judged are those that are connected to: asking again could give others. */
function guardLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return function lookupAllowed(hostname, options, callback) {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const refused = addresses?.find(({ address }) => !isAllowed(address));
      if (error !== null) callback(error, '', 0);
      else if (refused !== undefined) callback(refusedAddress(refused.address), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

function refusedAddress(address: string): RequestFailure {
  return new RequestFailure(`its address leads to ${address}, which is not public (allowPrivateAddress)`);
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new RequestFailure(`is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'cannot be read';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `did not come within ${TIMEOUT_MS / 1000} s`;
  return error.message;
}
