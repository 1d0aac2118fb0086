import { describe, expect, it } from 'vitest';
import {
  forceAlarm,
  removePoison,
  restoreAlarm,
  seePoison,
  seePoisonAlarm,
  sendPoison,
} from '#lib/lifecycle/delivery/smoke-alarms.ts';
import { type SmokeDeps, SmokeInterrupted } from '#lib/lifecycle/delivery/smoke-step.ts';
import type { DeploymentPart, PartState } from '#lib/ports/deployment.ts';
import type { AlarmState, SeenAlarm } from '#lib/ports/smoke-probes.ts';
import { aPart, aSmokeRun, SMOKE_STARTED_AT_MS } from '#test/factories/a-smoke-run.ts';

const BODY = '{"smoke":"smoke-1"}';
const RAISED: PartState = { kind: 'raised', sinceMs: null, text: '' };
const LETTERS = aPart('alarm', 'ExitDeadLetters');
const OVERDUE = aPart('alarm', 'PositionOverdue');
const partsOf = (...parts: readonly DeploymentPart[]) => ({ listParts: async () => parts });
const noAlarms: NonNullable<SmokeDeps['alarms']> = { find: async () => undefined, force: async () => undefined };

describe('the poison', () => {
  it.each([
    ['raised', [{ ...LETTERS, state: RAISED }], true],
    ['not raised', [LETTERS, { ...OVERDUE, state: RAISED }], false],
    ['missing', [aPart('queue', 'ExitDeadLetters', RAISED)], false],
  ] as const)('is sent once it is known that its alarm is %s', async (_name, parts, wasRaised) => {
    const sent: string[] = [];
    const poison = { send: async (body: string) => void sent.push(body), find: async () => undefined };
    const deps = () => ({
      ...{ deployment: partsOf(...parts), alarms: noAlarms },
      poison: { ...poison, remove: async () => false },
    });
    const { run } = aSmokeRun({ deps });
    expect(await sendPoison(run)).toMatchObject({ status: 'ok' });
    expect(run.traces).toMatchObject({ isPoisonSent: true, wasRaised });
    expect(sent).toEqual([BODY]);
  });

  it('has no alarm where there are none', async () => {
    const { run } = aSmokeRun({ deps: () => ({ deployment: partsOf({ ...LETTERS, state: RAISED }) }) });
    await sendPoison(run);
    expect(run.traces.wasRaised).toBe(false);
  });

  const seenAfter = (afterMs: number, errorName: string | null) =>
    aSmokeRun({
      deps: (clock) => ({
        poison: {
          send: async () => undefined,
          find: async (body) =>
            body === BODY && clock.nowMs() >= SMOKE_STARTED_AT_MS + afterMs ? { errorName } : undefined,
          remove: async (body) => body === BODY && clock.nowMs() >= SMOKE_STARTED_AT_MS + afterMs,
        },
      }),
      traces: { isPoisonSent: true },
    });

  it.each([
    [90_000, 'InvalidInputError', 'ok', 'set aside by `sell` as InvalidInputError'],
    [0, 'ConfigError', 'failed', 'in the dead letters, but as ConfigError and not as InvalidInputError'],
    [0, null, 'failed', 'in the dead letters, but as delivered too often and not as InvalidInputError'],
    [90_001, 'InvalidInputError', 'failed', 'it was not set aside within 90 s'],
  ])('is expected among the dead letters within 90 s, after %i ms as %s', async (afterMs, errorName, status, found) => {
    const { run, clock, passedMs } = seenAfter(afterMs, errorName);
    expect(await clock.run(seePoison(run))).toMatchObject({ status, found });
    expect(passedMs()).toBe(Math.min(afterMs, 90_000));
  });

  it('is removed within 90 s', async () => {
    const { run, clock, passedMs } = seenAfter(90_000, null);
    expect(await clock.run(removePoison(run))).toMatchObject({ status: 'ok' });
    expect(run.traces.isPoisonSent).toBe(false);
    expect(passedMs()).toBe(90_000);
    expect(await removePoison(run)).toEqual({ status: 'skipped', found: 'none was sent', advice: null });
  });

  it('is left to a person when it is not found', async () => {
    const { run, clock } = seenAfter(90_001, null);
    expect(await clock.run(removePoison(run))).toEqual({
      ...{ status: 'failed', found: 'it was not found to remove it' },
      advice: `Delete the message ${BODY} by hand. OPERATE.md, "Dead letters".`,
    });
    expect(run.traces.isPoisonSent).toBe(true);
  });
});

describe('the alarm on the poison', () => {
  const seen = (afterMs: number, first: SeenAlarm | undefined = { state: 'OK', sinceMs: null }) =>
    aSmokeRun({
      deps: (clock) => ({
        deployment: partsOf(aPart('alarm', 'Other'), LETTERS),
        alarms: {
          ...noAlarms,
          find: async (name) =>
            name === LETTERS.id && clock.nowMs() >= SMOKE_STARTED_AT_MS + afterMs
              ? { state: 'ALARM', sinceMs: null }
              : first,
        },
      }),
    });

  it('is expected within 17 minutes', async () => {
    const { run, clock, said } = seen(1_020_000);
    expect(await clock.run(seePoisonAlarm(run))).toEqual({
      ...{ status: 'ok', found: 'ExitDeadLetters was raised, 1020 s after the start', advice: null },
    });
    expect(said).toEqual([expect.stringMatching(/^Waiting for the alarm ExitDeadLetters: /)]);
    const never = seen(1_020_001);
    expect(await never.clock.run(seePoisonAlarm(never.run))).toMatchObject({
      ...{ status: 'failed', found: 'ExitDeadLetters was not raised within 17 min' },
    });
    expect(never.passedMs()).toBe(1_020_000);
  });

  it('is looked at again when AWS does not show it', async () => {
    const { run, clock } = aSmokeRun({
      deps: ({ nowMs }) => ({
        deployment: partsOf(LETTERS),
        alarms: {
          ...noAlarms,
          find: async () => (nowMs() === SMOKE_STARTED_AT_MS ? undefined : { state: 'ALARM', sinceMs: null }),
        },
      }),
    });
    expect(await clock.run(seePoisonAlarm(run))).toMatchObject({ status: 'ok' });
  });

  it('is not expected where there are no alarms, nor after it was raised', async () => {
    expect(await seePoisonAlarm(aSmokeRun().run)).toEqual({
      ...{ status: 'skipped', found: 'there are no alarms here', advice: null },
    });
    const { run } = seen(0);
    run.traces.wasRaised = true;
    expect(await seePoisonAlarm(run)).toEqual({
      status: 'skipped',
      found: 'ExitDeadLetters was raised before by other dead letters, so this one does not show',
      advice: null,
    });
  });

  it.each([
    ['missing', { ...LETTERS, state: { kind: 'missing' } }],
    ['of another kind', aPart('queue', 'ExitDeadLetters')],
  ] as const)('is a fault when it is %s', async (_name, part) => {
    const { run } = aSmokeRun({ deps: () => ({ deployment: partsOf(part), alarms: noAlarms }) });
    expect(await seePoisonAlarm(run)).toMatchObject({
      ...{ status: 'failed', found: 'there is no alarm on the exit queue’s dead letters' },
    });
  });
});

describe('the forced alarm', () => {
  type Answer = { readonly seen?: boolean | null; readonly interrupts?: boolean };
  /** `find` answers what it was before, and then these. */
  const forcing = (answers: readonly (SeenAlarm | undefined)[], { seen, interrupts = false }: Answer = {}) => {
    const left = [...answers];
    const forced: string[] = [];
    let isInterrupted = false;
    const world = aSmokeRun({
      deps: () => ({
        deployment: partsOf(LETTERS, OVERDUE),
        alarms: {
          find: async () => (left.length > 1 ? left.shift() : left[0]),
          force: async (name: string, state: AlarmState, reason: string) =>
            void forced.push(`${name} ${state}: ${reason}`),
        },
        isInterrupted: () => isInterrupted,
        askWhetherSeen:
          seen === undefined
            ? null
            : async () => {
                isInterrupted = interrupts;
                return seen;
              },
      }),
    });
    return { ...world, forced };
  };
  const OK: SeenAlarm = { state: 'OK', sinceMs: SMOKE_STARTED_AT_MS - 1 };
  const ALARM: SeenAlarm = { state: 'ALARM', sinceMs: null };
  const BOTH = [
    'PositionOverdue-id ALARM: Forced by a smoke test (smoke-1): nothing is wrong',
    'PositionOverdue-id OK: Set back by a smoke test (smoke-1)',
  ];

  it.each([
    [undefined, 'ok', 'PositionOverdue was raised by hand, and set back to OK; no one said whether its notice arrived'],
    [null, 'ok', 'PositionOverdue was raised by hand, and set back to OK; no one said whether its notice arrived'],
    [true, 'ok', 'PositionOverdue was raised by hand, and set back to OK; its notice arrived'],
    [false, 'failed', 'PositionOverdue was forced, and its notice did not arrive'],
  ])('is set back, whether its notice was seen or not: %s', async (seen, status, found) => {
    const { run, clock, forced } = forcing([OK, ALARM], seen === undefined ? {} : { seen });
    expect(await clock.run(forceAlarm(run))).toMatchObject({ status, found });
    expect(forced).toEqual(BOTH);
    expect(run.traces.forced).toBeNull();
  });

  it('is also raised when it was measured again since', async () => {
    const { run, clock } = forcing([OK, { state: 'OK', sinceMs: SMOKE_STARTED_AT_MS }]);
    expect(await clock.run(forceAlarm(run))).toMatchObject({ status: 'ok' });
  });

  it.each([[OK], [undefined], [{ state: 'OK', sinceMs: null }]] as const)(
    'is a fault when it does not change within 30 s, case %#',
    async (after) => {
      const { run, clock, passedMs } = forcing([OK, after]);
      expect(await clock.run(forceAlarm(run))).toMatchObject({
        ...{ status: 'failed', found: 'PositionOverdue did not change its state' },
      });
      expect(passedMs()).toBe(30_000);
      expect(run.traces.forced).toEqual({ alarmName: 'PositionOverdue-id', before: 'OK' });
    },
  );

  it('is looked at for 30 s', async () => {
    const { run, clock, passedMs } = forcing([OK, OK, OK, ALARM]);
    expect(await clock.run(forceAlarm(run))).toMatchObject({ status: 'ok' });
    expect(passedMs()).toBe(2_000);
  });

  it('is set back when the person interrupts', async () => {
    const { run, clock, forced } = forcing([OK, ALARM], { seen: true, interrupts: true });
    await expect(clock.run(forceAlarm(run))).rejects.toThrow(SmokeInterrupted);
    expect(forced).toEqual(BOTH);
  });

  it('is not forced when it is raised already', async () => {
    const { run, forced } = forcing([ALARM]);
    expect(await forceAlarm(run)).toEqual({
      status: 'failed',
      found: 'PositionOverdue is raised already',
      advice: 'Read its text first: `tminus doctor`.',
    });
    expect(forced).toEqual([]);
  });

  it('is not forced where there is none', async () => {
    expect(await forceAlarm(aSmokeRun().run)).toMatchObject({ status: 'skipped', found: 'there are no alarms here' });
    const none = { status: 'failed', found: 'there is no alarm to force' };
    expect(await forceAlarm(forcing([undefined]).run)).toMatchObject(none);
    const { run } = aSmokeRun({
      deps: () => ({ deployment: partsOf(LETTERS), alarms: { ...noAlarms, find: async () => OK } }),
    });
    expect(await forceAlarm(run)).toMatchObject(none);
  });

  it('is nothing to set back unless it was forced', async () => {
    expect(await restoreAlarm(forcing([OK]).run)).toBe('nothing');
    const forced = { alarmName: 'PositionOverdue-id', before: 'OK' } as const;
    expect(await restoreAlarm(aSmokeRun({ traces: { forced } }).run)).toBe('nothing');
  });
});
