import type { GateOptions, Sent, TestGate } from '../support/start-gate.ts';

/** Operators are viewers of one dashboard and one data source. */
export const LIMITED: GateOptions = {
  config: {
    access: {
      rules: [
        {
          name: 'plant a',
          who: { groups: ['operators'] },
          may: ['view'],
          on: { dashboards: ['plant-a'], dataSources: ['prom'] },
          as: { role: 'Viewer', orgId: 1 },
        },
      ],
    },
  },
};

export const queryOf = (uid: string): string =>
  JSON.stringify({ queries: [{ refId: 'A', datasource: { uid } }], from: 'now-1h', to: 'now' });

/** Sends a request of a page of ours; a body is JSON. */
export function askAsViewer(gate: TestGate, line: string, body = ''): Promise<Sent> {
  return gate.sendAsAlice(line, [gate.ownOrigin, ...(body === '' ? [] : ['Content-Type: application/json'])], body);
}
