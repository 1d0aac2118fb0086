import { execFileSync } from 'node:child_process';
import { UNKNOWN_COMMIT } from '#lib/runtime/short-commit.ts';
import { PROJECT_ROOT } from './bundling.ts';

/**
 * The commit of this checkout: 40 digits, with `-dirty` when a tracked file differs from it, or `unknown` without git
 * or a repository. Untracked files do not count: a bundle reaches one only through a tracked file that has changed.
 */
export function readCommit(folder: string = PROJECT_ROOT): string {
  try {
    const commit = git(folder, 'rev-parse', 'HEAD');
    return git(folder, 'status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}-dirty`;
  } catch {
    return UNKNOWN_COMMIT;
  }
}

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
