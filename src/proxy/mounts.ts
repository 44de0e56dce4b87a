// Which upstream a path belongs to, and what of the path goes there. Paths are compared byte by byte and at segment
// boundaries: `/grafanaX` and `/GRAFANA` are not under `/grafana` (SEC-P5, PRX-E2, PRX-E8).

import type { Preset } from '../policy/preset.ts';
import type { Route } from './route.ts';

export interface MountedRoute {
  readonly route: Route;
  /** What judges this request and its answer, and the messages of its socket, to their end: what was in force as they began. */
  readonly preset: Preset;
  /** Path within the upstream's mount, always with a leading slash; what presets classify. */
  readonly path: string;
  /** What is sent: the judged bytes, without the mount where `stripMount` is set, with the upstream's base path before. */
  readonly forwardTarget: string;
  /** The mount as browsers see it; empty for the root. */
  readonly mount: string;
}

export interface Mounts {
  find(target: string): MountedRoute | undefined;
}

/**
 * @param base Where a host application mounted the gate (`app.use('/dash', gate.middleware)`), else empty. A
 *   configured mount that does not already lie under it is taken to be relative to it.
 */
export function createMounts(routes: readonly Route[], base: string): Mounts {
  const mounted = routes
    .map((route) => ({ route, mount: fullMount(route.upstream.mount, base) }))
    .sort((a, b) => b.mount.length - a.mount.length);
  return {
    find(target) {
      for (const { route, mount } of mounted) {
        const rest = under(target, mount);
        if (rest === undefined) continue;
        const query = rest.indexOf('?');
        const path = (query === -1 ? rest : rest.slice(0, query)) || '/';
        const inner = rest.startsWith('/') ? rest : `/${rest}`;
        const forwarded = route.upstream.stripMount ? inner : target;
        return { route, preset: route.presetInForce, path, forwardTarget: route.upstream.basePath + forwarded, mount };
      }
      return undefined;
    },
  };
}

function fullMount(mount: string, base: string): string {
  const own = mount === '/' ? '' : mount;
  return base === '' || own === base || own.startsWith(`${base}/`) ? own : base + own;
}

/** What follows the mount in a target, or undefined when the target is not under it. */
export function under(target: string, mount: string): string | undefined {
  if (!target.startsWith(mount)) return undefined;
  const rest = target.slice(mount.length);
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined;
}
