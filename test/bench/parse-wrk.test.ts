import { describe, expect, it } from 'vitest';
import { parseWrk } from '../../bench/load/parse-wrk.ts';

const OUTPUT = `Running 2s test @ http://127.0.0.1:8000/api/dashboards/uid/bench-1k
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.51ms    1.61ms  29.64ms   94.60%
    Req/Sec    13.50k     1.53k   15.66k    75.00%
  Latency Distribution
     50%  594.00us
     75%    2.60ms
     90%    3.21ms
     99%    1.02s
  26872 requests in 2.01s, 36.12MB read
Requests/sec:  13372.06
Transfer/sec:     17.97MB
`;

describe('reading what wrk prints', () => {
  it('finds requests, rate and latencies, whatever their unit', () => {
    expect(parseWrk(OUTPUT)).toEqual({ requests: 26_872, requestsPerSecond: 13_372.06, p50Us: 594, p99Us: 1_020_000, errors: 0 });
  });

  it('adds refused answers and broken connections', () => {
    const errors = '  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 50000\n';
    expect(parseWrk(OUTPUT.replace('Requests/sec', `${errors}Requests/sec`)).errors).toBe(54_321);
  });

  it.each([
    '',
    'unable to connect to 127.0.0.1:8000 Connection refused',
    OUTPUT.replace('     99%', '     98%'),
    OUTPUT.replace('1.02s', '1.02 parsecs'),
  ])('refuses another form instead of giving a wrong number', (text) => {
    expect(() => parseWrk(text)).toThrow('cannot read the output of wrk');
  });
});
