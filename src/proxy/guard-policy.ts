import type { Config } from '../config/config.ts';
import type { GuardPolicy } from './guard-verdict.ts';
import type { MountedRoute } from './mounts.ts';
import type { Route } from './route.ts';

/** What the guard needs to know of the configuration. */
export function createGuardPolicy(
  config: Config,
  routes: readonly Route[],
  findMount: (target: string) => MountedRoute | undefined,
): GuardPolicy {
  return {
    hosts: config.publicUrl.hosts,
    // Every header that is removed from requests of one upstream may not come in disguise to any (SEC-H2, SEC-H3).
    isIdentityName: (name) => routes.some((route) => route.isStripped(name)),
    freeTail(path) {
      const mounted = findMount(path);
      if (mounted === undefined || mounted.route.upstream.allowInPath.length === 0) return undefined;
      const start = mounted.route.preset.freeTailStart(mounted.path);
      return start === undefined
        ? undefined
        : { start: start + path.length - mounted.path.length, forms: mounted.route.upstream.allowInPath };
    },
  };
}
