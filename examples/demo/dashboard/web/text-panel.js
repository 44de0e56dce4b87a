// A note: paragraphs, lists and **bold** of Markdown.

import { element } from './dom.js';

export function createTextPanel(panel, _dashboard, body) {
  const blocks = panel.options.content.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n');
    if (lines.every((line) => line.startsWith('- ')))
      return element('ul', {}, ...lines.map((line) => element('li', {}, ...buildInline(line.slice(2)))));
    return element('p', {}, ...buildInline(lines.join(' ')));
  });
  body.append(element('div', { class: 'text' }, ...blocks));
  return { refresh: async () => undefined };
}

function buildInline(text) {
  return text.split('**').map((part, index) => (index % 2 === 1 ? element('b', { text: part }) : part));
}
