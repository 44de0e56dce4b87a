import type { Config } from '../config/config.ts';

const OWN_SEGMENT = '/_gate';

/** Whether the gate lies under a path of a host application, so that the origin is not ours alone. */
export function isMountedInHost(gatePrefix: string): boolean {
  return gatePrefix !== OWN_SEGMENT;
}

/**
 * Path that a person lands on when nothing better is known: the first upstream. Below the mount path of library
 * mode, which is what stands before `/_gate` in the prefix of the own routes.
 */
export function findLandingPath(config: Pick<Config, 'upstreams'>, gatePrefix: string): string {
  const base = gatePrefix.endsWith(OWN_SEGMENT) ? gatePrefix.slice(0, -OWN_SEGMENT.length) : '';
  const mount = config.upstreams[0]?.mount ?? '/';
  const alreadyBelow = base === '' || mount === base || mount.startsWith(`${base}/`);
  return alreadyBelow ? mount : `${base}${mount}`;
}
