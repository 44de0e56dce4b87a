// The circumstances of a question as people write them, for `explain` and `policy test`.

import type { SignInMethod } from '../kernel/identity.ts';
import { parseNetwork } from '../policy/network.ts';
import { UsageError } from './command.ts';

const METHODS: readonly SignInMethod[] = ['password', 'ticket', 'oidc', 'header', 'api-key', 'host'];

/** @returns milliseconds since the epoch. @throws {UsageError} */
export function parseTime(text: string): number {
  // Without an offset it would be the time of whatever machine this runs on.
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError('needs a time with its offset, such as 2026-03-02T08:00:00Z or 2026-03-02T08:00:00+01:00');
  return time;
}

/** @throws {UsageError} */
export function parseAddress(text: string): string {
  if (text.includes('/') || parseNetwork(text) === undefined) throw new UsageError('needs an address, such as 192.0.2.7 or 2001:db8::1');
  return text;
}

/** @throws {UsageError} */
export function parseSignInMethod(text: string): SignInMethod {
  const method = METHODS.find((known) => known === text);
  if (method === undefined) throw new UsageError(`does not know this way to sign in. Known: ${METHODS.join(', ')}`);
  return method;
}

/** `Name: value`. @throws {UsageError} that does not repeat the line, which may hold a secret. */
export function parseHeader(line: string): readonly [string, string] {
  const match = /^([^\s:]+):[ \t]*(.*)$/.exec(line);
  if (match === null) throw new UsageError("needs a header as 'Name: value'");
  return [match[1] ?? '', match[2] ?? ''];
}

/** @returns undefined: none is given. @throws {UsageError} */
export function parseVersion(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,2}$/.test(text)) throw new UsageError('needs the major version alone, such as --upstream-version 12');
  return Number(text);
}
