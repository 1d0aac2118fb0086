import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';

const COMMAND = resolve('lib/cli/tminus.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Processes whose command line names the folder: the emulators keep their files in it. */
function processesIn(place: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(place);
    } catch {
      return false;
    }
  });
}

it('leaves neither files nor processes behind when Ctrl-C ends the incident', async () => {
  const child = spawn(process.execPath, [COMMAND, 'incident', '--cause', 'unsettled-buy'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  const errors = text(child.stderr);
  const ended = once(child, 'exit');
  try {
    for await (const said of child.stdout) if (String(said).includes('The accounts are funded')) break;
    expect(processesIn(folder).length).toBeGreaterThan(0);
    child.kill('SIGINT');
    expect(await ended).toEqual([1, null]);
    expect(await errors).toContain('Interrupted');
    expect(readdirSync(folder)).toEqual([]);
    expect(processesIn(folder)).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});
