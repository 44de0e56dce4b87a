// Who may do what in the demo: the gate's rules, and in words what they come to.

import type { ConfigInput } from '../../src/config/schema.ts';

type Rules = NonNullable<NonNullable<ConfigInput['access']>['rules']>;

export interface DemoAccess {
  readonly rules: Rules;
  /** What the host application's people see. */
  readonly sees: { readonly alice: string; readonly bob: string };
}

/** For the stand-in, whose dashboards and data sources are known. */
export const PLANT_ACCESS: DemoAccess = {
  rules: [
    {
      name: 'operators watch plant A',
      who: { groups: ['operators'] },
      may: ['view'],
      on: { dashboards: ['plant-a'], dataSources: ['historian-a'] },
      as: { role: 'Viewer' },
    },
    {
      name: 'shift leads watch all plants',
      who: { groups: ['shift-leads'] },
      may: ['view'],
      on: { dashboards: ['plant-*'], dataSources: ['historian-*'] },
      as: { role: 'Viewer' },
    },
    {
      name: 'engineers look around',
      who: { groups: ['engineers'] },
      may: ['explore'],
      on: { dataSources: ['historian-*'] },
      as: { role: 'Viewer' },
    },
  ],
  sees: { alice: 'sees both plants', bob: 'sees Plant A; in the place of Plant B the frame says why not' },
};

/**
 * For another server: one dashboard for operators, everything that a Viewer looks at for the others.
 * @param dashboardPath Such as `/d/abc123/my-dashboard?kiosk`. Operators see nothing where it names no dashboard.
 */
export function buildAccess(dashboardPath = ''): DemoAccess {
  const uid = /^\/d(?:-solo)?\/([A-Za-z0-9_-]+)/.exec(dashboardPath)?.[1];
  const lookingAround: Rules[number] = {
    name: 'shift leads and engineers look around',
    who: { groups: ['shift-leads', 'engineers'] },
    may: ['explore'],
    on: { dataSources: ['*'] },
    as: { role: 'Viewer' },
  };
  const alice = 'sees all dashboards';
  if (uid === undefined)
    return { rules: [lookingAround], sees: { alice, bob: 'sees none: the frame says why (give one with --dashboard /d/UID)' } };
  const watching: Rules[number] = {
    name: 'operators watch one dashboard',
    who: { groups: ['operators'] },
    may: ['view'],
    on: { dashboards: [uid], dataSources: ['*'] },
    as: { role: 'Viewer' },
  };
  return { rules: [watching, lookingAround], sees: { alice, bob: `sees the dashboard ${uid} and no other` } };
}
