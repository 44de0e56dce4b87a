// Who may frame us, and which cookie works there.

import { isLoopbackHostname, parseOrigin } from '../kernel/origin.ts';
import type { Config, PublicUrl } from './config.ts';
import { type Findings, showValue } from './problem.ts';
import { isSameSite } from './same-site.ts';
import type { ParsedConfig } from './schema.ts';
import { isPlainHostname, parseWebUrl } from './web-url.ts';

export function resolveEmbed(parsed: ParsedConfig['embed'], publicUrl: PublicUrl | undefined, findings: Findings): Config['embed'] {
  const hosts = [...new Set(parsed.hosts.flatMap((text, index) => resolveHost(text, `embed.hosts[${index}]`, findings)))];
  if (parsed.hosts.length === 0) {
    findings.warnings.push({
      path: 'embed.hosts',
      what: 'is empty, so no page may frame the dashboards',
      wayOut: 'List the origins of the host pages, such as https://app.example.com',
    });
  }
  const crossSite = publicUrl === undefined ? [] : hosts.filter((host) => !isSameSite(host, publicUrl.origin));
  if (parsed.cookies === 'lax') {
    for (const host of crossSite) {
      findings.warnings.push({
        path: 'embed.cookies',
        what: `is lax, but ${host} is another site, where browsers will not send such a cookie`,
        wayOut: 'Write auto or partitioned',
      });
    }
  }
  const cookies = parsed.cookies === 'auto' ? (crossSite.length === 0 ? 'lax' : 'partitioned') : parsed.cookies;
  const { storageStandIn, crossOriginIsolated, title } = parsed;
  return { hosts, cookies, storageStandIn, crossOriginIsolated, title };
}

/** Exact origins only: a wildcard or a bare scheme would let a page of anybody frame us (SEC-D3.2). */
function resolveHost(text: string, path: string, findings: Findings): string[] {
  const refuse = (what: string, wayOut: string): string[] => {
    findings.problems.push({ path, what, value: showValue(text), wayOut });
    return [];
  };
  if (text.includes('*')) return refuse('holds a wildcard', 'List each origin in full, such as https://app.example.com');
  if (/^[a-z]+:(?:\/\/)?$/i.test(text)) return refuse('is a bare scheme', 'Write a whole origin, such as https://app.example.com');
  const url = parseWebUrl(text);
  if (url === undefined) {
    const guess = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$/i.test(text)
      ? `Did you mean https://${text.toLowerCase()}`
      : 'Write for example https://app.example.com';
    return refuse('is not an origin', guess);
  }
  if (!isPlainHostname(url.hostname)) return refuse('has an unusual host name', 'Use letters, digits, "-" and "." only');
  if (parseOrigin(text) === undefined) return refuse('is not exactly an origin', `Write ${url.origin}`);
  if (url.protocol === 'http:' && !isLoopbackHostname(url.hostname)) {
    return refuse('uses http outside loopback', `Write https://${url.host}; anybody on the way could change an http page`);
  }
  if (url.hostname.startsWith('[')) {
    findings.warnings.push({
      path,
      what: 'is an IPv6 address, which browsers do not accept in frame-ancestors',
      value: showValue(text),
      wayOut: 'Use a host name',
    });
  }
  return [text];
}
