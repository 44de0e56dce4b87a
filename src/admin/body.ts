// Bodies that the admin API takes: one small JSON object.

import type { IncomingMessage } from 'node:http';
import { FramegateError } from '../kernel/errors.ts';
import { parseStrictJson } from '../kernel/strict-json.ts';

const MAX_BODY_BYTES = 4096;

/** @throws {FramegateError} FRAMEGATE_MEDIA_TYPE, FRAMEGATE_BODY_TOO_LARGE, FRAMEGATE_BAD_REQUEST. */
export async function readJsonBody(req: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  // A page can send any other type without asking first.
  if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(req.headers['content-type'] ?? ''))
    throw new FramegateError('FRAMEGATE_MEDIA_TYPE', { reason: 'media-type' });
  const chunks: Buffer[] = [];
  let length = 0;
  // Not destroyed with the loop: the refusal has still to be sent.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new FramegateError('FRAMEGATE_BODY_TOO_LARGE', { reason: 'admin-body' });
    chunks.push(chunk);
  }
  const json = parseStrictJson(Buffer.concat(chunks).toString('utf8'));
  if (json.kind !== 'object') throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: `json-${json.kind}` });
  return json.value;
}
