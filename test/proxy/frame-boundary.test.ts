// A Close frame of ours must never land within a frame of the upstream's (RFC 6455 5.2).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFrame, FrameBoundary } from '../../src/proxy/frame-boundary.ts';

/** A frame as on the wire. */
function frame(length: number, masked: boolean, form: 'shortest' | 'long' = 'shortest'): Buffer {
  const extended = form === 'long' || length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const head = Buffer.alloc(2 + extended + (masked ? 4 : 0));
  head[0] = 0x82;
  head[1] = (masked ? 0x80 : 0) | (extended === 8 ? 127 : extended === 2 ? 126 : length);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(length, 0x88)]);
}

describe('FrameBoundary', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536])('knows the end of a frame of %i bytes, masked or not', (length) => {
    for (const masked of [true, false]) {
      for (const form of ['shortest', 'long'] as const) {
        const bytes = frame(length, masked, form);
        const boundary = new FrameBoundary();
        boundary.push(bytes.subarray(0, -1));
        expect(boundary.isBetweenFrames).toBe(false);
        boundary.push(bytes.subarray(-1));
        expect(boundary.isBetweenFrames).toBe(true);
      }
    }
  });

  it('is between frames before the first one', () => {
    expect(new FrameBoundary().isBetweenFrames).toBe(true);
    const boundary = new FrameBoundary();
    boundary.push(Buffer.alloc(0));
    expect(boundary.isBetweenFrames).toBe(true);
  });

  it('is right after every byte, however the frames are cut', () => {
    const frames = fc.array(
      fc.tuple(fc.constantFrom(0, 1, 2, 7, 126, 130), fc.boolean(), fc.constantFrom('shortest' as const, 'long' as const)),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (list, cuts) => {
        const all = list.map((each) => frame(...each));
        const ends = new Set([0]);
        let total = 0;
        for (const each of all) {
          total += each.length;
          ends.add(total);
        }
        const bytes = Buffer.concat(all);
        const boundary = new FrameBoundary();
        for (let at = 0, index = 0; at < total; index += 1) {
          const step = Math.min(cuts[index % cuts.length] ?? 1, total - at);
          boundary.push(bytes.subarray(at, at + step));
          at += step;
          expect(boundary.isBetweenFrames).toBe(ends.has(at));
        }
      }),
    );
  });
});

describe('closeFrame', () => {
  it.each([
    [1001, '880203e9'],
    [1008, '880203f0'],
  ])('of %i is an unmasked Close (RFC 6455 5.5.1)', (code, hex) => {
    expect(closeFrame(code).toString('hex')).toBe(hex);
  });
});
