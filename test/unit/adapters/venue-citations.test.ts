import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('cites sections of the venue page that exist, each once', () => {
  const page = readFileSync('lib/adapters/polymarket/README.md', 'utf8');
  const sections = [...page.matchAll(/^(?:## |\*\*)§(\d+(?:\.\d+)?)/gm)].map(([, section]) => section);
  expect(new Set(sections).size).toBe(sections.length);
  const files = globSync('{lib,functions,infra,test}/**/*.{ts,md}');
  const cited = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/venue((?:,? §\d+(?:\.\d+)?)+)/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/\d+(?:\.\d+)?/g)].map(([section]) => ({ file, section })),
    ),
  );
  expect(cited.length).toBeGreaterThan(50);
  expect(cited.filter(({ section }) => !sections.includes(section))).toEqual([]);
});
