import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFauxqs } from '#infra/local/emulators/fauxqs-server.ts';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { openPumpState } from '#infra/local/pump/pump-state.ts';
import { createSchedulerStore } from '#infra/local/services/scheduler-store.ts';
import { openStateDir } from '#infra/local/state-dir.ts';
import { endLeftover } from '#infra/shared/child-reaper.ts';
import { readAddedMarkets, writeAddedMarkets } from '#infra/venue/added-markets-file.ts';
import { ConfigError, InvalidInputError } from '#lib/errors/errors.ts';
import { anyGarbageText, anyJunk, assertDoor, damaged, mutated } from '#test/fixtures/bad-input.ts';

let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tminus-door-'));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => {
  folder = mkdtempSync(join(root, 'state-'));
});

const DESCRIPTION = { pid: process.pid, startedAtMs: 1, env: { STAGE: 'local' } };
const MARKET = {
  slug: 'btc-updown-5m-1773307200',
  asset: 'BTC',
  version: 'v1',
  startsAtMs: 1_773_307_200_000,
  endsAtMs: 1_773_307_500_000,
  seed: 'seed',
  tokenMidAt: { outcome: 'UP', priceMicros: 600_000n, atMs: 1_773_307_380_000 },
  recordingName: null,
} as const;

const anyTextLike = (whole: object) =>
  fc.oneof(
    mutated(whole).map(({ value }) => JSON.stringify(value)),
    damaged(JSON.stringify(whole)),
    anyJunk.map((junk) => JSON.stringify(junk)),
    anyGarbageText,
  );

describe('the files of the state directory', () => {
  it('stack.json names a stack that runs, or none is found', async () => {
    await assertDoor(
      'state files (stack.json)',
      8,
      fc.property(anyTextLike(DESCRIPTION), (text) => {
        writeFileSync(join(folder, 'stack.json'), text);
        const found = findRunningStack(folder);
        if (found !== undefined) expect(typeof found.env).toBe('object');
      }),
    );
  });

  it('markets.json is read as it was written or refused by its path, and stays as it is', async () => {
    const file = join(folder, 'markets.json');
    writeAddedMarkets(file, [MARKET]);
    expect(readAddedMarkets(file)).toEqual([MARKET]);
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    await assertDoor(
      'state files (markets.json)',
      8,
      fc.property(anyTextLike(written as object), (text) => {
        writeFileSync(file, text);
        try {
          readAddedMarkets(file);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
          expect(String(error)).toContain(file);
        }
        expect(readFileSync(file, 'utf8')).toBe(Buffer.from(text).toString('utf8'));
      }),
    );
  });

  it('pid files of any content end nobody who is not ours', async () => {
    const anyPid = fc.oneof(
      anyGarbageText,
      fc.constantFrom('0', '-1', '1', '1e9', String(process.pid), String(-process.pid), '4194305', 'NaN'),
    );
    await assertDoor(
      'state files (pid)',
      8,
      fc.asyncProperty(anyPid, async (text) => {
        const file = join(folder, 'dynoxide.pid');
        writeFileSync(file, text);
        await endLeftover(file, join(folder, 'table.db'));
        expect(existsSync(file)).toBe(false);
      }),
    );
  });

  it('pump.db and lock are opened, or refused by their path and left as they are', async () => {
    const anyFile = fc.record({ name: fc.constantFrom('pump.db', 'lock'), text: anyGarbageText });
    await assertDoor(
      'state files (databases)',
      6,
      fc.property(anyFile, ({ name, text }) => {
        const dir = mkdtempSync(join(root, 'state-'));
        const file = join(dir, name);
        writeFileSync(file, text);
        try {
          const open = openStateDir(dir, false);
          try {
            openPumpState(open.pumpFile).close();
          } finally {
            open.release();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect(String(error)).toContain(file);
          expect(readFileSync(file, 'utf8')).toBe(Buffer.from(text).toString('utf8'));
        }
      }),
    );
  });

  it('a damaged queue file is told by its folder, and stays as it is', async () => {
    const file = join(folder, 'fauxqs.db');
    writeFileSync(file, 'no database at all');
    await expect(startFauxqs(folder)).rejects.toThrow(ConfigError);
    await expect(startFauxqs(folder)).rejects.toThrow(folder);
    expect(readFileSync(file, 'utf8')).toBe('no database at all');
  });

  it('a damaged pid file does not keep the holder of the directory from being told', () => {
    const held = openStateDir(folder, false);
    writeFileSync(join(folder, 'pid'), 'nonsense');
    expect(() => openStateDir(folder, false)).toThrow(/process unknown/);
    held.release();
  });

  it('a file in the place of the state directory is refused by its path', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => openStateDir(file, false)).toThrow(ConfigError);
    expect(() => openStateDir(file, false)).toThrow(file);
  });

  it('a folder in the place of markets.json is refused by its path', () => {
    const file = join(folder, 'markets.json');
    mkdirSync(file);
    expect(() => readAddedMarkets(file)).toThrow(InvalidInputError);
    expect(() => readAddedMarkets(file)).toThrow(file);
  });

  it.each([
    ['half a request', '{"half":', 1],
    ['a request of another shape', '{}', 1],
    ['no time', '{}', 'soon'],
  ])('a stored timer with %s is told at the start, by its file, and stays where it is', (_, request, firesAtMs) => {
    const file = join(folder, 'pump.db');
    const state = openPumpState(file);
    state
      .prepare(
        'INSERT INTO schedules (group_name, name, request_json, created_at_ms, fires_at_ms) VALUES (?, ?, ?, 1, ?)',
      )
      .run('default', 'broken', request, firesAtMs);
    expect(() => createSchedulerStore(state)).toThrow(ConfigError);
    expect(() => createSchedulerStore(state)).toThrow(file);
    expect(state.prepare('SELECT name FROM schedules').all()).toHaveLength(1);
    state.close();
  });
});
