// What an install brings along: few packages, each by its digest, and no program of any of them runs.

import { describe, expect, it } from 'vitest';
import { readText } from './files.ts';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(readText('package.json')) as { engines: { node: string }; dependencies: Record<string, string> };
const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Entry> };
const installed = Object.entries(packages).filter(([path]) => path !== '');
const atRunTime = installed.filter(([, { dev }]) => dev !== true);

/** True where the version is at least the other one; both are `1.2.3`. */
function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [ours, theirs] = [numbers(version), numbers(least)];
  const differing = ours.findIndex((part, index) => part !== theirs[index]);
  return differing === -1 || (ours[differing] ?? 0) > (theirs[differing] ?? 0);
}

describe('the lock file', () => {
  it('SEC-D13.1 names each package by its digest', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([path]) => path)).toEqual([]);
  });

  it('SEC-D13.1 brings nothing for run time that wants a program of its own to run at install', () => {
    expect(atRunTime.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)).toEqual([]);
  });

  it('SEC-N6 holds cookie and on-headers at the versions without CVE-2024-47764 and CVE-2025-7339, or later ones', () => {
    for (const [name, least] of Object.entries({ cookie: '0.7.0', 'on-headers': '1.1.0' })) {
      const versions = atRunTime.filter(([path]) => path.endsWith(`node_modules/${name}`)).map(([, { version = '' }]) => version);
      expect(versions, name).not.toEqual([]);
      expect(
        versions.filter((version) => !isAtLeast(version, least)),
        name,
      ).toEqual([]);
    }
  });
});

describe('package.json', () => {
  it('SEC-D13.2 has about twelve packages for run time', () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(14);
  });

  it('SEC-N8 asks for a Node.js with the fixes that it needs', () => {
    const [, least = ''] = /^>=(\d+\.\d+\.\d+)$/.exec(manifest.engines.node) ?? [];
    expect(isAtLeast(least, '24.14.1'), manifest.engines.node).toBe(true);
  });
});
