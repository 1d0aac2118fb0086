import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCommit } from '#infra/shared/read-commit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-commit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' }).trim();
}

it('is unknown without a repository, and in one without a commit', () => {
  expect(readCommit(folder)).toBe('unknown');
  git('init', '--quiet');
  expect(readCommit(folder)).toBe('unknown');
});

it('names the commit, and says when a tracked file differs from it', () => {
  git('init', '--quiet');
  writeFileSync(join(folder, 'a.ts'), '1');
  git('add', '.');
  git('commit', '--quiet', '--message', 'One');
  writeFileSync(join(folder, 'webhook.txt'), 'untracked');
  expect(readCommit(folder)).toBe(git('rev-parse', 'HEAD'));
  writeFileSync(join(folder, 'a.ts'), '2');
  expect(readCommit(folder)).toBe(`${git('rev-parse', 'HEAD')}-dirty`);
});
