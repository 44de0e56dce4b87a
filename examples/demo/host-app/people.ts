// The host application's own users. framegate never sees a password of theirs.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface Person {
  readonly name: string;
  readonly displayName: string;
  readonly job: string;
  readonly email: string;
  readonly groups: readonly string[];
}

export interface PersonWithPassword extends Person {
  readonly password: string;
}

export interface People {
  find(name: string | undefined): Person | undefined;
  /** The person, or undefined for a wrong name as well as a wrong password. */
  verify(name: unknown, password: unknown): Promise<Person | undefined>;
}

const KEY_BYTES = 32;
const MAX_PASSWORD_LENGTH = 256;

/** Hashes the passwords (scrypt, a salt each) and forgets them. */
export async function createPeople(list: readonly PersonWithPassword[]): Promise<People> {
  const accounts = new Map<string, { person: Person; salt: Buffer; key: Buffer }>();
  for (const { password, ...person } of list) {
    const salt = randomBytes(16);
    accounts.set(person.name, { person, salt, key: await deriveKey(password, salt) });
  }
  // An unknown name costs the same time as a wrong password.
  const nobody = { person: undefined, salt: randomBytes(16), key: randomBytes(KEY_BYTES) };

  async function verify(name: unknown, password: unknown): Promise<Person | undefined> {
    if (typeof name !== 'string' || typeof password !== 'string' || password.length > MAX_PASSWORD_LENGTH) return undefined;
    const { person, salt, key } = accounts.get(name) ?? nobody;
    return timingSafeEqual(await deriveKey(password, salt), key) ? person : undefined;
  }

  return { find: (name) => accounts.get(name ?? '')?.person, verify };
}

function deriveKey(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
