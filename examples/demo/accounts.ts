// Who can sign in in the demo. These passwords are printed and protect nothing.

import type { PersonWithPassword } from './host-app/people.ts';

/** The host application's people. What each may see is in access.ts. */
export const HOST_PEOPLE = {
  alice: {
    name: 'alice',
    password: 'cooling-tower',
    displayName: 'Alice Berg',
    job: 'Shift lead',
    email: 'alice@acme.example',
    groups: ['shift-leads'],
  },
  bob: {
    name: 'bob',
    password: 'steam-boiler',
    displayName: 'Bob Okafor',
    job: 'Operator, Plant A',
    email: 'bob@acme.example',
    groups: ['operators'],
  },
} as const satisfies Readonly<Record<string, PersonWithPassword>>;

/** The gate's own password account; no person of the host application has its name. */
export const GATE_ACCOUNT = {
  name: 'olga',
  password: 'night-shift',
  displayName: 'Olga Lind',
  email: 'olga@acme.example',
  groups: ['engineers'],
} as const;
