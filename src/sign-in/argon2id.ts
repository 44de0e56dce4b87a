// Password hashes by the argon2id that node carries (docs/decisions/0002-passwords-by-node-argon2.md).
// The password is hashed as it is: no trimming, no case, no Unicode change (SEC-D9.2).

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Argon2Cost, DEFAULT_COST, formatPasswordHash, parsePasswordHash } from '../kernel/password-hash.ts';

const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** A new PHC string of argon2id with a random salt. Bytes given (a line from standard input) are hashed as they are. */
export async function hashPassword(password: string | Buffer): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await deriveTag(password, salt, DEFAULT_COST, TAG_BYTES);
  return formatPasswordHash({ cost: DEFAULT_COST, salt, tag });
}

/** True when the password belongs to the PHC string; false as well for a string that is not argon2id. */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  const hash = parsePasswordHash(phc);
  if (hash === undefined) return false;
  const tag = await deriveTag(password, hash.salt, hash.cost, hash.tag.length);
  return timingSafeEqual(tag, hash.tag);
}

/**
 * A hash that no password has, with the greatest cost among those given: what an unknown user's password is checked
 * against, so that the check takes as long as the longest (SEC-R10). Its tag is random, not derived.
 */
export function createDummyHash(hashes: readonly string[]): string {
  const costs = hashes.flatMap((text) => parsePasswordHash(text)?.cost ?? []);
  const work = ({ memoryKib, passes }: Argon2Cost): number => memoryKib * passes;
  const [cost = DEFAULT_COST] = costs.sort((a, b) => work(b) - work(a));
  return formatPasswordHash({ cost, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) });
}

function deriveTag(password: string | Buffer, salt: Buffer, cost: Argon2Cost, tagLength: number): Promise<Buffer> {
  const parameters = {
    message: typeof password === 'string' ? Buffer.from(password, 'utf8') : password,
    nonce: salt,
    parallelism: cost.lanes,
    tagLength,
    memory: cost.memoryKib,
    passes: cost.passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)));
  });
}
