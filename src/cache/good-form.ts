// The coded form that stays: as small as a bounded time allows, made once, in slices, in zlib's threads.

import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { Coding } from './negotiation.ts';

/** Brotli's best quality takes about 3 s per MiB; above this size the next one is taken, at 0.25 s per MiB. */
const BEST_QUALITY_BYTES = 1024 * 1024;
const SLICE_BYTES = 64 * 1024;

/** @throws {Error} when it is aborted. */
export async function makeGoodForm(body: Buffer, coding: Exclude<Coding, 'identity'>, signal: AbortSignal): Promise<Buffer> {
  const stream = createCompressor(body.length, coding);
  const abort = () => stream.destroy(new Error('given up'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise<void>((resolve, reject) => {
      stream.once('end', resolve);
      stream.once('error', reject);
    });
    // Slice by slice: between two of them it can be given up.
    const written = writeSlices(stream, body);
    await Promise.all([written, ended]);
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
}

async function writeSlices(stream: Transform, body: Buffer): Promise<void> {
  for (let at = 0; at < body.length; at += SLICE_BYTES) {
    await new Promise<void>((resolve, reject) => {
      stream.write(body.subarray(at, at + SLICE_BYTES), (error) => (error ? reject(error) : resolve()));
    });
  }
  stream.end();
}

function createCompressor(bytes: number, coding: Exclude<Coding, 'identity'>): Transform {
  if (coding === 'gzip') return createGzip({ level: 9, memLevel: 9, chunkSize: SLICE_BYTES });
  return createBrotliCompress({
    chunkSize: SLICE_BYTES,
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes <= BEST_QUALITY_BYTES ? 11 : 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes,
    },
  });
}
