import { describe, expect, it } from 'vitest';
import { check, resolved } from './base-config.ts';

const withVersion = (version: unknown, rest: object = {}): Record<string, unknown> => ({
  upstreams: { grafana: { url: 'http://grafana:3000', ...rest, ...(version === undefined ? {} : { version }) } },
});

describe('upstreams.NAME.version', () => {
  it.each([
    [undefined, undefined],
    ['auto', undefined],
    [9, 9],
    [13, 13],
  ])('may be %s', (version, inForce) => {
    expect(resolved(withVersion(version)).upstreams[0]?.version).toBe(inForce);
  });

  it.each([
    [8, 'is a version that framegate does not know (8). Write one of 9, 10, 11, 12, 13; auto takes the strictest for any other'],
    [14, 'is a version that framegate does not know'],
    [12.2, 'has none of the accepted forms (12.2). auto, or the major version alone, such as 12'],
    ['12', 'has none of the accepted forms ("12")'],
    ['newest', 'has none of the accepted forms'],
    [0, 'is too small'],
  ])('is no %j', (version, says) => {
    const { problems } = check(withVersion(version));
    expect(problems).toEqual([expect.stringContaining('upstreams.grafana.version: ')]);
    expect(problems[0]).toContain(says);
  });

  it.each(['prometheus', 'node-red', 'generic'])('means nothing to %s', (preset) => {
    for (const version of ['auto', 12])
      expect(check(withVersion(version, { preset })).problems).toEqual([
        expect.stringContaining(`upstreams.grafana.version: means nothing to the preset ${preset}`),
      ]);
  });

  it('comes from the environment as a number', () => {
    expect(resolved({}, { env: { FRAMEGATE_UPSTREAMS_GRAFANA_VERSION: '12' } }).upstreams[0]?.version).toBe(12);
    expect(resolved(withVersion(12), { env: { FRAMEGATE_UPSTREAMS_GRAFANA_VERSION: 'auto' } }).upstreams[0]?.version).toBeUndefined();
  });
});
