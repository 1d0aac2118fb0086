import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPageFiles } from '#lib/console/server/page-files.ts';

const PAGE = 'lib/console/page';
const files = readPageFiles(['console.css']);
const paths = [...files.keys()];
const sources = readdirSync(PAGE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(PAGE, name), 'utf8') }));

describe('the files of the page', () => {
  it('serves every module of the page, and of ours only what it imports', () => {
    const code = sources.filter(({ text }) => /^(?:export (?!type)|import ')|^start\(/m.test(text));
    for (const { name } of code) expect(paths).toContain(`/${PAGE}/${name}`);
    expect(code.length).toBeGreaterThan(15);
    const others = paths.filter((path) => path.startsWith('/lib/') && !path.startsWith(`/${PAGE}/`));
    expect(others.filter((path) => !/^\/lib\/(?:words|domain)\//.test(path))).toEqual([]);
  });

  it('names only files that are served, in each import', () => {
    for (const [path, { body }] of files) {
      for (const [, target] of body.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)) {
        expect(paths, `${path} imports`).toContain(target);
      }
    }
  });

  it('makes no markup of texts', () => {
    for (const { name, text } of sources) {
      expect(text, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
    }
  });

  it('links to nothing elsewhere', () => {
    expect(files.get('/')?.body).not.toMatch(/https?:|\/\/[a-z]|<style|<script(?![^>]*src=)|\son[a-z]+=/);
    for (const { name, text } of sources) expect(text, name).not.toMatch(/https?:\/\//);
  });
});
