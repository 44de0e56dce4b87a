import { describe, expect, it } from 'vitest';
import { ReadBuffers } from '../../../../src/proxy/engines/http1/read-buffers.ts';

describe('memory to read into', () => {
  it('is taken again once what was lent came back', () => {
    const buffers = new ReadBuffers();
    const piece = buffers.take();
    buffers.lend(piece);
    buffers.giveBack(piece.subarray(100, 30_000));
    expect(buffers.take().buffer).toBe(piece.buffer);
  });

  it('is never in two hands: what came back twice, or was not lent, is not taken', () => {
    const buffers = new ReadBuffers();
    const lent = buffers.take();
    buffers.lend(lent);
    buffers.giveBack(lent);
    buffers.giveBack(lent);
    buffers.giveBack(Buffer.alloc(64 * 1024));
    expect(buffers.take().buffer).toBe(lent.buffer);
    const next = [buffers.take(), buffers.take()];
    expect(new Set([lent, ...next].map(({ buffer }) => buffer)).size).toBe(3);
  });
});
