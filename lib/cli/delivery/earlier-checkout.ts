import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Checkout = { readonly folder: string; remove(): void };

/**
 * An earlier commit of this repository in a folder of its own, ready to deploy. Its packages are this checkout's where
 * both have the same lock, and are installed otherwise.
 * @throws Error when git does not have the commit, or its packages cannot be installed
 */
export function checkOutEarlier(root: string, commit: string): Checkout {
  const parent = mkdtempSync(join(tmpdir(), 'tminus-release-'));
  const folder = join(parent, 'checkout');
  const remove = (): void => {
    spawnSync('git', ['-C', root, 'worktree', 'remove', '--force', folder], { stdio: 'ignore' });
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    execFileSync('git', ['-C', root, 'worktree', 'add', '--detach', folder, commit], { stdio: 'ignore' });
    const lockOf = (place: string) => readFileSync(join(place, 'package-lock.json'), 'utf8');
    if (lockOf(root) === lockOf(folder)) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    else execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, stdio: 'ignore' });
    return { folder, remove };
  } catch (cause) {
    remove();
    throw new Error('The earlier commit could not be checked out with its packages', { cause });
  }
}
