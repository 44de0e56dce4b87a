// The application's own users. In yours: your database. framegate never sees their passwords.

import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

export interface User {
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  readonly groups: readonly string[];
}

/** Printed at the start; they protect nothing. */
export const EXAMPLE_USERS: readonly (User & { readonly password: string })[] = [
  { name: 'ann', password: 'green-valve', displayName: 'Ann Lund', email: 'ann@acme.example', groups: ['operators'] },
  { name: 'vera', password: 'open-door', displayName: 'Vera Visitor', email: 'vera@visitors.example', groups: ['visitors'] },
];

const accounts = new Map(
  EXAMPLE_USERS.map(({ password, ...user }) => {
    const salt = randomBytes(16);
    return [user.name, { user, salt, key: scryptSync(password, salt, 32) }];
  }),
);
// An unknown name costs the same time as a wrong password.
const nobody = { user: undefined, salt: randomBytes(16), key: randomBytes(32) };

export function findUser(name: string | undefined): User | undefined {
  return accounts.get(name ?? '')?.user;
}

export function verifyPassword(name: unknown, password: unknown): User | undefined {
  if (typeof name !== 'string' || typeof password !== 'string' || password.length > 256) return undefined;
  const { user, salt, key } = accounts.get(name) ?? nobody;
  return timingSafeEqual(scryptSync(password, salt, 32), key) ? user : undefined;
}
