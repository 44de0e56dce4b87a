// What is taken over about a person besides the login, whoever vouches for it.

const MAX_NAME_LENGTH = 256;
const MAX_EMAIL_LENGTH = 254;
const MAX_GROUPS = 100;
const MAX_GROUP_LENGTH = 256;

// An address as browsers know it (HTML, "valid e-mail address"): one @, ASCII, no quoted part, no dot at the end.
// SEC-R5: `attacker@evil.com@company.com` is nobody's address.
const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;

/** The address if it is usable, else undefined: an odd address is left out and is no reason to refuse a person. */
export function readEmail(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_EMAIL_LENGTH) return undefined;
  return EMAIL.test(value) ? value : undefined;
}

/** Any text, cut at 256 characters; undefined for what is not text or is empty. */
export function readDisplayName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  // Cut by code points, so that no half of a surrogate pair is left over.
  const characters = Array.from(value.slice(0, 2 * MAX_NAME_LENGTH));
  return characters.slice(0, MAX_NAME_LENGTH).join('').toWellFormed();
}

/**
 * At most 100 groups of 1 to 256 characters each; absent: none. No comma and no control character: groups travel in
 * one header, separated by commas, and a group named `a,admins` would be two (SEC-H13).
 * @returns undefined for anything else; the caller refuses the person, as dropping a group could change a decision.
 */
export function readGroups(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_GROUPS) return undefined;
  return value.every(isGroup) ? [...value] : undefined;
}

function isGroup(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_GROUP_LENGTH && !/[\p{Cc}\p{Cs},]/u.test(value);
}
