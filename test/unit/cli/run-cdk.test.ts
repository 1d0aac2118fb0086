import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '#infra/shared/bundling.ts';
import { checkOutEarlier } from '#lib/cli/delivery/earlier-checkout.ts';
import { findCdk, findOwnOption, mayShift, runCdk, shownArgs } from '#lib/cli/delivery/run-cdk.ts';

const NODE_URL = 'https://polygon.example.org/v2/very-secret-key';
let root: string;

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', ['-C', root, ...who, ...args], { encoding: 'utf8' }).trim();
}

/** A release is a file with its name. */
function commitRelease(name: string): string {
  writeFileSync(join(root, 'release.txt'), name);
  git('add', '-A');
  git('commit', '-qm', name);
  return git('rev-parse', 'HEAD');
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tminus-cdk-test-'));
  git('init', '-q');
  writeFileSync(join(root, '.gitignore'), 'node_modules\n');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  mkdirSync(join(root, 'node_modules'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const aScript = (source: string): string => {
  const file = join(root, 'node_modules', 'cdk.mjs');
  writeFileSync(file, source);
  return file;
};

async function run(source: string, args: readonly string[] = []) {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const cdkFile = aScript(source);
  const ended = runCdk({
    folder: root,
    cdkFile,
    args,
    env: { PATH: '/usr/bin' },
    signal,
    say: (line) => void lines.push(line),
  });
  return { rolledOut: await ended, lines };
}

describe('cdk as a child process', () => {
  it('is the one that npm installed, run in the checkout, with this Node first', async () => {
    expect(existsSync(findCdk(PROJECT_ROOT))).toBe(true);
    const { rolledOut, lines } = await run('console.log(process.cwd()); console.error(process.env.PATH)', []);
    expect(rolledOut).toEqual({ outcome: 'deployed' });
    // The two streams may arrive in either order, and where npm put Node differs from machine to machine.
    expect(lines).toHaveLength(2);
    expect(lines).toContainEqual(expect.stringContaining('tminus-cdk-test-'));
    expect(lines).toContainEqual(expect.stringMatching(/:\/usr\/bin$/));
  });

  it('shows neither the values of parameters nor what CDK says of them', async () => {
    const args = [
      'deploy',
      '--parameters',
      `tminus-live-trading:PolygonRpcUrl=${NODE_URL}`,
      `--parameters=a:b=${NODE_URL}`,
    ];
    expect(shownArgs(args)).toBe('deploy --parameters tminus-live-trading:PolygonRpcUrl=… --parameters=a:b=…');
    const { lines } = await run('console.log(process.argv.slice(2).join(" "))', args);
    expect(lines).toEqual(['deploy --parameters tminus-live-trading:PolygonRpcUrl=… --parameters=a:b=…']);
  });

  it.each([
    [['--profile', 'other'], '--profile'],
    [['--profile=other'], '--profile'],
    [['-c', 'stage=live'], '-c stage='],
    [['--context=stage=live'], '-c stage='],
    [['--context', 'commit=c0ffee1'], '-c commit='],
    [['-c', 'account=111111111111'], '-c account='],
    [['--no-execute'], '--no-execute'],
    [['--method=prepare-change-set'], '--method'],
    [['--hotswap'], '--hotswap'],
    [['-e', 'tminus-paper-watch'], '-e'],
  ])('is not passed on %j, which chooses another place or part', (args, option) => {
    expect(findOwnOption(['--verbose', ...args])).toBe(option);
  });

  it('is passed on parameters, whatever their values, and the rollout', () => {
    const args = ['--parameters', 'tminus-live-trading:PolygonRpcUrl=https://x/?stage=1', '-c', 'rollout=now'];
    expect(findOwnOption([...args, '--parameters=a:b=--profile', '--revert-drift'])).toBeNull();
  });

  it('shifts calls only where the watch stack exists, which has what shifts them', () => {
    expect(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].filter(mayShift)).toHaveLength(3);
    expect([undefined, 'ROLLBACK_COMPLETE', 'CREATE_FAILED', 'REVIEW_IN_PROGRESS'].filter(mayShift)).toEqual([]);
  });

  it('tells a failure from an interruption', async () => {
    expect((await run('process.exit(3)')).rolledOut).toEqual({
      outcome: 'failed',
      reason: expect.stringContaining('code 3'),
    });
    const controller = new AbortController();
    const cdkFile = aScript('console.log("up"); setInterval(() => undefined, 1000)');
    const say = (): void => controller.abort();
    const interrupted = runCdk({ folder: root, cdkFile, args: [], env: {}, signal: controller.signal, say });
    expect(await interrupted).toMatchObject({ outcome: 'interrupted' });
  });
});

describe('an earlier checkout', () => {
  it('has the files of its commit and the packages of this one, and leaves nothing behind', () => {
    const old = commitRelease('old');
    commitRelease('new');
    const { folder, remove } = checkOutEarlier(root, old);
    expect(readFileSync(join(folder, 'release.txt'), 'utf8')).toBe('old');
    expect(existsSync(join(folder, 'node_modules', 'cdk.mjs'))).toBe(true);
    remove();
    expect(existsSync(folder)).toBe(false);
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(readFileSync(join(root, 'release.txt'), 'utf8')).toBe('new');
    expect(existsSync(join(root, 'node_modules', 'cdk.mjs'))).toBe(true);
  });

  it('says that git does not have the commit', () => {
    expect(() => checkOutEarlier(root, 'f'.repeat(40))).toThrow(/could not be checked out/);
  });
});
