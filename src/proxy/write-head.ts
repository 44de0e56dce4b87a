import type { ServerResponse } from 'node:http';

/**
 * Sends the head; repeated names stay separate lines. What a host application set before under one of the names is
 * replaced.
 */
export function writeHead(res: ServerResponse, status: number, headers: readonly (readonly [string, string])[]): void {
  // A host application's middleware may have wrapped the method with an on-headers before 1.1.0, which takes a list of
  // headers for garbage and would lose our frame-ancestors (CVE-2025-7339). One header at a time is safe with any.
  if (!Object.hasOwn(res, 'writeHead')) {
    const raw: string[] = [];
    for (const [name, value] of headers) raw.push(name, value);
    res.writeHead(status, raw);
    return;
  }
  for (const [name] of headers) res.removeHeader(name);
  for (const [name, value] of headers) res.appendHeader(name, value);
  res.writeHead(status);
}
