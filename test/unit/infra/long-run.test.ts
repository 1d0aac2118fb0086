import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainBroken, reportRun } from '#infra/proof/long-run/long-report.ts';
import { openState } from '#infra/proof/long-run/open-state.ts';
import { type LongRunDeps, runLong } from '#infra/proof/long-run/run-long.ts';
import { chunkAt, type RunState, resumeState, startState } from '#infra/proof/long-run/run-state.ts';
import type { Chunk } from '#infra/proof/long-run/sim-worker-messages.ts';
import type { Played, SimWorker } from '#infra/proof/long-run/start-sim-worker.ts';
import { NO_FAULTS } from '#lib/simulation/fault-plan.ts';
import type { LifeTally } from '#lib/simulation/life-tally.ts';
import { playLives } from '#lib/simulation/simulate.ts';

const TERMS = { seed: 5, lives: 22, planDigest: 'plan', codeDigest: 'code' };
const START = startState(TERMS, 4);
const folder = mkdtempSync(join(tmpdir(), 'tminus-long-'));
const tallies: LifeTally[] = [];

beforeAll(async () => {
  for (let index = 0; index < 6; index += 1) {
    const { seed, lives } = chunkAt(START, index);
    tallies.push(await playLives({ seed, lifeCount: lives, plan: NO_FAULTS }));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Answers in the order of `delays`, by turns of the event loop: chunks of several workers end in any order. */
function workerOf(turns: (chunk: Chunk) => number, diesAt = -1): () => SimWorker {
  return () => {
    let end: (played: Played) => void = () => undefined;
    return {
      play: (chunk) =>
        new Promise((resolve) => {
          end = resolve;
          const take = (left: number): void => {
            if (left > 0) return void setImmediate(() => take(left - 1));
            const tally = tallies[chunk.index];
            if (chunk.index === diesAt || tally === undefined) resolve({ outcome: 'died', reason: 'killed' });
            else resolve({ outcome: 'played', result: { chunk, tally, busyMs: 10, cpuMs: 20 } });
          };
          take(turns(chunk));
        }),
      end: () => end({ outcome: 'died', reason: 'ended' }),
    };
  };
}

function play(before: RunState, workerCount: number, given: Partial<LongRunDeps> = {}) {
  let last = before;
  const save = (state: RunState): void => {
    last = state;
  };
  const deps: LongRunDeps = {
    ...{ startWorker: workerOf(({ index }) => (index * 7) % 5), save, onProgress: () => undefined, nowMs: () => 0 },
    ...{ signal: new AbortController().signal, ...given },
  };
  return runLong(deps, before, workerCount).then((end) => ({ ...end, saved: last }));
}

/** The report without times and workers. */
function resultOf(state: RunState) {
  const { workers: _workers, wallMs: _wallMs, resumedCount: _resumedCount, ...result } = reportRun(state, []);
  return { ...result, livesPerSecond: null, livesPerCpuSecond: null };
}

describe('a long run', () => {
  it('comes to the same with any number of workers', async () => {
    const alone = await play(START, 1);
    expect(alone.outcome).toBe('complete');
    expect(alone.state).toMatchObject({ doneBelow: 6, doneBeyond: [], tally: { lives: 22 } });
    for (const workerCount of [2, 3, 16]) {
      const { state } = await play(START, workerCount);
      expect(resultOf(state)).toEqual(resultOf(alone.state));
      expect(state.workers.reduce((sum, { lives }) => sum + lives, 0)).toBe(22);
    }
  });

  it('names the chunk at which a worker died, keeps the others, and goes on to the same end', async () => {
    const broken = await play(START, 2, { startWorker: workerOf(() => 1, 2) });
    expect(broken).toMatchObject({
      ...{ outcome: 'worker-died', reason: 'killed', chunk: { index: 2, seed: 13, lives: 4 } },
    });
    expect(broken.saved).toEqual(broken.state);
    const resumed = resumeState(JSON.stringify(broken.saved), 'file', TERMS);
    expect(resumed.tally.lives).toBeGreaterThan(0);
    const { state, outcome } = await play(resumed, 3);
    expect(outcome).toBe('complete');
    expect(state.resumedCount).toBe(1);
    expect(resultOf(state)).toEqual(resultOf((await play(START, 1)).state));
  });

  it('ends at once when it is interrupted, and keeps what is done', async () => {
    const controller = new AbortController();
    const onProgress = ({ tally }: RunState): void => {
      if (tally.lives >= 8) controller.abort();
    };
    const { outcome, state } = await play(START, 2, { onProgress, signal: controller.signal });
    expect(outcome).toBe('interrupted');
    expect(state.tally.lives).toBeLessThan(22);
    expect((await play(state, 2)).outcome).toBe('complete');
  });

  it('ends its workers when the state cannot be saved', async () => {
    const ended: string[] = [];
    const startWorker = (): SimWorker => {
      const worker = workerOf(() => 1)();
      return { ...worker, end: () => void ended.push('ended') };
    };
    const save = (): never => {
      throw new Error('disk full');
    };
    await expect(play(START, 2, { save, startWorker })).rejects.toThrow('disk full');
    expect(ended.length).toBeGreaterThanOrEqual(2);
  });

  it('shrinks the first case of each law that was broken', async () => {
    const violation = { text: 'text', sinceEndMs: 0 };
    const violations = [
      { ...violation, law: 9 as const, seed: 3 },
      { ...violation, law: 2 as const, seed: 4 },
      { ...violation, law: 9 as const, seed: 5 },
    ];
    const shrink = async ({ seed }: { readonly seed: number }) => ({ ...NO_FAULTS, calmAfterEndMs: seed });
    expect(await explainBroken(violations, NO_FAULTS, shrink)).toMatchObject([
      { law: 2, seed: 4, count: 1, plan: { calmAfterEndMs: 4 } },
      { law: 9, seed: 3, count: 2, plan: { calmAfterEndMs: 3 } },
    ]);
  });
});

describe('the state of a long run', () => {
  const file = join(folder, 'below', 'state.json');
  const saved = async () => (await play(START, 2, { startWorker: workerOf(() => 1, 2) })).saved;

  it('is kept as a whole, used by one process at a time, and removed in the end', async () => {
    const state = await saved();
    const opened = openState(file, TERMS, 4);
    opened.save(state);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(state);
    expect(existsSync(`${file}.new`)).toBe(false);
    writeFileSync(`${file}.lock`, String(process.ppid));
    expect(() => openState(file, TERMS, 4)).toThrow(`is in use by process ${process.ppid}`);
    opened.close();
    const again = openState(file, TERMS, 999);
    expect(again.state).toEqual({ ...state, resumedCount: 1 });
    again.remove();
    again.close();
    const fresh = openState(file, TERMS, 999);
    expect(fresh.state).toEqual(startState(TERMS, 999));
    fresh.close();
  });

  it('takes over from a process that was killed', () => {
    writeFileSync(`${file}.lock`, '4194999');
    openState(file, TERMS, 4).close();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('is refused when it is of other options or other code', async () => {
    const text = JSON.stringify(await saved());
    const resume = (terms: Partial<typeof TERMS>) => () => resumeState(text, 'file.json', { ...TERMS, ...terms });
    expect(resume({ seed: 6, lives: 30 })).toThrow(
      /another run: --seed is 5 there and 6 here, --lives is 22 there and 30/,
    );
    expect(resume({ planDigest: 'other' })).toThrow('its fault plan is another one');
    expect(resume({ codeDigest: 'other' })).toThrow('on other code');
    expect(resume({})).not.toThrow();
  });

  it('is refused when it is cut off, something else, or contradicts itself', async () => {
    const state = await saved();
    const resume = (content: unknown) => () =>
      resumeState(typeof content === 'string' ? content : JSON.stringify(content), 'file.json', TERMS);
    const text = JSON.stringify(state);
    for (const cut of ['', text.slice(0, 100), text.slice(0, -1)]) {
      expect(resume(cut)).toThrow('The state file "file.json" is not JSON: it is cut off or another file. Delete it');
    }
    for (const other of [[], null, { v: 2 }, { ...state, more: 1 }, { ...state, doneBelow: -1 }]) {
      expect(resume(other)).toThrow('holds no state of a run');
    }
    const { tally, doneBelow } = state;
    for (const wrong of [
      { ...state, doneBelow: doneBelow + 1 },
      { ...state, doneBeyond: [99] },
      { ...state, tally: { ...tally, lives: tally.lives + 1 } },
      { ...state, workers: [] },
    ]) {
      expect(resume(wrong)).toThrow('its counts do not add up');
    }
  });
});
