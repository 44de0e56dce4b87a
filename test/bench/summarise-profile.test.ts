import { describe, expect, it } from 'vitest';
import { type CpuProfile, summariseProfile } from '../../bench/profile/summarise-profile.ts';

const ROOT = 'file:///home/someone/project/';

function node(id: number, functionName: string, url: string, children: number[] = []) {
  return { id, callFrame: { functionName, url, lineNumber: id - 1 }, children };
}

const NODES = [
  node(1, '(root)', '', [2, 3, 6]),
  node(2, '(idle)', ''),
  node(3, 'road', `${ROOT}src/road/http.ts`, [4]),
  node(4, 'emit', 'node:events', [5]),
  node(5, '', `${ROOT}node_modules/http-proxy/lib/index.js`),
  node(6, 'writev', ''),
];

function summarise(samples: number[], timeDeltas: number[], window = { fromUs: 0, toUs: Number.MAX_VALUE }) {
  const profile: CpuProfile = { nodes: NODES, startTime: 1000, samples, timeDeltas };
  return summariseProfile(profile, ROOT, window);
}

describe('the summary of a profile', () => {
  it('ranks functions by their own time, told from the project, idle time left out', () => {
    expect(summarise([2, 3, 5, 5], [1000, 25, 50, 25]).functions).toEqual([
      { name: '(anonymous) node_modules/http-proxy/lib/index.js:5', share: 0.75 },
      { name: 'road src/road/http.ts:3', share: 0.25 },
    ]);
  });

  it('knows rooms, packages, modules of Node and native code', () => {
    expect(summarise([3, 4, 5, 6], [40, 30, 20, 10]).places).toEqual([
      { name: 'src/road', share: 0.4 },
      { name: 'node:events', share: 0.3 },
      { name: 'http-proxy', share: 0.2 },
      { name: 'native code', share: 0.1 },
    ]);
  });

  it('gives callers in the project the time of what they call', () => {
    expect(summarise([3, 4, 5, 6], [10, 20, 30, 40]).inclusive).toEqual([
      { name: 'road src/road/http.ts:3', share: 0.6 },
      { name: '(anonymous) node_modules/http-proxy/lib/index.js:5', share: 0.3 },
    ]);
  });

  it('leaves out what came before and after', () => {
    expect(summarise([3, 4, 5], [10, 10, 10], { fromUs: 1015, toUs: 1025 }).functions).toEqual([{ name: 'emit node:events:4', share: 1 }]);
  });
});
