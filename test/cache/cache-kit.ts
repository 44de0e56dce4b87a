// The cache in front of a sender of our own, asked by browsers that may stall.

import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AssetCache, createAssetCache } from '../../src/cache/asset-cache.ts';
import { createBackground } from '../../src/cache/background.ts';
import type { Control, Sender } from '../../src/cache/ports.ts';

const HEADERS = ['Cache-Control', 'public, max-age=3600', 'Content-Type', 'text/javascript'];
const CHUNK_BYTES = 16_384;

export interface Upstream extends Sender {
  readonly targets: string[];
  /** Body bytes that were taken off it. */
  sentBytes: number;
}

/** Gives the same body for everything, and no more of it than is taken. */
export function createUpstream(text: string): Upstream {
  const body = Buffer.from(text, 'latin1');
  const upstream: Upstream = {
    targets: [],
    sentBytes: 0,
    request({ target }, receiver) {
      upstream.targets.push(target);
      let at = 0;
      let isOver = false;
      const flow = () => {
        while (!isOver && at < body.length) {
          const chunk = body.subarray(at, at + CHUNK_BYTES);
          at += chunk.length;
          upstream.sentBytes += chunk.length;
          if (!receiver.data(chunk)) return;
        }
        if (isOver) return;
        isOver = true;
        receiver.end();
      };
      const control: Control = {
        resume: () => void setImmediate(flow),
        destroy() {
          isOver = true;
        },
      };
      setImmediate(() => {
        receiver.head(200, [...HEADERS, 'Content-Length', String(body.length)], control);
        flow();
      });
    },
  };
  return upstream;
}

export function createCache(sender: Sender, maxBytes: number): AssetCache {
  const clock = { now: () => 1_000_000 };
  return createAssetCache({
    sender,
    clock,
    background: createBackground(60_000),
    maxBytes,
    compress: true,
    idleMs: 1000,
    identityHeaders: [],
    tally: { hits: 0, shared: 0, misses: 0, passed: 0 },
  });
}

export interface Browser {
  readonly coding: string | undefined;
  readonly body: Buffer;
  /** Settles when the answer is whole. */
  readonly ended: Promise<void>;
  /** Takes everything from now on. */
  read(): void;
  leave(): void;
}

/** Stalls after the first piece, until it is told to read. */
export function openBrowser(cache: AssetCache, target: string, accepted = ''): Browser {
  const res = new EventEmitter() as unknown as ServerResponse;
  const chunks: Buffer[] = [];
  let control: Control | undefined;
  let coding: string | undefined;
  let isReading = false;
  let isWhole = false;
  const ended = new Promise<void>((resolve, reject) => {
    cache.request(
      { req: { method: 'GET' } as IncomingMessage, res, target, headers: { 'accept-encoding': accepted } },
      {
        head(_status, raw, given) {
          control = given;
          const at = raw.indexOf('Content-Encoding');
          coding = at < 0 ? undefined : raw[at + 1];
        },
        data(chunk) {
          chunks.push(chunk);
          return isReading;
        },
        end() {
          isWhole = true;
          // The last piece is out as soon as the browser takes it.
          if (isReading) res.emit('close');
          resolve();
        },
        failed: reject,
      },
    );
  });
  return {
    get coding() {
      return coding;
    },
    get body() {
      return Buffer.concat(chunks);
    },
    ended,
    read() {
      isReading = true;
      if (isWhole) res.emit('close');
      else control?.resume();
    },
    leave() {
      control?.destroy();
      res.emit('close');
    },
  };
}

/** Asks and reads to the end. */
export async function askFor(cache: AssetCache, target: string, accepted = ''): Promise<Browser> {
  const browser = openBrowser(cache, target, accepted);
  browser.read();
  await browser.ended;
  return browser;
}
