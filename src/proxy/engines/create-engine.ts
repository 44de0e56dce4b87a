import type { UpstreamConfig } from '../../config/config.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { Circuit } from '../circuit.ts';
import { findLengthFault } from './body-limit.ts';
import type { Engine, HttpEngine } from './engine.ts';
import { createHttpProxyEngine } from './http-proxy.ts';
import { createHttp1Engine } from './http1.ts';
import { type Probe, startProbe } from './probe.ts';
import { createUndiciEngine } from './undici.ts';
import { withCircuit } from './with-circuit.ts';

export interface UpstreamEngine extends Engine, HttpEngine {
  /** False while the upstream is known not to be reachable. */
  isUp(): boolean;
}

export interface EngineContext {
  readonly clock: Clock;
  readonly log: Log;
  /** It answers again after it was down: whatever was known of it may be no more. Default: nobody listens. */
  readonly onUp?: () => void;
}

/** What carries the requests of one upstream, behind a circuit that follows its health. */
export function createEngine(upstream: UpstreamConfig, { clock, log, onUp = () => {} }: EngineContext): UpstreamEngine {
  const { name, health } = upstream;
  let probe: Probe | undefined;
  const circuit = new Circuit({
    failures: health.failures,
    openForMs: health.openForMs,
    requestsTry: health.path === undefined,
    clock,
    onDown(reason) {
      const hint = `requests get 503 until it answers again: is it running, and is upstreams.${name}.url right?`;
      log.error('upstream.down', { upstream: name, reason, hint });
      probe?.askAfter(health.openForMs);
    },
    onUp(downMs) {
      log.info('upstream.up', { upstream: name, downMs });
      onUp();
    },
  });
  const carrying = chooseEngine(upstream);
  const engine = withCircuit(carrying, circuit);
  if (health.path !== undefined) {
    probe = startProbe(upstream, {
      path: upstream.basePath + health.path,
      onResult(fault) {
        if (fault === undefined) circuit.noteAnswer('probe');
        else circuit.noteFailure('probe', fault);
        return circuit.isClosed ? health.intervalMs : health.openForMs;
      },
    });
  }
  return {
    request(exchange, receiver) {
      const fault = findLengthFault(exchange.req, upstream.maxBodyBytes);
      if (fault === undefined) engine.request(exchange, receiver);
      else receiver.failed(fault);
    },
    upgrade: engine.upgrade,
    isUp: () => circuit.isClosed,
    connectionUse: carrying.connectionUse,
    close() {
      probe?.stop();
      engine.close();
    },
  };
}

/** `auto` is our own client for HTTP, which the benchmark shows cheapest; upgrades are always carried by http-proxy. */
function chooseEngine(upstream: UpstreamConfig): Engine & HttpEngine {
  const httpProxy = createHttpProxyEngine(upstream);
  if (upstream.engine === 'http-proxy') return httpProxy;
  const client = upstream.engine === 'undici' ? createUndiciEngine(upstream) : createHttp1Engine(upstream);
  return {
    request: client.request,
    upgrade: httpProxy.upgrade,
    connectionUse: client.connectionUse,
    close() {
      client.close();
      httpProxy.close();
    },
  };
}
