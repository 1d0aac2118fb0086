import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const BOOTSTRAP = 'lib/cli/require-node.mjs';

/** Makes the process believe that it is an older Node; options of Node are not handed on to the bundled one. */
const AS_NODE_20 = `--import=data:text/javascript,${encodeURIComponent(
  `Object.defineProperty(process, 'version', { value: 'v20.20.2' });
   Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`,
)}`;

const runNode = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('require-node', () => {
  let folder: string;
  let script: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tminus-require-node-'));
    script = join(folder, 'report.mjs');
    writeFileSync(
      script,
      'process.stdout.write(JSON.stringify([process.version, ...process.argv.slice(2)])); process.exitCode = 7;',
    );
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('runs the script in place under a Node that is new enough', () => {
    const run = runNode([BOOTSTRAP, script, 'a', '--b']);

    expect(run).toEqual({ status: 7, stdout: JSON.stringify([process.version, 'a', '--b']), stderr: '' });
  });

  it('says in one sentence what is missing where no Node is bundled', () => {
    cpSync('lib/cli', join(folder, 'lib/cli'), { recursive: true });

    const run = runNode([AS_NODE_20, join(folder, BOOTSTRAP), script]);

    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/^T-minus needs Node 24 or newer and this is v20\.20\.2: .+\.\n$/);
  });

  it('goes on under the bundled Node, with its exit code, when the first one is too old', () => {
    const bundled = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    cpSync('lib/cli', join(folder, 'lib/cli'), { recursive: true });
    mkdirSync(bundled, { recursive: true });
    symlinkSync(process.execPath, join(bundled, 'node'));

    const run = runNode([AS_NODE_20, join(folder, BOOTSTRAP), script, 'a']);

    expect(run).toEqual({ status: 7, stdout: JSON.stringify([process.version, 'a']), stderr: '' });
  });

  it('names its usage when there is no script', () => {
    expect(runNode([BOOTSTRAP])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'Usage: node lib/cli/require-node.mjs <script> [arguments]\n',
    });
  });
});
