import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { DEFAULT_FAULT_PLAN } from '#lib/simulation/fault-plan.ts';
import { simulate } from '#lib/simulation/simulate.ts';

const folder = mkdtempSync(join(tmpdir(), 'tminus-long-run-'));
const state = join(folder, 'state.json');
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Kills the process before it replaces the state of its third chunk. */
const DIES_AT_THIRD_CHUNK = `--import=data:text/javascript,${encodeURIComponent(
  `import fs from 'node:fs';
   import { syncBuiltinESMExports } from 'node:module';
   const { renameSync } = fs;
   let count = 0;
   fs.renameSync = (...names) => {
     count += 1;
     if (count === 3) process.kill(process.pid, 'SIGKILL');
     renameSync(...names);
   };
   syncBuiltinESMExports();`,
)}`;

function sim(nodeOptions: readonly string[], ...options: string[]): ChildProcess {
  const args = [...nodeOptions, 'lib/cli/tminus.mjs', 'sim', '--workers', '2', '--chunk', '5', ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

async function endOf(child: ChildProcess) {
  const texts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => texts.push(text));
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, text: texts.join('') };
}

it('goes on after a kill, and comes to what one process comes to', { timeout: 120_000 }, async () => {
  const options = ['--lives', '40', '--state', state, '--out', join(folder, 'report.json')];
  expect((await endOf(sim([DIES_AT_THIRD_CHUNK], ...options))).signal).toBe('SIGKILL');
  expect(JSON.parse(readFileSync(state, 'utf8')).tally.lives).toBe(10);

  const { code, text } = await endOf(sim([], ...options));
  expect(text).toMatch(/^Going on: 10 of 40 lives are done\.\n/);
  expect(text).toContain('No law was broken.');
  expect(code).toBe(0);
  expect(existsSync(state)).toBe(false);
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  const alone = await simulate({ seed: 1, lifeCount: 40, plan: DEFAULT_FAULT_PLAN, wallMs: () => 0 });
  expect(report).toMatchObject({ ...alone, wallMs: expect.any(Number), lawsBroken: [], resumedCount: 1 });
  expect(report.seeds).toEqual({ first: 1, last: 40 });
});

it('ends at Ctrl-C and says how to go on', { timeout: 120_000 }, async () => {
  const child = sim([], '--lives', '1000000', '--state', state);
  const ending = endOf(child);
  await vi.waitFor(() => expect(existsSync(state)).toBe(true), { timeout: 100_000 });
  child.kill('SIGINT');
  const { code, text } = await ending;
  expect(code).toBe(1);
  expect(text).toMatch(/Interrupted: \d+ of 1,000,000 lives are done\. Go on with: npx tminus sim --seed 1 --lives/);
  expect(existsSync(`${state}.lock`)).toBe(false);
});
