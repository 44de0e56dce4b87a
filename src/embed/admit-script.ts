// How our one script tag fits into the upstream's own Content-Security-Policy (CSP3).

type Headers = [name: string, value: string][];

export interface Admission {
  /** The upstream's own nonce, to be put on the tag. */
  readonly nonce: string | undefined;
  /** The policy was given the script's hash; the tag needs `integrity` for an external script to match it. */
  readonly needsIntegrity: boolean;
}

const NONCE = /'nonce-([A-Za-z0-9+/_=-]+)'/;

/**
 * With a nonce in the policy: that nonce. Without: nothing, where the policy lets our origin's scripts in anyway;
 * else the script's hash is added to the directive in place. Where the policy lets in any inline script, `'self'` is
 * added instead: a hash would switch `'unsafe-inline'` off (CSP3 6.8.3.2) and the upstream's own scripts with it.
 */
export function admitScript(headers: Headers, integrity: string): Admission {
  let nonce: string | undefined;
  let needsIntegrity = false;
  for (const entry of headers) {
    if (entry[0].toLowerCase() !== 'content-security-policy') continue;
    const policies = entry[1].split(',').map((policy) => {
      const directives = policy.split(';');
      const index = scriptDirective(directives);
      if (index === -1) return policy;
      const sources = directives[index] ?? '';
      const found = NONCE.exec(sources)?.[1];
      if (found !== undefined && (nonce === undefined || nonce === found)) {
        nonce = found;
        return policy;
      }
      if (allowsOwnOrigin(sources)) return policy;
      const admitsInline = allowsAnyInline(sources);
      needsIntegrity ||= !admitsInline;
      directives[index] = `${sources.replace(/\s'none'(?=\s|$)/i, '').trimEnd()} ${admitsInline ? "'self'" : `'${integrity}'`}`;
      return directives.join(';');
    });
    entry[1] = policies.join(',');
  }
  return { nonce, needsIntegrity };
}

/** The directive that governs script elements: script-src-elem, else script-src, else default-src (CSP3 6.8.3). */
function scriptDirective(directives: readonly string[]): number {
  for (const name of ['script-src-elem', 'script-src', 'default-src']) {
    const index = directives.findIndex((directive) => directive.trim().toLowerCase().split(/\s/)[0] === name);
    if (index !== -1) return index;
  }
  return -1;
}

function allowsOwnOrigin(sources: string): boolean {
  const tokens = sources.trim().toLowerCase().split(/\s+/).slice(1);
  // Under strict-dynamic, host sources and 'self' are ignored.
  if (tokens.includes("'strict-dynamic'")) return false;
  return tokens.includes("'self'") || tokens.includes('*') || tokens.includes('https:');
}

/** `'unsafe-inline'` that no nonce, hash or strict-dynamic switches off. */
function allowsAnyInline(sources: string): boolean {
  const lower = sources.toLowerCase();
  return lower.includes("'unsafe-inline'") && !/'(?:nonce-|sha(?:256|384|512)-|strict-dynamic')/.test(lower);
}
