import { describe, expect, it } from 'vitest';
import { html } from '../../src/http/html.ts';

describe('SEC-R12 html', () => {
  it('escapes every value for text and for attributes', () => {
    expect(html`<a title="${'"\'`<&>'}">${'<script>'}</a>`.toString()).toBe('<a title="&quot;&#39;&#96;&lt;&amp;&gt;">&lt;script&gt;</a>');
  });

  it('puts markup in as it is, and lists one after the other', () => {
    expect(html`<ul>${['a<', 'b'].map((item) => html`<li>${item}</li>`)}</ul>`.toString()).toBe('<ul><li>a&lt;</li><li>b</li></ul>');
  });

  it('leaves nothing for undefined, and escapes what only looks like markup', () => {
    const lookAlike = { toString: () => '<b>' } as never;
    expect(html`[${undefined}] ${7}`.toString()).toBe('[] 7');
    expect(() => html`${lookAlike}`.toString()).toThrow();
  });
});
