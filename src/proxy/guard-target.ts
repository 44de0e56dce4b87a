// What a request target may look like (SEC-G6 to G8, PRX-1 to PRX-3).

import { type GuardPolicy, type GuardRefusal, refusal } from './guard-verdict.ts';

const MAX_TARGET_LENGTH = 8192;

// Bytes that parsers disagree on once decoded: / \ NUL . % # ? ; and control characters (SEC-G7).
// C0 and C1 begin nothing but overlong forms of ASCII (RFC 3629 section 3), which lenient decoders take for `/` and `.`.
const REFUSED_ESCAPES = /%(?:5c|2e|25|23|3f|c0|c1|0[0-9a-f]|1[0-9a-f]|7f)/i;

/** Forms that `allowInPath` may let through in the free tail of a path. */
const OPT_IN_FORMS: readonly { readonly form: string; readonly pattern: RegExp }[] = [
  { form: 'double-slash', pattern: /\/\// },
  { form: 'semicolon', pattern: /;|%3b/i },
  { form: 'encoded-slash', pattern: /%2f/i },
];

/** The refusal, or undefined when the target is plain. The query is left alone (SEC-G8). */
export function judgeTarget(target: string, policy: Pick<GuardPolicy, 'freeTail'>): GuardRefusal | undefined {
  // Absolute-form, authority-form and `*` would let the client name the upstream (PRX-1, SEC-B22.2).
  if (!target.startsWith('/')) return refusal('FRAMEGATE_BAD_REQUEST', 'target-form');
  if (target.length > MAX_TARGET_LENGTH) return refusal('FRAMEGATE_TARGET_TOO_LONG', 'target-length');
  if (/[^\x21-\x7e]|[\\#]/.test(target)) return refusal('FRAMEGATE_BAD_REQUEST', 'target-byte');
  const path = pathOf(target);
  // Nearly all paths hold nothing that the rules below are about.
  if (!/[%;]|\/[/.]/.test(path)) return undefined;
  if (/%(?![0-9a-f]{2})/i.test(path)) return refusal('FRAMEGATE_BAD_REQUEST', 'path-escape');
  if (REFUSED_ESCAPES.test(path)) return refusal('FRAMEGATE_BAD_REQUEST', 'path-escape');
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) return refusal('FRAMEGATE_BAD_REQUEST', 'path-dots');
  if (path.startsWith('//')) return refusal('FRAMEGATE_BAD_REQUEST', 'path-double-slash');
  for (const { form, pattern } of OPT_IN_FORMS) {
    const index = path.search(pattern);
    if (index === -1) continue;
    const tail = policy.freeTail(path);
    // The slash that ends the fixed part may itself be the first of two.
    if (tail === undefined || index < tail.start - 1 || !tail.forms.includes(form)) {
      return refusal('FRAMEGATE_BAD_REQUEST', `path-${form}`);
    }
    // With a slash in disguise allowed, dots beside it are a climb again.
    if (/(?:\/|%2f|;|%3b)\.{1,2}(?:\/|%2f|;|%3b|$)/i.test(path)) return refusal('FRAMEGATE_BAD_REQUEST', 'path-dots');
  }
  return undefined;
}

/** The part of a target before the first `?`. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
