// A service from a configuration, in front of an upstream on a raw socket.

import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Log } from '../../src/kernel/log.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { type RunningService, serve } from '../../src/service.ts';

const PUBLIC = 'http://localhost:8000';
export const HOST_LINE = 'Host: localhost:8000';

function configOf(over: Partial<ConfigInput> = {}): ConfigInput {
  return {
    publicUrl: PUBLIC,
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    upstreams: { main: { preset: 'generic', url: 'http://127.0.0.1:1' } },
    session: { secret: 'a secret of the tests, 32 bytes or longer' },
    audit: { to: 'off' },
    ...over,
  };
}

export function start(over: Partial<ConfigInput> = {}, log: Log = silentLog): Promise<RunningService> {
  return serve(loadConfig(configOf(over)), { log });
}

export const portOf = (url: string | undefined): number => Number(new URL(url ?? '').port);

export interface Logged {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps what it is told. */
export function createRecord(): { log: Log; logged: Logged[] } {
  const logged: Logged[] = [];
  const write = (event: string, fields: Readonly<Record<string, unknown>> = {}) => void logged.push({ event, fields });
  return { log: { debug: write, info: write, warn: write, error: write }, logged };
}
