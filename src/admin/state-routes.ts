// What is in force, and what is behind the gate. No value of a secret key is part of it (SEC-B21.2).

import type { Config } from '../config/config.ts';
import type { AdminRoute } from './route.ts';

interface JudgedVersion {
  readonly version: string | undefined;
  readonly table: number | 'strictest';
  readonly from: string;
}

export interface StateRoutesOptions {
  /** The configuration in force, asked for each time. */
  config(): Config;
  /** Its name, which the log has too; tells nothing of its secrets. */
  revision(): string;
  /** Each upstream by name. */
  upstreamStates(): ReadonlyMap<string, 'up' | 'down'>;
  /** By what those are judged whose version matters. */
  upstreamVersions(): ReadonlyMap<string, JudgedVersion>;
}

export function createStateRoutes({ config, revision, upstreamStates, upstreamVersions }: StateRoutesOptions): readonly AdminRoute[] {
  function showUpstreams(): unknown {
    const states = upstreamStates();
    const versions = upstreamVersions();
    return {
      upstreams: config().upstreams.map(({ name, preset, mount, origin }) => {
        const version = versions.get(name);
        return { name, preset, mount, origin, state: states.get(name), ...(version === undefined ? {} : { judgedAs: version }) };
      }),
    };
  }

  function showConfig(): unknown {
    const current = config();
    return { revision: revision(), accessMode: current.accessMode, rules: current.rules };
  }

  return [
    { method: 'GET', path: '/upstreams', answer: showUpstreams },
    { method: 'GET', path: '/config', answer: showConfig },
  ];
}
