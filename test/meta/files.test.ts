// What holds for every file of the project.

import { describe, expect, it } from 'vitest';
import { listFiles, readText } from './files.ts';

const files = listFiles();
const texts = files.filter((path) => !/\.(?:png|ico|woff2?|tgz)$/.test(path));
const countLines = (path: string): number => readText(path).split('\n').length - 1;

describe('the files', () => {
  it('are found', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'src/index.ts', 'test/meta/files.test.ts']));
    expect(files.length).toBeGreaterThan(200);
  });

  it('of src and public have at most 300 lines', () => {
    const sources = files.filter((path) => /^(?:src|public)\/.*\.(?:ts|js|css)$/.test(path));
    expect(sources.map((path) => `${path}: ${countLines(path)}`).filter((line) => Number(line.split(': ')[1]) > 300)).toEqual([]);
  });

  it('are ASCII', () => {
    const found = texts.flatMap((path) =>
      readText(path)
        .split('\n')
        .flatMap((line, index) => (/[^\t\r\x20-\x7e]/.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(found.filter((place) => !place.startsWith('test/fixtures/'))).toEqual([]);
  });

  it('hold no path of the machine they were written on', () => {
    // Paths within a container are the container's.
    const isContainer = (path: string): boolean => /(?:^|\/)(?:Dockerfile|compose\.yaml)$|^examples\/compose\//.test(path);
    const machine = /(?<![\w.\-/%)}])\/(?:work|home|root|Users|private\/var)\/\w/;
    const temporary = /(?<![\w.\-/%)}])\/tmp\/\w/;
    const found = texts.filter(
      (path) =>
        path !== 'test/meta/files.test.ts' && (machine.test(readText(path)) || (!isContainer(path) && temporary.test(readText(path)))),
    );
    expect(found).toEqual([]);
  });

  it('leave no test out', () => {
    const left = new RegExp(`\\b(?:it|test|describe|suite)\\.(?:${['skip', 'only', 'todo'].join('|')})\\b`);
    expect(files.filter((path) => path.startsWith('test/') && left.test(readText(path)))).toEqual([]);
  });
});
