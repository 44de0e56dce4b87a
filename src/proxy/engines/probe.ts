// Asks an upstream at intervals whether it is well.

import type { UpstreamConfig } from '../../config/config.ts';
import { nameFault, openOwnRequest } from './own-request.ts';

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
  const { connectMs, firstByteMs } = upstream.timeouts;
  const sent = openOwnRequest(upstream, { path, userAgent: 'framegate-health' });
  let isOver = false;
  const finish = (fault: string | undefined): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    sent.destroy();
    done(fault);
  };
  const deadline = setTimeout(() => finish('timeout'), connectMs + firstByteMs).unref();
  sent.once('response', (answer) => {
    const { statusCode = 0 } = answer;
    answer.on('error', () => {});
    finish(statusCode >= 500 ? `status-${statusCode}` : undefined);
  });
  sent.once('upgrade', (_answer, socket) => {
    socket.destroy();
    finish('unasked-upgrade');
  });
  sent.on('error', (error) => finish(nameFault(error)));
  sent.end();
  return () => finish('stopped');
}
