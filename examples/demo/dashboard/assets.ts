// The front end's files. Scripts and style sheets are served under a name that holds a hash of their content, so
// that a browser may keep them for a year; the page, which is never kept, names the ones in force.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const UPLOT_SCRIPT = 'uplot.js';
const WEB_DIRECTORY = path.join(import.meta.dirname, 'web');

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

interface Asset {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly maxAgeSeconds: number;
  readonly modifiedAt: Date;
}

export interface Assets {
  /** Answers a request for a static file. @returns false when there is no such file. */
  serve(req: IncomingMessage, res: ServerResponse, pathname: string): boolean;
  /** Hashed address of a file such as `app.js`. @throws {Error} when there is none. */
  address(name: string): string;
  /** What the scripts import (an address, or the name of a package) -> hashed address, for the page's import map. */
  readonly importMap: Readonly<Record<string, string>>;
  readonly basePath: string;
}

/** @param basePath What browsers have before every path; empty or `/base`. */
export async function loadAssets(basePath: string): Promise<Assets> {
  const files = new Map<string, Asset>();
  const addresses = new Map<string, string>();
  for (const file of await listFiles()) {
    const { bytes, modifiedAt, name } = await readAsset(file);
    const extension = path.extname(name);
    const mediaType = MEDIA_TYPES[extension] ?? 'application/octet-stream';
    if (extension === '.js' || extension === '.css') {
      const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
      const address = `/public/build/${path.basename(name, extension)}.${hash}${extension}`;
      addresses.set(name, address);
      files.set(address, { bytes, mediaType, maxAgeSeconds: 31_536_000, modifiedAt });
    } else {
      const address = extension === '.svg' ? `/public/img/${name}` : `/${name}`;
      files.set(address, { bytes, mediaType, maxAgeSeconds: 3600, modifiedAt });
    }
  }

  function serve(req: IncomingMessage, res: ServerResponse, pathname: string): boolean {
    const asset = files.get(pathname);
    if (asset === undefined) return false;
    sendAsset(req, res, asset);
    return true;
  }

  function address(name: string): string {
    const found = addresses.get(name);
    if (found === undefined) throw new Error(`no front-end file ${name}`);
    return basePath + found;
  }

  const scripts = [...addresses].filter(([name]) => name.endsWith('.js'));
  const importMap = Object.fromEntries(
    scripts.map(([name, hashed]) => [name === UPLOT_SCRIPT ? 'uplot' : `${basePath}/public/build/${name}`, basePath + hashed]),
  );
  return { serve, address, importMap, basePath };
}

interface SourceFile {
  readonly file: string;
  readonly name: string;
}

async function listFiles(): Promise<SourceFile[]> {
  const uplot = path.dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const own = (await readdir(WEB_DIRECTORY)).sort();
  return [
    ...own.map((name) => ({ file: path.join(WEB_DIRECTORY, name), name })),
    { file: path.join(uplot, 'dist/uPlot.esm.js'), name: UPLOT_SCRIPT },
    { file: path.join(uplot, 'dist/uPlot.min.css'), name: 'uplot.css' },
  ];
}

async function readAsset({ file, name }: SourceFile): Promise<{ bytes: Buffer; modifiedAt: Date; name: string }> {
  const [bytes, status] = await Promise.all([readFile(file), stat(file)]);
  return { bytes, name, modifiedAt: new Date(Math.floor(status.mtimeMs / 1000) * 1000) };
}

/** Static files carry no security header, as recorded; never compressed. */
function sendAsset(req: IncomingMessage, res: ServerResponse, asset: Asset): void {
  if (res.shouldKeepAlive) res.removeHeader('Connection');
  res.setHeader('Cache-Control', `public, max-age=${asset.maxAgeSeconds}`);
  res.setHeader('Last-Modified', asset.modifiedAt.toUTCString());
  const since = Date.parse(req.headers['if-modified-since'] ?? '');
  if (since >= asset.modifiedAt.getTime()) {
    res.statusCode = 304;
    res.end();
    return;
  }
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Content-Type', asset.mediaType);
  const range = parseRange(req.headers.range, asset.bytes.length);
  if (range === 'unsatisfiable') {
    res.setHeader('Content-Range', `bytes */${asset.bytes.length}`);
    res.statusCode = 416;
    res.end();
    return;
  }
  const body = range === undefined ? asset.bytes : asset.bytes.subarray(range.first, range.last + 1);
  if (range !== undefined) {
    res.statusCode = 206;
    res.setHeader('Content-Range', `bytes ${range.first}-${range.last}/${asset.bytes.length}`);
  }
  res.setHeader('Content-Length', body.length);
  res.end(body);
}

/** One range of bytes (RFC 9110 14.1.2); several at once are answered whole, which the RFC allows. */
function parseRange(header: string | undefined, length: number): { first: number; last: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
  return first > last ? 'unsatisfiable' : { first, last };
}
