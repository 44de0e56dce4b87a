// Asks an upstream at intervals whether it is well, over connections made as for requests, and without any identity:
// what it says to strangers is enough.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { UpstreamConfig } from '../../config/config.ts';
import { errorCode } from '../upstream-error.ts';
import { bareHostname, buildTlsOptions } from './upstream-tls.ts';

export interface ProbeOptions {
  /** Path with query, as the upstream sees it. */
  readonly path: string;
  /** @returns milliseconds until the next probe. */
  onResult(fault: string | undefined): number;
}

export interface Probe {
  /** Asks after this long, unless it is asking already. */
  askAfter(ms: number): void;
  stop(): void;
}

export function startProbe(upstream: UpstreamConfig, { path, onResult }: ProbeOptions): Probe {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  let isStopped = false;

  function askAfter(ms: number): void {
    if (isStopped || abort !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(askNow, ms).unref();
  }

  function askNow(): void {
    abort = ask(upstream, path, (fault) => {
      if (isStopped) return;
      const nextMs = onResult(fault);
      abort = undefined;
      askAfter(nextMs);
    });
  }

  askAfter(0);
  return {
    askAfter,
    stop() {
      isStopped = true;
      clearTimeout(timer);
      abort?.();
    },
  };
}

/** @param done Called once, with what is wrong. @returns what ends it early. */
function ask(upstream: UpstreamConfig, path: string, done: (fault: string | undefined) => void): () => void {
  const url = new URL(upstream.origin);
  const tls = buildTlsOptions(upstream);
  const { connectMs, firstByteMs } = upstream.timeouts;
  const sent = (tls === undefined ? httpRequest : httpsRequest)({
    // A connection of its own each time: one that is open already would hide that no new one can be made.
    agent: false,
    host: bareHostname(url),
    port: url.port || (tls === undefined ? 80 : 443),
    path,
    headers: { Host: url.host, Accept: 'application/json, */*', 'User-Agent': 'framegate-health' },
    signal: AbortSignal.timeout(connectMs + firstByteMs),
    ...(upstream.socketPath === undefined ? {} : { socketPath: upstream.socketPath }),
    ...tls,
  });
  let isOver = false;
  const finish = (fault: string | undefined): void => {
    if (isOver) return;
    isOver = true;
    sent.destroy();
    done(fault);
  };
  sent.once('response', (answer) => {
    const { statusCode = 0 } = answer;
    answer.on('error', () => {});
    finish(statusCode >= 500 ? `status-${statusCode}` : undefined);
  });
  sent.once('upgrade', (_answer, socket) => {
    socket.destroy();
    finish('unasked-upgrade');
  });
  sent.on('error', (error) => finish(error.name === 'AbortError' ? 'timeout' : errorCode(error).toLowerCase() || 'protocol'));
  sent.end();
  return () => finish('stopped');
}
