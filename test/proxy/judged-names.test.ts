import { describe, expect, it } from 'vitest';
import { judgeOnce } from '../../src/proxy/judged-names.ts';

describe('names of headers', () => {
  it('are judged once, as they are written', () => {
    const asked: string[] = [];
    const judge = judgeOnce((written) => {
      asked.push(written);
      return written.length > 3;
    });
    expect([judge('Host'), judge('Via'), judge('Host'), judge('Via'), judge('HOST')]).toEqual([true, false, true, false, true]);
    expect(asked).toEqual(['Host', 'Via', 'HOST']);
  });

  it('are remembered up to a number and a length, and judged the same beyond', () => {
    let asked = 0;
    const judge = judgeOnce((written) => {
      asked += 1;
      return written;
    });
    const long = 'x'.repeat(65);
    expect([judge(long), judge(long), asked]).toEqual([long, long, 2]);
    for (let index = 0; index < 1000; index += 1) judge(`x-${index}`);
    expect([judge('x-late'), judge('x-late'), judge('x-0'), asked]).toEqual(['x-late', 'x-late', 'x-0', 1004]);
  });
});
