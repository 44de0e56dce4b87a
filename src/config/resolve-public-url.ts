import { isLoopbackHostname } from '../kernel/origin.ts';
import type { PublicUrl } from './config.ts';
import { type Findings, showValue } from './problem.ts';
import { isPlainHostname, parseWebUrl } from './web-url.ts';

/** Checks that the text is one origin, and says how it is written when it is nearly one. */
export function resolvePublicUrl(text: string, findings: Findings): PublicUrl | undefined {
  const refuse = (what: string, wayOut: string): undefined => {
    findings.problems.push({ path: 'publicUrl', what, value: showValue(text), wayOut });
    return undefined;
  };
  const url = parseWebUrl(text);
  if (url === undefined) return refuse('is not an http or https URL', 'Write what browsers see, such as https://dash.example.com');
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or password', `Write ${url.origin}`);
  if (!isPlainHostname(url.hostname)) return refuse('has an unusual host name', 'Use letters, digits, "-" and "." only');
  if (url.origin !== text) {
    return refuse('is not exactly an origin', `Write ${url.origin}: no path (see upstreams.<name>.mount), no slash at the end, lower case`);
  }
  const https = url.protocol === 'https:';
  if (!https && !isLoopbackHostname(url.hostname)) {
    return refuse('uses http outside loopback', `Write https://${url.host}; TLS may end at a proxy in front. http is for localhost only`);
  }
  const defaultPort = https ? 443 : 80;
  const hosts = url.port === '' ? [url.hostname, `${url.hostname}:${defaultPort}`] : [url.host];
  return { origin: url.origin, hosts, hostname: url.hostname, port: url.port === '' ? defaultPort : Number(url.port), https };
}
