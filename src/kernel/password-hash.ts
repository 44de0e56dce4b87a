// The text form of a password hash: a PHC string of argon2id, read strictly. What is not exactly that, or asks for
// absurd work, is no password hash; the configuration check and the sign-in judge with the same function.

/** Cost parameters of argon2id (RFC 9106 section 3.1). */
export interface Argon2Cost {
  /** Memory in KiB (`m`). */
  readonly memoryKib: number;
  /** Passes over the memory (`t`). */
  readonly passes: number;
  /** Lanes (`p`). */
  readonly lanes: number;
}

export interface PasswordHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** What new hashes are made with: the OWASP minimum, 19 MiB and two passes (SEC-D9.1). */
export const DEFAULT_COST: Argon2Cost = { memoryKib: 19456, passes: 2, lanes: 1 };

/** Least memory that OWASP lists (with five passes); below it a hash is too cheap to guess. */
const MIN_MEMORY_KIB = 7168;
/** 256 MiB: one sign-in must not eat the machine. */
const MAX_MEMORY_KIB = 262_144;
const MAX_PASSES = 16;
const MAX_LANES = 16;
/** OWASP calls 47104/1, 19456/2, 12288/3, 9216/4 and 7168/5 equal; the last is the smallest product. */
const MIN_WORK = 7168 * 5;

const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/**
 * Parses `$argon2id$v=19$m=19456,t=2,p=1$salt$tag` (base64 without padding, salt 8 to 64 bytes, tag 16 to 64 bytes).
 * @returns undefined for another variant or version, another order, cost outside 7 to 256 MiB, 16 passes, 16 lanes.
 */
export function parsePasswordHash(text: unknown): PasswordHash | undefined {
  if (typeof text !== 'string') return undefined;
  const match = PHC.exec(text);
  if (match === null) return undefined;
  const cost = { memoryKib: Number(match[1]), passes: Number(match[2]), lanes: Number(match[3]) };
  if (cost.memoryKib < MIN_MEMORY_KIB || cost.memoryKib > MAX_MEMORY_KIB) return undefined;
  if (cost.passes > MAX_PASSES || cost.lanes > MAX_LANES) return undefined;
  const salt = decodeBase64(match[4] ?? '');
  const tag = decodeBase64(match[5] ?? '');
  if (salt === undefined || tag === undefined) return undefined;
  return { cost, salt, tag };
}

export function formatPasswordHash({ cost, salt, tag }: PasswordHash): string {
  return `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}$${encodeBase64(salt)}$${encodeBase64(tag)}`;
}

/** True for a text that `parsePasswordHash` reads. */
export function isPasswordHash(text: unknown): boolean {
  return parsePasswordHash(text) !== undefined;
}

/** True where the hash is readable but cheaper to guess than what OWASP asks for: worth a warning and a new hash. */
export function needsRehash(text: string): boolean {
  const hash = parsePasswordHash(text);
  return hash !== undefined && hash.cost.memoryKib * hash.cost.passes < MIN_WORK;
}

/** The bytes, if the text is the one spelling of them. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return encodeBase64(bytes) === text ? bytes : undefined;
}

function encodeBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
