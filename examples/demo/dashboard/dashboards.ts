// The two dashboards, in the recorded server's format (schema 42): a grid of 24 columns, panels with targets.

import { HISTORIAN_A, HISTORIAN_B, type PlantSource } from './query.ts';

export interface Dashboard {
  readonly uid: string;
  readonly id: number;
  readonly title: string;
  readonly panels: readonly unknown[];
}

type Grid = readonly [x: number, y: number, w: number, h: number];

interface PanelText {
  readonly id: number;
  readonly title: string;
  readonly grid: Grid;
  readonly targets?: readonly object[];
  readonly unit?: string;
  readonly decimals?: number;
  readonly color?: string;
  /** [from, colour]; the first has no lower bound. */
  readonly thresholds?: readonly (readonly [number | null, string])[];
  readonly overrides?: readonly object[];
  readonly options?: object;
  readonly custom?: object;
}

function buildPanel({ type, uid }: Pick<PlantSource, 'type' | 'uid'>, kind: string, panel: PanelText): object {
  const [x, y, w, h] = panel.grid;
  const { unit, decimals, color, custom, thresholds } = panel;
  const datasource = { type, uid };
  const defaults = {
    ...(unit === undefined ? {} : { unit }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(color === undefined ? {} : { color: { mode: 'fixed', fixedColor: color } }),
    ...(custom === undefined ? {} : { custom }),
    ...(thresholds === undefined
      ? {}
      : { thresholds: { mode: 'absolute', steps: thresholds.map(([value, name]) => ({ value, color: name })) } }),
  };
  const targets = panel.targets?.map((target, index) => ({ refId: String.fromCharCode(65 + index), datasource, ...target }));
  return {
    id: panel.id,
    type: kind,
    title: panel.title,
    gridPos: { h, w, x, y },
    fieldConfig: { defaults, overrides: panel.overrides ?? [] },
    options: panel.options ?? {},
    ...(targets === undefined ? {} : { datasource, targets }),
  };
}

const column = (name: string, properties: Readonly<Record<string, unknown>>) => ({
  matcher: { id: 'byName', options: name },
  properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
});

const MACHINE_COLUMNS = [
  column('State', {
    'custom.cellOptions': { type: 'color-background' },
    mappings: [
      {
        type: 'value',
        options: {
          Running: { color: 'green' },
          Standby: { color: 'blue' },
          Warning: { color: 'orange' },
          Maintenance: { color: 'purple' },
        },
      },
    ],
  }),
  column('Speed', { unit: 'rpm', decimals: 0 }),
  column('Load', { unit: '%', decimals: 0, max: 100, 'custom.cellOptions': { type: 'gauge' } }),
  column('Bearing', { unit: '\u00b0C', decimals: 1 }),
];

const PLANT_A: Dashboard = {
  uid: 'plant-a',
  id: 2,
  title: 'Plant A - cooling water',
  panels: [
    buildPanel(HISTORIAN_A, 'stat', {
      id: 1,
      title: 'Supply temperature',
      grid: [0, 0, 6, 6],
      targets: [{ signal: 'a.supply' }],
      unit: '\u00b0C',
      decimals: 1,
      thresholds: [
        [null, 'green'],
        [26, 'orange'],
        [28, 'red'],
      ],
    }),
    buildPanel(HISTORIAN_A, 'stat', {
      id: 2,
      title: 'Cooling duty',
      grid: [6, 0, 6, 6],
      targets: [{ signal: 'a.duty' }],
      unit: 'MW',
      decimals: 1,
      thresholds: [
        [null, 'red'],
        [15, 'orange'],
        [16.5, 'blue'],
      ],
    }),
    buildPanel(HISTORIAN_A, 'live', {
      id: 3,
      title: 'Circulation flow',
      grid: [12, 0, 12, 6],
      targets: [{ signal: 'a.flow', channel: 'ds/historian-a/flow' }],
      unit: 'm\u00b3/h',
      decimals: 0,
      color: 'green',
    }),
    buildPanel(HISTORIAN_A, 'timeseries', {
      id: 4,
      title: 'Water temperatures',
      grid: [0, 6, 24, 10],
      targets: ['a.return', 'a.supply', 'a.basin', 'a.wetbulb'].map((signal) => ({ signal })),
      unit: '\u00b0C',
      decimals: 1,
      thresholds: [
        [null, 'green'],
        [36, 'red'],
      ],
      custom: { thresholdsStyle: { mode: 'dashed' } },
    }),
    buildPanel(HISTORIAN_A, 'table', {
      id: 5,
      title: 'Pumps and fans',
      grid: [0, 16, 15, 7],
      targets: [{ equipment: 'a.pumps' }],
      overrides: MACHINE_COLUMNS,
    }),
    buildPanel(HISTORIAN_A, 'text', {
      id: 6,
      title: 'Shift notes',
      grid: [15, 16, 9, 7],
      options: {
        mode: 'markdown',
        content:
          '**P-103** runs warm: bearing change planned for the night shift. Keep its load **below 90 %**.\n\n- P-104 is on standby and starts by itself below 1150 m\u00b3/h\n- Tower basin was cleaned on Tuesday\n- Limit for the return line is **36 \u00b0C**',
      },
    }),
  ],
};

const PLANT_B: Dashboard = {
  uid: 'plant-b',
  id: 3,
  title: 'Plant B - steam',
  panels: [
    buildPanel(HISTORIAN_B, 'stat', {
      id: 1,
      title: 'Header pressure',
      grid: [0, 0, 6, 6],
      targets: [{ signal: 'b.pressure' }],
      unit: 'bar',
      decimals: 1,
      thresholds: [
        [null, 'orange'],
        [39.5, 'green'],
        [43.5, 'red'],
      ],
    }),
    buildPanel(HISTORIAN_B, 'stat', {
      id: 2,
      title: 'Steam output',
      grid: [6, 0, 6, 6],
      targets: [{ signal: 'b.output' }],
      unit: 't/h',
      decimals: 1,
      thresholds: [
        [null, 'orange'],
        [52, 'blue'],
        [74, 'red'],
      ],
    }),
    buildPanel(HISTORIAN_B, 'live', {
      id: 3,
      title: 'Feedwater flow',
      grid: [12, 0, 12, 6],
      targets: [{ signal: 'b.feedwater', channel: 'ds/historian-b/feedwater' }],
      unit: 't/h',
      decimals: 1,
      color: 'yellow',
    }),
    buildPanel(HISTORIAN_B, 'timeseries', {
      id: 4,
      title: 'Steam by boiler',
      grid: [0, 6, 24, 10],
      targets: ['b.boiler1', 'b.boiler2', 'b.boiler3'].map((signal) => ({ signal })),
      unit: 't/h',
      decimals: 1,
      thresholds: [
        [null, 'green'],
        [28, 'red'],
      ],
      custom: { thresholdsStyle: { mode: 'dashed' } },
    }),
    buildPanel(HISTORIAN_B, 'table', {
      id: 5,
      title: 'Feed pumps and fans',
      grid: [0, 16, 15, 7],
      targets: [{ equipment: 'b.machines' }],
      overrides: MACHINE_COLUMNS,
    }),
    buildPanel(HISTORIAN_B, 'text', {
      id: 6,
      title: 'Shift notes',
      grid: [15, 16, 9, 7],
      options: {
        mode: 'markdown',
        content:
          '**BFP-3** is out for maintenance until Friday; two feed pumps carry the load.\n\n- Boiler 2 is blown down every forty minutes: the dips are expected\n- **FDF-1** bearing is watched, vibration is normal\n- Tell the control room before opening the bypass',
      },
    }),
  ],
};

export const DASHBOARDS: readonly Dashboard[] = [PLANT_A, PLANT_B];

export function findDashboard(uid: string): Dashboard | undefined {
  return DASHBOARDS.find((dashboard) => dashboard.uid === uid);
}
