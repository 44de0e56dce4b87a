// Down after so many failures in a row, tried again by one, up at its first answer.

import { beforeEach, describe, expect, it } from 'vitest';
import { Circuit } from '../../src/proxy/circuit.ts';

let nowMs = 0;
let told: string[] = [];

function makeCircuit(requestsTry = true): Circuit {
  return new Circuit({
    failures: 3,
    openForMs: 5000,
    requestsTry,
    clock: { now: () => nowMs },
    onDown: (reason) => told.push(`down ${reason}`),
    onUp: (downMs) => told.push(`up after ${downMs}`),
  });
}

function makeOpen(requestsTry = true): Circuit {
  const circuit = makeCircuit(requestsTry);
  for (let each = 0; each < 3; each += 1) circuit.noteFailure(circuit.admit(), 'econnrefused');
  return circuit;
}

beforeEach(() => {
  nowMs = 1_000_000;
  told = [];
});

describe('a closed circuit', () => {
  it('lets everything pass', () => {
    const circuit = makeCircuit();
    expect([circuit.admit(), circuit.admit(), circuit.isClosed]).toEqual(['pass', 'pass', true]);
  });

  it('opens at the last of the failures in a row, and says so once', () => {
    const circuit = makeCircuit();
    for (const isClosed of [true, true, false, false]) {
      circuit.noteFailure('pass', 'econnrefused');
      expect(circuit.isClosed).toBe(isClosed);
    }
    expect(told).toEqual(['down econnrefused']);
  });

  it('starts counting anew after an answer', () => {
    const circuit = makeCircuit();
    for (let round = 0; round < 5; round += 1) {
      circuit.noteFailure('pass', 'x');
      circuit.noteFailure('pass', 'x');
      circuit.noteAnswer('pass');
    }
    expect(circuit.isClosed).toBe(true);
  });

  it('takes what tells nothing for neither', () => {
    const circuit = makeCircuit();
    circuit.noteFailure('pass', 'x');
    circuit.noteFailure('pass', 'x');
    circuit.noteNothing('pass');
    expect(circuit.isClosed).toBe(true);
    circuit.noteFailure('pass', 'x');
    expect(circuit.isClosed).toBe(false);
  });
});

describe('an open circuit', () => {
  it('refuses until its time is over, and says when that is', () => {
    const circuit = makeOpen();
    expect([circuit.admit(), circuit.retryAfterSeconds]).toEqual(['refuse', 5]);
    nowMs += 4999;
    expect([circuit.admit(), circuit.retryAfterSeconds]).toEqual(['refuse', 1]);
  });

  it('then lets one try, and the others wait', () => {
    const circuit = makeOpen();
    nowMs += 5000;
    expect([circuit.admit(), circuit.admit(), circuit.admit()]).toEqual(['trial', 'refuse', 'refuse']);
  });

  it('closes when the trial is answered', () => {
    const circuit = makeOpen();
    nowMs += 6000;
    circuit.noteAnswer(circuit.admit());
    expect([circuit.isClosed, circuit.admit()]).toEqual([true, 'pass']);
    expect(told).toEqual(['down econnrefused', 'up after 6000']);
    circuit.noteFailure('pass', 'x');
    expect(circuit.isClosed).toBe(true);
  });

  it('stays open for as long again when the trial fails', () => {
    const circuit = makeOpen();
    nowMs += 5000;
    const trial = circuit.admit();
    nowMs += 3000;
    circuit.noteFailure(trial, 'x');
    nowMs += 4999;
    expect(circuit.admit()).toBe('refuse');
    nowMs += 1;
    expect(circuit.admit()).toBe('trial');
    expect(told).toEqual(['down econnrefused']);
  });

  it('lets the next one try at once when the trial told nothing', () => {
    const circuit = makeOpen();
    nowMs += 5000;
    circuit.noteNothing(circuit.admit());
    expect([circuit.admit(), circuit.admit()]).toEqual(['trial', 'refuse']);
  });

  it('lets another one try when the trial does not end', () => {
    const circuit = makeOpen();
    nowMs += 5000;
    circuit.admit();
    nowMs += 5000;
    expect(circuit.admit()).toBe('trial');
  });

  it('hears nothing of what was sent before it opened', () => {
    const circuit = makeOpen();
    nowMs += 4000;
    circuit.noteAnswer('pass');
    circuit.noteFailure('pass', 'x');
    circuit.noteNothing('pass');
    expect([circuit.isClosed, circuit.admit()]).toEqual([false, 'refuse']);
    nowMs += 1000;
    expect(circuit.admit()).toBe('trial');
  });

  it('does not stay open for hours because the clock was put back', () => {
    const circuit = makeOpen();
    nowMs -= 3_600_000;
    expect(circuit.admit()).toBe('trial');
  });
});

describe('a circuit with a probe', () => {
  it('risks no request on a trial', () => {
    const circuit = makeOpen(false);
    nowMs += 60_000;
    expect(circuit.admit()).toBe('refuse');
  });

  it('closes at the first good probe', () => {
    const circuit = makeOpen(false);
    circuit.noteFailure('probe', 'status-503');
    nowMs += 5000;
    circuit.noteAnswer('probe');
    expect(circuit.admit()).toBe('pass');
    expect(told).toEqual(['down econnrefused', 'up after 5000']);
  });

  it('opens by failed probes alone', () => {
    const circuit = makeCircuit(false);
    for (let each = 0; each < 3; each += 1) circuit.noteFailure('probe', 'timeout');
    expect(told).toEqual(['down timeout']);
  });
});
