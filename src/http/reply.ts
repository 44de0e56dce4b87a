// Sending an answer of our own with plain node:http, so that it also works outside Express.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Html } from './html.ts';
import type { HeaderClass, OwnHeaders } from './own-headers.ts';

// Left by whoever began an answer that failed before its head was sent.
const HEADERS_OF_ANOTHER_BODY = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Transfer-Encoding',
];

export interface Reply {
  readonly status: number;
  readonly headerClass: HeaderClass;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gets the nonce of this answer's Content-Security-Policy. */
  readonly build?: (nonce: string) => Buffer | Html | string;
}

/** Sends the whole answer. After the head was sent nothing can be said any more, so the connection is cut. */
export function sendReply(ownHeaders: OwnHeaders, req: IncomingMessage, res: ServerResponse, reply: Reply): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  for (const name of HEADERS_OF_ANOTHER_BODY) res.removeHeader(name);
  const nonce = ownHeaders.apply(reply.headerClass, req, res);
  const built = reply.build?.(nonce);
  const body = built instanceof Uint8Array ? built : Buffer.from(built === undefined ? '' : built.toString(), 'utf8');
  res.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (reply.type !== undefined) res.setHeader('Content-Type', reply.type);
  if (reply.status !== 204 && reply.status !== 304) res.setHeader('Content-Length', body.length);
  res.end(body.length === 0 ? undefined : body);
}

export function sendJson(
  ownHeaders: OwnHeaders,
  req: IncomingMessage,
  res: ServerResponse,
  value: unknown,
  options: { readonly status?: number; readonly type?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): void {
  sendReply(ownHeaders, req, res, {
    status: options.status ?? 200,
    headerClass: 'data',
    type: options.type ?? 'application/json; charset=utf-8',
    headers: options.headers ?? {},
    build: () => JSON.stringify(value),
  });
}
