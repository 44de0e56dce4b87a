import { requestText } from './connection.ts';
import type { Load } from './load.ts';

/** The bytes to send, one per cookie. */
export function buildRequests({ path, headers, cookies }: Pick<Load, 'path' | 'headers' | 'cookies'>): string[] {
  const line = `GET ${path}`;
  return cookies === undefined ? [requestText(line, headers)] : cookies.map((cookie) => requestText(line, { ...headers, Cookie: cookie }));
}
