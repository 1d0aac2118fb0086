import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

function run(name: string, option: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('infra/local/bench', name), option], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it.each(['attempt.ts', 'cold.ts', 'cost.ts', 'punctuality.ts'])(
  'says how %s is used when an option is wrong',
  (name) => {
    const { status, stdout, stderr } = run(name, '--wrong');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: npm run ');
    expect(stderr).not.toContain('    at ');
  },
);

it('answers a question for help on standard output', () => {
  const { status, stdout, stderr } = run('cost.ts', '--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Usage: npm run cost');
});

it('takes its folder away when Ctrl-C ends a run', async () => {
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
