// Assets for the tests of the cache: text that compresses as scripts do, and what a browser says when it asks for it.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { RawAnswer } from '../support/raw-client.ts';
import { answerText, type Script } from '../support/recording-upstream.ts';

export const PUBLIC = 'Cache-Control: public, max-age=31536000';
export const SCRIPT_TYPE = 'Content-Type: text/javascript; charset=utf-8';
export const LAST_MODIFIED = 'Fri, 20 Nov 2026 21:18:31 GMT';
export const BROWSER = ['Accept-Encoding: gzip, deflate, br, zstd', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: script'];

/** Names like those of a bundler; each call a new one. */
export function newAsset(ending = 'js'): string {
  counter += 1;
  return `/public/build/${counter}.${'0123456789abcdef0123'.slice(0, 20)}.${ending}`;
}
let counter = 0;

/** Text of a size that a coding makes smaller, and that is the same for the same seed. */
export function scriptText(bytes: number, seed = 1): string {
  const words = ['function', 'return', 'const', 'value', 'panel', 'query', '=>', '===', 'undefined', 'options', ';', '{}'];
  let text = '';
  let state = seed;
  while (text.length < bytes) {
    state = (state * 1103515245 + 12345) % 2147483648;
    text += `${words[state % words.length]}${state % 97} `;
  }
  return text.slice(0, bytes);
}

export function replyWithAsset(body: string, headers: readonly string[] = [PUBLIC, SCRIPT_TYPE]): Script {
  return (request, socket) => {
    const text = answerText('200 OK', headers, body);
    socket.write(Buffer.from(request.method === 'HEAD' ? text.slice(0, text.length - body.length) : text, 'latin1'));
  };
}

/** The body without its coding. */
export function decode(answer: RawAnswer): string {
  const coding = answer.header('content-encoding');
  if (coding === 'br') return brotliDecompressSync(answer.bodyBytes).toString('latin1');
  if (coding === 'gzip') return gunzipSync(answer.bodyBytes).toString('latin1');
  return answer.body;
}
