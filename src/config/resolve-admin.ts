// The admin listener: who may ask its API.

import { isLoopbackHostname } from '../kernel/origin.ts';
import type { AdminConfig } from './config.ts';
import { resolveLiteralSecret, resolveSecretFile, type SecretContext } from './resolve-secret.ts';
import type { ParsedConfig } from './schema.ts';

/** undefined: there is no admin listener. */
export function resolveAdmin(parsed: ParsedConfig['admin'] | undefined, context: SecretContext): AdminConfig | undefined {
  if (parsed === undefined || parsed === false) return undefined;
  const { problems } = context.findings;
  const { host, port, hosts, token, tokenFile } = parsed;
  if (token !== undefined && tokenFile !== undefined)
    problems.push({ path: 'admin.tokenFile', what: 'stands beside admin.token', wayOut: 'Keep one of the two' });
  if (token === undefined && tokenFile === undefined && !isLoopbackHostname(host)) {
    problems.push({
      path: 'admin.tokenFile',
      what: 'is missing while other machines reach the admin listener',
      wayOut: 'Make one with `framegate keygen --secret --out FILE`, or write admin.host: 127.0.0.1',
    });
  }
  const secret =
    token !== undefined
      ? resolveLiteralSecret(token, 'admin.token', context)
      : tokenFile === undefined
        ? undefined
        : resolveSecretFile(tokenFile, 'admin.tokenFile', context);
  return { host, port, hosts, token: secret };
}
