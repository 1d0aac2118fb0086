import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endLeftover, isRunning, rememberChild } from '#infra/shared/child-reaper.ts';

let dir: string;
let child: ChildProcess;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tminus-reaper-'));
  child = spawn(process.execPath, ['-e', 'console.log(); setInterval(() => {}, 1000)', join(dir, 'table.db')]);
  await once(child.stdout!, 'data');
});

afterEach(() => {
  child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

describe('endLeftover', () => {
  it('ends the child that an earlier run left on our file', async () => {
    rememberChild(join(dir, 'pid'), child.pid!);

    await endLeftover(join(dir, 'pid'), join(dir, 'table.db'));

    expect(isRunning(child.pid!)).toBe(false);
    expect(existsSync(join(dir, 'pid'))).toBe(false);
  });

  it('leaves a process alone that only got the number of our child', async () => {
    rememberChild(join(dir, 'pid'), child.pid!);

    await endLeftover(join(dir, 'pid'), join(dir, 'another.db'));

    expect(isRunning(child.pid!)).toBe(true);
  });
});
