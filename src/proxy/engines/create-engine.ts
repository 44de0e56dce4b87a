import type { UpstreamConfig } from '../../config/config.ts';
import type { Engine } from './engine.ts';
import { createHttpProxyEngine } from './http-proxy.ts';
import { createUndiciEngine } from './undici.ts';

/** `auto` is undici for HTTP, which the benchmark shows cheaper; upgrades are always carried by http-proxy. */
export function createEngine(upstream: UpstreamConfig): Engine {
  const httpProxy = createHttpProxyEngine(upstream);
  if (upstream.engine === 'http-proxy') return httpProxy;
  const undici = createUndiciEngine(upstream);
  return {
    request: undici.request,
    upgrade: httpProxy.upgrade,
    close() {
      undici.close();
      httpProxy.close();
    },
  };
}
