// Answers in the form of the recorded server: the same standard headers, the same bodies for the same refusals.

import type { ServerResponse } from 'node:http';

/** On every answer but static files and the Origin refusal. */
const STANDARD_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'deny',
  'X-Xss-Protection': '1; mode=block',
} as const;

/** Above this many bytes the recorded server leaves the length out and sends chunks. */
const CHUNKED_ABOVE_BYTES = 2048;

export type ExtraHeaders = Readonly<Record<string, string | readonly string[]>>;

function send(res: ServerResponse, status: number, headers: ExtraHeaders, body: string): void {
  // Node would add "Connection: keep-alive"; the recorded server does not.
  if (res.shouldKeepAlive) res.removeHeader('Connection');
  const bytes = Buffer.from(body, 'utf8');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.statusCode = status;
  if (bytes.length > CHUNKED_ABOVE_BYTES) res.write(bytes);
  else res.setHeader('Content-Length', bytes.length);
  res.end(bytes.length > CHUNKED_ABOVE_BYTES ? undefined : bytes);
}

const UNAUTHORIZED = { extra: null, message: 'Unauthorized', messageId: 'auth.unauthorized', statusCode: 401, traceID: '' };

export function sendJson(res: ServerResponse, status: number, value: unknown, end = ''): void {
  send(res, status, { ...STANDARD_HEADERS, 'Content-Type': 'application/json' }, JSON.stringify(value) + end);
}

/** A refusal or a remark: these spell the charset and end with a newline. */
export function sendMessage(res: ServerResponse, status: number, value: unknown): void {
  sendMessageText(res, status, `${JSON.stringify(value)}\n`);
}

export function sendMessageText(res: ServerResponse, status: number, text: string): void {
  send(res, status, { ...STANDARD_HEADERS, 'Content-Type': 'application/json; charset=UTF-8' }, text);
}

export function sendUnauthorized(res: ServerResponse): void {
  sendMessage(res, 401, UNAUTHORIZED);
}

export function sendHtml(res: ServerResponse, status: number, html: string): void {
  send(res, status, { ...STANDARD_HEADERS, 'Content-Type': 'text/html; charset=UTF-8' }, html);
}

export function sendText(res: ServerResponse, status: number, text: string, extra: ExtraHeaders = {}): void {
  send(res, status, { ...STANDARD_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...extra }, text);
}

export function sendEmpty(res: ServerResponse, status: number): void {
  send(res, status, STANDARD_HEADERS, '');
}

export function sendRedirect(res: ServerResponse, location: string, extra: ExtraHeaders = {}): void {
  const link = `<a href="${location.replaceAll('&', '&amp;').replaceAll('"', '&#34;')}">Found</a>.\n\n`;
  send(res, 302, { ...STANDARD_HEADERS, 'Content-Type': 'text/html; charset=utf-8', Location: location, ...extra }, link);
}

/** The answer to a foreign Origin beside the server's own log-in cookie; it has only one of the standard headers. */
export function sendForeignOrigin(res: ServerResponse): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  send(res, 403, headers, 'origin not allowed\n');
}
