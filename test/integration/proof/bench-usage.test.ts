import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('lib/cli/tminus.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

it.each(['bench attempt', 'bench cold', 'bench punctuality', 'cost'])('refuses a wrong option of %s', (command) => {
  const { status, stdout, stderr } = run(...command.split(' '), '--wrong');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(`See \`tminus ${command} --help\``);
  expect(stderr).not.toContain('    at ');
});

it('prints help on standard output', () => {
  const { status, stdout, stderr } = run('cost', '--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Usage: tminus cost');
});

it('removes its folder when Ctrl-C ends a run', async () => {
  const script = [
    "import { tmpdir } from 'node:os';",
    "import { makeTemporaryFolder } from '#infra/proof/temporary-folder.ts';",
    "process.stdout.write(makeTemporaryFolder(tmpdir(), 'tminus-test-'));",
    'setInterval(() => undefined, 1_000);',
  ].join('\n');
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [folder] = await once(child.stdout, 'data');
  expect(existsSync(String(folder))).toBe(true);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(existsSync(String(folder))).toBe(false);
});
