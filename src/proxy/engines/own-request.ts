// Requests of our own to an upstream, made as those of browsers are (TLS, client certificate, Unix socket), and without any
// identity: what it says to strangers is enough.

import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { UpstreamConfig } from '../../config/config.ts';
import { errorCode } from '../upstream-error.ts';
import { bareHostname, buildTlsOptions } from './upstream-tls.ts';

export interface OwnRequest {
  /** Path with query, as the upstream sees it. */
  readonly path: string;
  readonly userAgent: string;
}

/** A GET on a connection of its own: one that is open already would hide that no new one can be made. */
export function openOwnRequest({ origin, tls, socketPath }: UpstreamConfig, { path, userAgent }: OwnRequest): ClientRequest {
  const url = new URL(origin);
  const tlsOptions = buildTlsOptions({ origin, tls });
  const sent = (tlsOptions === undefined ? httpRequest : httpsRequest)({
    agent: false,
    host: bareHostname(url),
    port: url.port || (tlsOptions === undefined ? 80 : 443),
    path,
    headers: { Host: url.host, Accept: 'application/json, */*', 'User-Agent': userAgent },
    ...(socketPath === undefined ? {} : { socketPath }),
    ...tlsOptions,
  });
  // No process stays for an answer that nobody of its own waits for.
  return sent.once('socket', (socket) => socket.unref());
}

/** What kept it from being answered, in one word. */
export function nameFault(error: unknown): string {
  return errorCode(error).toLowerCase() || 'protocol';
}
