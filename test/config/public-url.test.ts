import { describe, expect, it } from 'vitest';
import { check, resolved } from './base-config.ts';

describe('publicUrl', () => {
  it.each([
    [
      'https://dash.example.com',
      { hosts: ['dash.example.com', 'dash.example.com:443'], hostname: 'dash.example.com', port: 443, https: true },
    ],
    ['https://dash.example.com:8443', { hosts: ['dash.example.com:8443'], hostname: 'dash.example.com', port: 8443, https: true }],
    ['http://localhost:8000', { hosts: ['localhost:8000'], hostname: 'localhost', port: 8000, https: false }],
    ['http://127.0.0.1', { hosts: ['127.0.0.1', '127.0.0.1:80'], hostname: '127.0.0.1', port: 80, https: false }],
    ['http://[::1]:8000', { hosts: ['[::1]:8000'], hostname: '[::1]', port: 8000, https: false }],
  ])('takes %s, with every Host value that means it', (publicUrl, expected) => {
    expect(resolved({ publicUrl, listen: { host: '127.0.0.1', port: 9000 } }).publicUrl).toEqual({ origin: publicUrl, ...expected });
  });

  it.each([
    ['https://dash.example.com/', 'Write https://dash.example.com'],
    ['https://dash.example.com/grafana', 'upstreams.<name>.mount'],
    ['https://Dash.Example.com', 'Write https://dash.example.com'],
    ['https://dash.example.com:443', 'Write https://dash.example.com'],
    ['https://dash.example.com?x', 'Write https://dash.example.com'],
    ['https://user@dash.example.com', 'holds a user name or password'],
    ['http://dash.example.com', 'Write https://dash.example.com'],
    ['http://10.0.0.1:8000', 'http is for localhost only'],
    ['http://localhost.example.com', 'uses http outside loopback'],
    ['dash.example.com', 'is not an http or https URL'],
    ['//dash.example.com', 'is not an http or https URL'],
    ['https:dash.example.com', 'is not an http or https URL'],
    ['ws://dash.example.com', 'is not an http or https URL'],
    ['https://dash.example.com\\x', 'is not an http or https URL'],
    [' https://dash.example.com', 'is not an http or https URL'],
    ['https://*.example.com', 'has an unusual host name'],
    ['https://a;b.example.com', 'has an unusual host name'],
    ["https://a'b.example.com", 'has an unusual host name'],
  ])('refuses %s with the way out', (publicUrl, says) => {
    const { problems } = check({ publicUrl });
    expect(problems).toEqual([expect.stringContaining(says)]);
    expect(problems[0]).toMatch(/^publicUrl: /);
  });
});
