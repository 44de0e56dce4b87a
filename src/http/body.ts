// Bodies of own routes (SEC-B7, SEC-N3): small forms, bounded, never inflated. Proxied bodies do not come here.

import type { IncomingMessage } from 'node:http';
import { FramegateError } from '../kernel/errors.ts';
import type { Fields } from './fields.ts';
import { isDeepJson, parseForm, parseJsonFields, readParsedFields } from './fields.ts';

type BodyType = 'form' | 'json';

export interface Body {
  readonly type: BodyType;
  readonly fields: Fields;
}

const MAX_DISCARDED_BYTES = 1024 * 1024;

const MEDIA_TYPES = new Map<string, BodyType>([
  ['application/x-www-form-urlencoded', 'form'],
  ['application/json', 'json'],
]);

function refuseType(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_MEDIA_TYPE', { reason });
}

/** @throws {FramegateError} FRAMEGATE_MEDIA_TYPE for anything but a plain form or JSON in UTF-8. */
function readBodyType(req: IncomingMessage): BodyType {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') throw refuseType('content-encoding');
  const [essence = '', ...parameters] = (req.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const type = MEDIA_TYPES.get(essence);
  if (type === undefined) throw refuseType('media-type');
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw refuseType('charset');
  return type;
}

/** Reads on until the end, or until `maxBytes` are exceeded; then the request is paused where it is. */
function readUpTo(req: IncomingMessage, maxBytes: number, keep: (chunk: Buffer) => void): Promise<'end' | 'more'> {
  return new Promise((resolve, reject) => {
    let received = 0;
    function stop(): void {
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    }
    function onEnd(): void {
      stop();
      resolve('end');
    }
    function onGone(): void {
      stop();
      reject(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'body-aborted' }));
    }
    function onData(chunk: Buffer): void {
      keep(chunk);
      received += chunk.length;
      if (received <= maxBytes) return;
      stop();
      req.pause();
      resolve('more');
    }
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    req.resume();
  });
}

/**
 * Throws the rest of a refused body away, up to 1 MiB: most clients read no answer while they still send.
 * @returns false when there is more; then the connection has to end with the answer.
 */
export async function discardBody(req: IncomingMessage): Promise<boolean> {
  if (req.readableEnded || req.destroyed) return req.complete;
  return (await readUpTo(req, MAX_DISCARDED_BYTES, () => {})) === 'end';
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'body-encoding', cause });
  }
}

/**
 * Reads the fields of a request of ours. A body that a host application's parser has read already is taken from
 * `req.body`, under the same rules.
 *
 * @throws {FramegateError} FRAMEGATE_MEDIA_TYPE (415), FRAMEGATE_BODY_TOO_LARGE (413), FRAMEGATE_BAD_REQUEST (400: not
 *   UTF-8, not well-formed, nested, a repeated field, a field that is not a text).
 */
export async function readBody(req: IncomingMessage & { body?: unknown }, maxBytes: number): Promise<Body> {
  const type = readBodyType(req);
  const tooLarge = new FramegateError('FRAMEGATE_BODY_TOO_LARGE');
  if (req.readableEnded || req.readableDidRead) {
    if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge;
    return { type, fields: readParsedFields(req.body) };
  }
  const chunks: Buffer[] = [];
  const overflows = (await readUpTo(req, maxBytes, (chunk) => chunks.push(chunk))) === 'more';
  const bytes = Buffer.concat(chunks);
  if (overflows) {
    // Nesting is the worse fault, and visible in what was read (SEC-B7.3).
    const isDeep = type === 'json' && isDeepJson(bytes.toString('latin1'));
    throw isDeep ? new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'json-depth' }) : tooLarge;
  }
  const text = decodeUtf8(bytes);
  return { type, fields: type === 'json' ? parseJsonFields(text) : parseForm(text) };
}
