// The files of public/, read once: a fixed table of names, so that no request can name a file.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HeaderClass } from './own-headers.ts';

/** Same place for src/ and dist/: both lie beside public/. */
const PUBLIC_DIRECTORY = new URL('../../public/', import.meta.url);

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const STYLESHEET = 'text/css; charset=utf-8';

const FILES: readonly (readonly [file: string, type: string, headers: HeaderClass])[] = [
  ['embed.js', JAVASCRIPT, 'script-public'],
  ['storage.js', JAVASCRIPT, 'script'],
  ['assets/gate.css', STYLESHEET, 'script'],
  ['assets/frame.js', JAVASCRIPT, 'script'],
  ['assets/card.js', JAVASCRIPT, 'script'],
  ['assets/popup.js', JAVASCRIPT, 'script'],
  ['assets/sign-out.js', JAVASCRIPT, 'script'],
];

export interface Asset {
  /** Below the own-routes prefix: `/assets/gate.css`. */
  readonly path: string;
  readonly type: string;
  readonly headers: HeaderClass;
  readonly content: Buffer;
  /** Strong entity tag (RFC 9110 8.8.3), with its quotes. */
  readonly etag: string;
  /** Changes with the content; put in the query, so that an hour-old copy is not used after an update. */
  readonly version: string;
  /** For Subresource Integrity and Content-Security-Policy: `sha256-...`. */
  readonly integrity: string;
}

/** @throws when the package is incomplete: at start, never at a request. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const [file, type, headers] of FILES) {
    const content = readFileSync(new URL(file, PUBLIC_DIRECTORY));
    const digest = createHash('sha256').update(content).digest();
    const hash = digest.toString('base64url');
    assets.set(`/${file}`, {
      path: `/${file}`,
      type,
      headers,
      content,
      etag: `"${hash.slice(0, 22)}"`,
      version: hash.slice(0, 8),
      integrity: `sha256-${digest.toString('base64')}`,
    });
  }
  return assets;
}
