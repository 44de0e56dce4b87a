import { describe, expect, it } from 'vitest';
import { frameAncestors, withoutFrameAncestors } from '../../src/embed/frame-ancestors.ts';

describe('frameAncestors', () => {
  it('SEC-D3.2 lists the hosts, and nobody where there are none', () => {
    expect(frameAncestors(['https://a.test', 'https://b.test:8443'])).toBe('frame-ancestors https://a.test https://b.test:8443');
    expect(frameAncestors([])).toBe("frame-ancestors 'none'");
  });
});

describe('withoutFrameAncestors (SEC-B4.2, SEC-B4.3)', () => {
  it.each([
    ["default-src 'self'", "default-src 'self'"],
    ["default-src 'self'; frame-ancestors 'none'", "default-src 'self'"],
    ["frame-ancestors 'none'; default-src 'self'; img-src *", "default-src 'self'; img-src *"],
    ["FRAME-ANCESTORS 'none'; default-src 'self'", "default-src 'self'"],
    ["default-src 'self';frame-ancestors\t'none';", "default-src 'self';"],
    ["default-src 'self'; frame-ancestors", "default-src 'self'"],
    ["frame-ancestors 'none', script-src 'self'; frame-ancestors *", "script-src 'self'"],
    ["script-src 'self', img-src *; frame-ancestors *", "script-src 'self', img-src *"],
    ["frame-src 'none'; frame-ancestors-x y", "frame-src 'none'; frame-ancestors-x y"],
  ])('of %j keeps %j', (policy, kept) => {
    expect(withoutFrameAncestors(policy)).toBe(kept);
  });

  it.each(["frame-ancestors 'none'", "frame-ancestors 'none';", "frame-ancestors 'none', frame-ancestors *", '', ' ; ', ','])(
    'of %j keeps nothing',
    (policy) => {
      expect(withoutFrameAncestors(policy)).toBeUndefined();
    },
  );
});
