import { isOwnCookie } from './own-cookies.ts';

export interface SetCookieRules {
  /** Lower-case names that never reach the browser. */
  readonly dropped: readonly string[];
  readonly sameSite: 'lax' | 'partitioned';
  /** Path that the upstream has before every path and browsers do not see; empty or `/base`. */
  readonly basePath: string;
  /** Path prefix that browsers see and the upstream does not; empty when they are the same. */
  readonly strippedMount: string;
}

/**
 * An upstream's Set-Cookie as the browser may have it: our own names and the dropped ones never (SEC-B4.4, PRX-27);
 * the rest without Domain, Secure, and with the attributes that a frame needs (SEC-B4.5).
 * @returns undefined when it is dropped.
 */
export function rewriteSetCookie(line: string, rules: SetCookieRules): string | undefined {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const name = pair.split('=', 1)[0]?.trim() ?? '';
  if (name === '' || !pair.includes('=') || isOwnCookie(name) || rules.dropped.includes(name.toLowerCase())) return undefined;
  let path: string | undefined;
  const kept = attributes.filter((attribute) => {
    const key = attribute.split('=', 1)[0]?.trim().toLowerCase() ?? '';
    if (key === 'path') path = attribute.slice(attribute.indexOf('=') + 1).trim();
    return !['', 'path', 'domain', 'secure', 'samesite', 'partitioned'].includes(key);
  });
  if (path !== undefined) {
    kept.push(`Path=${mapPath(path, name, rules)}`);
  }
  kept.push('Secure', ...(rules.sameSite === 'lax' ? ['SameSite=Lax'] : ['SameSite=None', 'Partitioned']));
  return [pair, ...kept].join('; ');
}

/** The path as browsers see it; a `__Host-` cookie is only accepted with `/` (RFC 6265bis 4.1.3.2). */
function mapPath(path: string, name: string, { basePath, strippedMount: mount }: SetCookieRules): string {
  const own = path.startsWith('/') ? path : '/';
  const inner = own === basePath || own.startsWith(`${basePath}/`) ? own.slice(basePath.length) || '/' : own;
  if (name.toLowerCase().startsWith('__host-') || inner === mount || inner.startsWith(`${mount}/`)) return inner;
  return inner === '/' ? mount : mount + inner;
}
