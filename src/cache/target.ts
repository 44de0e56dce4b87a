// Which targets may be kept. One file has to have few names, or whoever may ask for it fills the memory with it and
// keeps the compressor busy for everybody.

const MAX_LENGTH = 1024;
/** Of one path, with different queries. */
export const MAX_VARIANTS = 4;
// No percent-encoding and no empty segments: the upstream would read them as other names of the same file.
const PATH = /^(?:\/[\w.~!$&'()*+,;=:@-]+)+$/;
/** The version by which Grafana names the bundles of its plugins; every other query is the upstream's to answer. */
const VERSION = /^_cache=[\w.-]{1,64}$/;

export function isKeepable(target: string): boolean {
  const path = pathOf(target);
  return target.length <= MAX_LENGTH && PATH.test(path) && (path === target || VERSION.test(target.slice(path.length + 1)));
}

export function pathOf(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? target : target.slice(0, at);
}
