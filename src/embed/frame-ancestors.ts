// Who may frame us, as a Content-Security-Policy line of its own (CSP3 6.4.2; a browser takes the strictest of all lines).

/** `frame-ancestors` of the listed hosts; an empty list is nobody, never everybody. */
export function frameAncestors(hosts: readonly string[]): string {
  return `frame-ancestors ${hosts.length === 0 ? "'none'" : hosts.join(' ')}`;
}

/**
 * An upstream's policies without their `frame-ancestors`; the rest of each is kept as it is (SEC-B4.2, B4.3).
 * @param value One header value; it may hold several policies, separated by commas.
 * @returns undefined when nothing is left.
 */
export function withoutFrameAncestors(value: string): string | undefined {
  const policies = value
    .split(',')
    .map((policy) =>
      policy
        .split(';')
        .filter((directive) => !/^\s*frame-ancestors(?:\s|$)/i.test(directive))
        .join(';')
        .trim(),
    )
    .filter((policy) => policy.replaceAll(';', '').trim() !== '');
  return policies.length === 0 ? undefined : policies.join(', ');
}
