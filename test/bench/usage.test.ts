import { describe, expect, it } from 'vitest';
import { type ProcessStat, parseRssBytes, parseStat, readUsage, selectTree } from '../../bench/process/usage.ts';

const REST = '-1 4194304 2000 300 0 0 111 22 3000 400 20 0 11 0 5000 1000000 9000';

describe('/proc/PID/stat', () => {
  it('gives parent and CPU time, that of ended children included', () => {
    expect(parseStat(`42 (node) S 7 42 42 0 ${REST}`)).toEqual({ pid: 42, parentPid: 7, cpuTicks: 111 + 22 + 3000 + 400 });
  });

  it.each(['(sd-pam)', 'a b', '1 2) S 9 9', ')'])('is not misled by a program that calls itself "%s"', (name) => {
    expect(parseStat(`42 (${name}) S 7 42 42 0 ${REST}`)).toEqual({ pid: 42, parentPid: 7, cpuTicks: 3533 });
  });

  it.each(['', 'nonsense', '42 (node) S', '42 (node) S x 42 42 0 -1 1 1 1 1 1 1 1 1 1 1'])('is nobody when it says "%s"', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

describe('/proc/PID/status', () => {
  it('gives resident memory in bytes', () => {
    expect(parseRssBytes('Name:\tnode\nVmHWM:\t  999 kB\nVmRSS:\t  2048 kB\nThreads:\t11\n')).toBe(2048 * 1024);
  });

  it('gives nothing for a process without memory', () => {
    expect(parseRssBytes('Name:\tkthreadd\nThreads:\t1\n')).toBe(0);
  });
});

describe('a process tree', () => {
  const process = (pid: number, parentPid: number): ProcessStat => ({ pid, parentPid, cpuTicks: 1 });

  it('holds roots, children and their children in any order, and nobody else', () => {
    const all = [process(40, 30), process(30, 10), process(10, 1), process(20, 1), process(21, 20), process(50, 2)];
    expect(
      selectTree(all, [10, 20])
        .map(({ pid }) => pid)
        .toSorted(),
    ).toEqual([10, 20, 21, 30, 40]);
  });

  it.runIf(globalThis.process.platform === 'linux')('counts this process as it works', () => {
    const { pid } = globalThis.process;
    const before = readUsage([pid]);
    const until = performance.now() + 60;
    while (performance.now() < until) Math.random();
    const after = readUsage([pid]);
    expect(after.cpuUs - before.cpuUs).toBeGreaterThanOrEqual(10_000);
    expect(after.rssBytes).toBeGreaterThan(10 * 1024 ** 2);
  });

  it.runIf(globalThis.process.platform === 'linux')('refuses to count a process that has ended', () => {
    expect(() => readUsage([2 ** 30])).toThrow('has ended');
  });
});
