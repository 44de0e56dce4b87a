// The plants' machines and how they are doing; like the signals a function of time alone.

import { readNoise, round } from './signals.ts';

type State = 'Running' | 'Standby' | 'Warning' | 'Maintenance';

interface Machine {
  readonly name: string;
  readonly duty: string;
  readonly seed: number;
  readonly ratedRpm: number;
  /** Middle of its load, in percent; 0: not running. */
  readonly load: number;
  readonly bearing: number;
  readonly idle?: State;
}

const PLANTS: Readonly<Record<string, readonly Machine[]>> = {
  'a.pumps': [
    { name: 'P-101', duty: 'Circulation', seed: 201, ratedRpm: 1480, load: 82, bearing: 58 },
    { name: 'P-102', duty: 'Circulation', seed: 202, ratedRpm: 1480, load: 79, bearing: 61 },
    { name: 'P-103', duty: 'Circulation', seed: 203, ratedRpm: 1480, load: 88, bearing: 77 },
    { name: 'P-104', duty: 'Circulation', seed: 204, ratedRpm: 1480, load: 0, bearing: 24, idle: 'Standby' },
    { name: 'F-201', duty: 'Tower fan', seed: 205, ratedRpm: 296, load: 64, bearing: 49 },
    { name: 'F-202', duty: 'Tower fan', seed: 206, ratedRpm: 296, load: 61, bearing: 47 },
  ],
  'b.machines': [
    { name: 'BFP-1', duty: 'Feed pump', seed: 221, ratedRpm: 2960, load: 74, bearing: 63 },
    { name: 'BFP-2', duty: 'Feed pump', seed: 222, ratedRpm: 2960, load: 71, bearing: 66 },
    { name: 'BFP-3', duty: 'Feed pump', seed: 223, ratedRpm: 2960, load: 0, bearing: 26, idle: 'Maintenance' },
    { name: 'FDF-1', duty: 'Draught fan', seed: 224, ratedRpm: 990, load: 68, bearing: 76 },
    { name: 'FDF-2', duty: 'Draught fan', seed: 225, ratedRpm: 990, load: 66, bearing: 52 },
    { name: 'FDF-3', duty: 'Draught fan', seed: 226, ratedRpm: 990, load: 49, bearing: 50 },
  ],
};

/** Bearings above this many degrees Celsius raise a warning. */
const WARM_BEARING = 75;

interface MachineRow {
  readonly name: string;
  readonly duty: string;
  readonly state: State;
  readonly rpm: number;
  readonly load: number;
  readonly bearing: number;
}

/** One row per machine at a moment, or undefined for an unknown group of machines. */
export function readEquipment(id: unknown, atMs: number): readonly MachineRow[] | undefined {
  if (typeof id !== 'string' || !Object.hasOwn(PLANTS, id)) return undefined;
  return PLANTS[id]?.map((machine) => readMachine(machine, atMs));
}

function readMachine(machine: Machine, atMs: number): MachineRow {
  const swing = readNoise(machine.seed, atMs / 90_000) + 0.4 * readNoise(machine.seed + 1, atMs / 11_000);
  const bearing = round(machine.bearing + readNoise(machine.seed + 2, atMs / 240_000) * 1.5, 1);
  if (machine.idle !== undefined) return { name: machine.name, duty: machine.duty, state: machine.idle, rpm: 0, load: 0, bearing };
  const load = round(machine.load + swing * 3, 0);
  return {
    name: machine.name,
    duty: machine.duty,
    state: bearing > WARM_BEARING ? 'Warning' : 'Running',
    rpm: round(machine.ratedRpm * (0.9 + 0.001 * load) + swing, 0),
    load,
    bearing,
  };
}
