import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../bench/options.ts';

const MODES = ['cost', 'growth'];

describe('the options of the benchmark', () => {
  it('are all modes, the long way, nothing written', () => {
    expect(parseOptions([], MODES)).toEqual({ quick: false, write: false, profile: false, help: false, only: undefined });
  });

  it('take a list of modes', () => {
    expect(parseOptions(['--quick', '--only', 'growth,cost'], MODES)).toMatchObject({ quick: true, only: ['growth', 'cost'] });
  });

  it.each([[['--only', 'speed']], [['--fast']], [['--write', '--only', 'cost']], [['--write', '--profile']], [['cost']]])(
    'refuse %j',
    (args) => {
      expect(() => parseOptions(args, MODES)).toThrow(TypeError);
    },
  );
});
