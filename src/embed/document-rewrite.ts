// Gives an upstream's page the storage stand-in: one script tag before its first script. Only documents that the
// upstream sent whole and as HTML; everything else passes untouched.

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Log } from '../kernel/log.ts';
import { admitScript } from './admit-script.ts';
import { createTagInserter } from './insert-tag.ts';

type Headers = [name: string, value: string][];

export interface StandInScript {
  /** Path as browsers see it, for example `/_gate/storage.js`. */
  readonly path: () => string;
  /** `sha256-...` of the file. */
  readonly integrity: string;
}

export interface DocumentRewrite {
  /** Transforms to put between upstream and browser, or undefined; changes `headers` in place when it changes the body. */
  open(status: number, headers: Headers, headRequest: boolean): readonly Transform[] | undefined;
}

// Digests and validators of a body that is about to change.
const OF_THE_BODY = new Set([
  'content-length',
  'etag',
  'content-md5',
  'digest',
  'repr-digest',
  'content-digest',
  'accept-ranges',
  'content-encoding',
  'last-modified',
]);

export function createDocumentRewrite(script: StandInScript, log: Log): DocumentRewrite {
  return {
    open(status, headers, headRequest) {
      if (status !== 200) return undefined;
      const type = header(headers, 'content-type') ?? '';
      if (!/^text\/html(?:\s*;|\s*$)/i.test(type)) return undefined;
      // The tag is ASCII; in UTF-16 it would be other characters.
      if (/charset\s*=\s*"?utf-?(?:16|32)/i.test(type)) return undefined;
      const decoder = decoderFor(header(headers, 'content-encoding'));
      if (decoder === undefined) {
        log.warn('page.not-rewritten', {
          reason: 'content-encoding',
          hint: 'the upstream compressed a page although identity was asked for; pages may stay blank where storage is blocked',
        });
        return undefined;
      }
      const admission = admitScript(headers, script.integrity);
      const attributes = [
        admission.nonce === undefined ? '' : ` nonce="${admission.nonce}"`,
        admission.needsIntegrity ? ` integrity="${script.integrity}"` : '',
      ].join('');
      const kept = headers.filter(([name]) => !OF_THE_BODY.has(name.toLowerCase()));
      headers.splice(0, headers.length, ...kept);
      // HEAD stays consistent with GET: the same headers, no body to change.
      if (headRequest) return undefined;
      const inserter = createTagInserter(`<script src="${script.path()}"${attributes}></script>`, () =>
        log.warn('page.not-rewritten', { reason: 'no-place-found' }),
      );
      return decoder === 'identity' ? [inserter] : [decoder, inserter];
    },
  };
}

function decoderFor(encoding: string | undefined): Transform | 'identity' | undefined {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
    case '':
      return 'identity';
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

function header(headers: Headers, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
