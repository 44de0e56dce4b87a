// An unlisted host page sees only the browser's refusal; the log says which host to add.

import type { IncomingHttpHeaders } from 'node:http';
import { refererOrigin } from '../kernel/origin.ts';
import type { GateParts } from './parts.ts';

const NOTE_AGAIN_MS = 60_000;
/** Hosts remembered; a flood of made-up ones is not logged without bound. */
const MAX_HOSTS = 1000;

/**
 * Notes, at most once a minute per host, that an unlisted page framed us. The Referer is all there is to know it by;
 * a host with `Referrer-Policy: no-referrer` is seen when it posts a ticket.
 */
export function createEmbeddingNote({
  config,
  clock,
  log,
}: Pick<GateParts, 'config' | 'clock' | 'log'>): (headers: IncomingHttpHeaders) => void {
  const noted = new Map<string, number>();
  return function noteEmbedding(headers) {
    if (headers['sec-fetch-dest'] !== 'iframe' && headers['sec-fetch-dest'] !== 'frame') return;
    const host = refererOrigin(headers.referer);
    if (host === undefined || host === config.publicUrl.origin || config.embed.hosts.includes(host)) return;
    const now = clock.now();
    const earlier = noted.get(host);
    if (earlier !== undefined && now - earlier < NOTE_AGAIN_MS) return;
    if (noted.size >= MAX_HOSTS) {
      // Made-up hosts must not silence a real one for good.
      for (const [each, atMs] of noted) if (now - atMs >= NOTE_AGAIN_MS) noted.delete(each);
      if (noted.size >= MAX_HOSTS) return;
    }
    noted.set(host, now);
    log.warn('frame.host-not-listed', { host, hint: `a page of ${host} tried to frame the dashboard; to allow it, add it to embed.hosts` });
  };
}
