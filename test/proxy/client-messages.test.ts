// What a browser sends over a judged WebSocket is read exactly as RFC 6455 says, or the socket ends.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientMessages } from '../../src/proxy/client-messages.ts';
import { textFrame } from '../../src/proxy/websocket-frames.ts';
import { clientFrame as frame } from './client-frame.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
const MIB = 1024 * 1024;

function read(...chunks: readonly Buffer[]): { readonly messages: string[]; readonly bytes: Buffer; readonly fault: unknown } {
  const messages: string[] = [];
  const bytes: Buffer[] = [];
  const reader = new ClientMessages({
    message(text, frames) {
      messages.push(text);
      bytes.push(Buffer.from(frames));
    },
    control: (control) => bytes.push(Buffer.from(control)),
  });
  let fault: unknown;
  try {
    for (const chunk of chunks) reader.push(chunk);
  } catch (error) {
    fault = (error as { code: number }).code;
  }
  return { messages, bytes: Buffer.concat(bytes), fault };
}

describe('ClientMessages', () => {
  it('PRX-W gives messages and their bytes as they came, however they are cut', () => {
    const message = fc.record({
      parts: fc.array(fc.string({ maxLength: 300, unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
      ping: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (sent, steps) => {
        const data: Buffer[] = [];
        const all: Buffer[] = [];
        for (const { parts, ping } of sent) {
          for (const [index, part] of parts.entries()) {
            const isFinal = index === parts.length - 1;
            const each = frame(part, { opcode: index === 0 ? 1 : 0, isFinal });
            data.push(each);
            all.push(each);
            if (ping && !isFinal) all.push(frame('hi', { opcode: 9 }));
          }
        }
        const wire = Buffer.concat(all);
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < wire.length; turn += 1) {
          const step = steps[turn % steps.length] ?? 1;
          chunks.push(wire.subarray(at, at + step));
          at += step;
        }
        const { messages, bytes, fault } = read(...chunks);
        expect(fault).toBeUndefined();
        expect(messages).toEqual(sent.map(({ parts }) => parts.join('')));
        expect(bytes.length).toBe(wire.length);
        if (!sent.some(({ ping }) => ping)) expect(bytes.equals(Buffer.concat(data))).toBe(true);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it.each([
    ['a reserved bit', frame('{}', { reserved: 0x40 }), 1002],
    ['an opcode that is none', frame('{}', { opcode: 3 }), 1002],
    ['a control opcode that is none', frame('', { opcode: 11 }), 1002],
    ['no mask', frame('{}', { isMasked: false }), 1002],
    ['a length of 2 bytes for 5', frame('hello', { form: 2 }), 1002],
    ['a length of 8 bytes for 200', frame('x'.repeat(200), { form: 8 }), 1002],
    ['a long ping', frame('x'.repeat(126), { opcode: 9 }), 1002],
    ['a ping in fragments', frame('x', { opcode: 9, isFinal: false }), 1002],
    ['a continuation of nothing', frame('x', { opcode: 0 }), 1002],
    ['a message within another', Buffer.concat([frame('x', { isFinal: false }), frame('y')]), 1002],
    ['binary data', frame('{}', { opcode: 2 }), 1003],
    ['text that is no UTF-8', frame(Buffer.from([0xc3, 0x28])), 1007],
    ['text cut within a character', frame(Buffer.from([0xe2, 0x82])), 1007],
    ['a surrogate in UTF-8', frame(Buffer.from([0xed, 0xa0, 0x80])), 1007],
    ['more than 1 MiB', frame(Buffer.alloc(MIB + 1, ' ')), 1009],
    ['a Close frame of one byte', frame('x', { opcode: 8 }), 1002],
    ['a Close code that is never sent', frame(Buffer.from([0x03, 0xed]), { opcode: 8 }), 1002],
    ['a Close reason that is no UTF-8', frame(Buffer.from([0x03, 0xe8, 0xff]), { opcode: 8 }), 1007],
  ])('PRX-W ends the socket for %s', (_name, bytes, code) => {
    expect(read(bytes)).toEqual({ messages: [], bytes: Buffer.alloc(0), fault: code });
    expect(read(...Array.from(bytes.subarray(0, 4096), (byte) => Buffer.from([byte])), bytes.subarray(4096)).fault).toBe(code);
  });

  it('SEC-B7.6 refuses by the header alone what would be too long', () => {
    expect(read(frame(Buffer.alloc(100 * MIB)).subarray(0, 14)).fault).toBe(1009);
    const absurd = Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    expect(read(absurd).fault).toBe(1009);
  });

  it('SEC-B7.6 bounds fragments together, empty ones too', () => {
    const half = frame(Buffer.alloc(MIB / 2, ' '), { isFinal: false });
    const more = frame(Buffer.alloc(MIB / 2, ' '), { isFinal: false, opcode: 0 });
    expect(read(half, more).fault).toBeUndefined();
    expect(read(half, more, frame(' ', { opcode: 0 })).fault).toBe(1009);
    const empty = Buffer.concat(Array.from({ length: 10_000 }, () => frame('', { isFinal: false, opcode: 0 })));
    expect(read(frame('', { isFinal: false }), ...Array.from({ length: 40 }, () => empty)).fault).toBe(1009);
  });

  it('RFC 6455 5.5.1 reads nothing behind a Close frame', () => {
    const close = frame(Buffer.from([0x03, 0xe8]), { opcode: 8 });
    expect(read(Buffer.concat([close, frame('{}')]), frame('{}'))).toEqual({ messages: [], bytes: close, fault: undefined });
  });
});

describe('textFrame', () => {
  it.each([0, 125, 126, 65_535, 65_536])('of %i bytes is one that a strict reader takes', (length) => {
    const text = 'x'.repeat(length);
    expect(read(textFrame(text, 'client')).messages).toEqual([text]);
    expect(textFrame(text, 'client').equals(textFrame(text, 'client'))).toBe(false);
    expect(read(textFrame(text, 'server')).fault).toBe(1002);
  });
});
