// The text of a whole answer, whatever coding it came in.

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const unpack = { gunzip: promisify(gunzip), inflate: promisify(inflate), brotli: promisify(brotliDecompress) };

/** @returns The text, or a fixed word for the log that says why it cannot be read. */
export async function decodeAnswer(
  body: Buffer,
  rawHeaders: readonly string[],
  maxBytes: number,
): Promise<string | { readonly fault: string }> {
  const coding = readHeader(rawHeaders, 'content-encoding')?.trim().toLowerCase() ?? '';
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(readHeader(rawHeaders, 'content-type') ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') return { fault: 'filtered-charset' };
  let plain: Buffer;
  try {
    plain = await decodeBytes(body, coding, maxBytes);
  } catch {
    return { fault: 'filtered-coding' };
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    return { fault: 'filtered-charset' };
  }
}

/** @throws for a coding that is not known, broken, or unpacks to more than `maxBytes`. */
async function decodeBytes(body: Buffer, coding: string, maxOutputLength: number): Promise<Buffer> {
  switch (coding) {
    case '':
    case 'identity':
      return body;
    case 'gzip':
    case 'x-gzip':
      return unpack.gunzip(body, { maxOutputLength });
    case 'deflate':
      return unpack.inflate(body, { maxOutputLength });
    case 'br':
      return unpack.brotli(body, { maxOutputLength });
    default:
      throw new Error(`unknown coding ${coding}`);
  }
}

/** All lines of a name, as one value. */
function readHeader(raw: readonly string[], name: string): string | undefined {
  const values = raw.filter((_value, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
  return values.length === 0 ? undefined : values.join(', ');
}
