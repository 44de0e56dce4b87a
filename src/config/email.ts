/**
 * An e-mail address in lower case: exactly one `@`, ASCII, at most 254 characters, a domain of plain labels (SEC-R5).
 * @returns undefined for anything else.
 */
export function parseEmail(text: string): string | undefined {
  if (text.length > 254) return undefined;
  const match = /^[\x21-\x3f\x41-\x7e]{1,64}@([^@]+)$/.exec(text);
  return match !== null && isDomain((match[1] ?? '').toLowerCase()) ? text.toLowerCase() : undefined;
}

/** A domain name in lower case, label by label, without a dot at either end (SEC-R3). */
export function isDomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
