// Who can sign in in the demo. These passwords are printed and protect nothing.

import type { PersonWithPassword } from './host-app/people.ts';

/** Whoever is in this group may see the dashboards. */
export const OPERATORS = 'operators';

/** The host application's people. The guest is signed in there, but no rule of the gate lets them in. */
export const HOST_PEOPLE: readonly PersonWithPassword[] = [
  {
    name: 'alice',
    password: 'cooling-tower',
    displayName: 'Alice Berg',
    job: 'Shift lead',
    email: 'alice@acme.example',
    groups: [OPERATORS],
  },
  { name: 'bob', password: 'steam-boiler', displayName: 'Bob Okafor', job: 'Operator', email: 'bob@acme.example', groups: [OPERATORS] },
  {
    name: 'guest',
    password: 'just-looking',
    displayName: 'Gina Guest',
    job: 'Visitor',
    email: 'gina@visitors.example',
    groups: ['visitors'],
  },
];

/** The gate's own password account; no person of the host application has its name. */
export const GATE_ACCOUNT = {
  name: 'olga',
  password: 'night-shift',
  displayName: 'Olga Lind',
  email: 'olga@acme.example',
  groups: [OPERATORS],
} as const;
