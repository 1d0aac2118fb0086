import { describe, expect, it } from 'vitest';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { runSmoke } from '#lib/lifecycle/delivery/run-smoke.ts';
import { type SmokeDeps, SmokeInterrupted, type SmokeStep } from '#lib/lifecycle/delivery/smoke-step.ts';
import type { DeploymentPart, PartState } from '#lib/ports/deployment.ts';
import type { AlarmState, OpeningReply, SmokeOpening } from '#lib/ports/smoke-probes.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const COMMIT = 'a'.repeat(40);
const WINDOW_STARTS_AT_MS = 1_773_307_200_000;
const STARTED_AT_MS = WINDOW_STARTS_AT_MS + 10_000;
const ENDS_AT_MS = WINDOW_STARTS_AT_MS + 300_000;
const EXIT_DUE_AT_MS = ENDS_AT_MS - 120_000;
const IN_ORDER: PartState = { kind: 'in-order', remark: null };
const LETTERS = 'ExitDeadLetters';
const FORCED = 'PositionOverdue';

type Fault = {
  /** After the exit was due; null: never. */
  readonly postedAfterMs?: number | null;
  readonly state?: 'exited' | 'holding' | 'awaiting-resolution';
  readonly mode?: 'paper' | 'live';
  readonly replies?: readonly OpeningReply[];
  readonly secondId?: string;
  readonly setAside?: string | null;
  readonly hasTimer?: boolean;
  readonly isSent?: boolean;
  readonly commits?: readonly (string | null)[];
  readonly stackState?: PartState;
  readonly newLetter?: boolean;
  readonly errors?: readonly string[];
  readonly isSeen?: boolean;
  readonly doesNotRaise?: string;
  readonly raisedBefore?: boolean;
  readonly interruptAtMs?: number;
  readonly deniedUrl?: boolean;
};

/** A deployment that works, but for one fault. */
function aDeployment(fault: Fault = {}) {
  const { postedAfterMs = 40, state = 'exited', mode = 'paper' } = fault;
  const clock = createFakeClock(STARTED_AT_MS);
  const asked: SmokeOpening[] = [];
  const exits: string[] = [];
  const letters = new Set<string>(['of another']);
  const states = new Map<string, AlarmState>([
    [LETTERS, fault.raisedBefore ? 'ALARM' : 'OK'],
    [FORCED, 'OK'],
  ]);
  const forced: string[] = [];
  const replies = [...(fault.replies ?? [])];
  const lastOf = () => asked.at(-1)?.requestId ?? '';
  const hasOpened = () => asked.length > 0 && replies.length === 0;
  const find = async (positionId: string) => {
    if (!hasOpened() || positionId !== 'position-1') return undefined;
    const isOver = postedAfterMs !== null && clock.nowMs() >= EXIT_DUE_AT_MS + postedAfterMs;
    const terms = { requestId: lastOf(), mode, marketEndsAtMs: ENDS_AT_MS, openedAtMs: STARTED_AT_MS };
    const firstExitAttemptAtMs = isOver ? EXIT_DUE_AT_MS : null;
    return aPosition({ state: isOver ? state : 'holding', ...terms, firstExitAttemptAtMs });
  };
  const open = async (body: SmokeOpening): Promise<OpeningReply> => {
    if (fault.deniedUrl) throw new UpstreamUnavailableError('There are no AWS credentials');
    asked.push(body);
    return replies.shift() ?? { outcome: 'opened', position: { positionId: 'position-1' } };
  };
  const part = (kind: DeploymentPart['kind'], name: string, of: PartState = IN_ORDER): DeploymentPart => ({
    kind,
    name,
    id: name,
    state: of,
  });
  const raised: PartState = { kind: 'raised', sinceMs: null, text: '' };
  const deps: SmokeDeps = {
    clock,
    isInterrupted: () => clock.nowMs() >= (fault.interruptAtMs ?? Number.POSITIVE_INFINITY),
    store: {
      find,
      findIdByRequest: async (requestId) => (hasOpened() && requestId === lastOf() ? 'position-1' : undefined),
      listAttempts: async () => [{ intent: { side: 'SELL', orderHash: '0xsell' } }] as never,
      listTimeline: async () =>
        [{ event: { orderHash: '0xsell' }, evidence: { postedAtMs: EXIT_DUE_AT_MS + (postedAfterMs ?? 0) } }] as never,
    },
    openByUrl: open,
    openByInvoke: async () => ({
      outcome: 'already-requested',
      position: { positionId: fault.secondId ?? 'position-1' },
    }),
    requestExit: async (positionId) => void exits.push(positionId),
    hasTimer: async () => fault.hasTimer ?? false,
    ledger: { isSent: async () => fault.isSent ?? true },
    poison: {
      send: async (body) => void letters.add(body),
      find: async (body) =>
        letters.has(body) && fault.setAside !== null ? { errorName: fault.setAside ?? 'InvalidInputError' } : undefined,
      remove: async (body) => letters.delete(body),
    },
    deployment: {
      listParts: async () => {
        const messageCount = letters.size + (fault.newLetter && clock.nowMs() > EXIT_DUE_AT_MS ? 1 : 0);
        return [
          ...['state', 'trading', 'watch'].map((name) => part('stack', name, fault.stackState)),
          part('dead-letter-queue', 'ExitsDeadLetters', { kind: 'holds-messages', messageCount }),
          part('alarm', LETTERS, states.get(LETTERS) === 'ALARM' ? raised : IN_ORDER),
          part('alarm', FORCED),
        ];
      },
    },
    listStacks: async () =>
      (fault.commits ?? [COMMIT, COMMIT, COMMIT]).map((commit, index) => ({ name: `stack-${index}`, commit })),
    alarms: {
      find: async (name) => {
        const isRaised = name === LETTERS && letters.size > 1 && fault.doesNotRaise !== LETTERS;
        return { state: isRaised ? 'ALARM' : (states.get(name) ?? 'OK'), sinceMs: null };
      },
      force: async (name, to) => {
        forced.push(`${name} ${to}`);
        if (fault.doesNotRaise !== name) states.set(name, to);
      },
    },
    errorLog: {
      listErrors: async () => (fault.errors ?? []).map((text) => ({ logGroup: '/aws/lambda/sell', atMs: 0, text })),
    },
    askWhetherSeen: fault.isSeen === undefined ? null : async () => fault.isSeen === true,
    say: () => undefined,
  };
  const told: SmokeStep[] = [];
  const run = (changes: Partial<SmokeDeps> = {}) => {
    const command = { runId: 'smoke-1', commit: COMMIT, exitLeadMs: 120_000 };
    return clock.run(runSmoke({ ...deps, ...changes }, command, (step) => void told.push(step)));
  };
  return { run, deps, told, asked, exits, letters, forced, clock };
}

const NAMES = [
  ...['stacks', 'dead letters before', 'poison sent', 'opened', 'poison set aside', 'exit', 'end', 'timer gone'],
  ...['card', 'poison alarm', 'poison removed', 'alarm forced', 'dead letters after', 'error log'],
];
const INTERRUPTED = { status: 'skipped', found: 'interrupted', advice: null } as const;

const failuresOf = (steps: readonly SmokeStep[]) =>
  steps.filter(({ status }) => status === 'failed').map(({ name }) => name);

describe('runSmoke', () => {
  it('proves a deployment that works, and leaves nothing of its own', async () => {
    const { run, told, asked, letters, forced, exits } = aDeployment({ isSeen: true });
    const report = await run();
    expect(report.steps.map(({ name }) => name)).toEqual(NAMES);
    expect(told).toEqual(report.steps);
    expect(report.steps.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(report).toMatchObject({ isProven: true, positionId: 'position-1' });
    expect(asked).toEqual([
      expect.objectContaining({ mode: 'paper', exitLeadSeconds: 120, windowAt: WINDOW_STARTS_AT_MS, preset: 'none' }),
    ]);
    expect([...letters]).toEqual(['of another']);
    expect(forced).toEqual([`${FORCED} ALARM`, `${FORCED} OK`]);
    expect(exits).toEqual([]);
  });

  it.each<readonly [string, Fault, readonly string[]]>([
    ['a stack that is being changed', { stackState: { kind: 'changing', state: 'UPDATE_IN_PROGRESS' } }, ['stacks']],
    ['a stack at another commit', { commits: [COMMIT, 'b'.repeat(40), COMMIT] }, ['stacks']],
    ['a stack that names no commit', { commits: [COMMIT, COMMIT, null] }, ['stacks']],
    ['a stack of an unclean checkout', { commits: [COMMIT, COMMIT, `${COMMIT}-dirty`] }, ['stacks']],
    ['a second position for the same request', { secondId: 'position-2' }, ['opened']],
    ['an exit that is late', { postedAfterMs: 2_501 }, ['exit']],
    ['an exit that is early', { postedAfterMs: -1 }, ['exit']],
    ['an end other than a sale', { state: 'awaiting-resolution' }, ['end']],
    ['a timer that stays', { hasTimer: true }, ['timer gone']],
    ['a card that was not delivered', { isSent: false }, ['card']],
    ['poison that stopped the function', { setAside: 'ConfigError' }, ['poison set aside']],
    ['an alarm that is not raised by a dead letter', { doesNotRaise: LETTERS }, ['poison alarm']],
    ['an alarm that cannot be forced', { doesNotRaise: FORCED }, ['alarm forced']],
    ['a notice that did not reach the person', { isSeen: false }, ['alarm forced']],
    ['a new dead letter', { newLetter: true }, ['dead letters after']],
    ['an error in the logs', { errors: ['The exit failed'] }, ['error log']],
  ])('names %s, goes on, and cleans up', async (_name, fault, names) => {
    const { run, letters } = aDeployment(fault);
    const report = await run();
    expect(failuresOf(report.steps)).toEqual(names);
    expect(report.isProven).toBe(false);
    expect(report.steps.filter(({ status }) => status === 'failed').every(({ advice }) => advice !== null)).toBe(true);
    expect([...letters]).toEqual(['of another']);
  });

  it('proves what CloudFormation has put back, where the commit is the one that is asked for', async () => {
    const stackState: PartState = { kind: 'failing', reason: 'runs the release before' };
    expect(await aDeployment({ stackState }).run()).toMatchObject({ isProven: true });
    const another = await aDeployment({ stackState, commits: ['b'.repeat(40), COMMIT, COMMIT] }).run();
    expect(failuresOf(another.steps)).toEqual(['stacks']);
  });

  it('sells its position when the exit does not come, once the steps are over', async () => {
    const { run, exits } = aDeployment({ postedAfterMs: null });
    const report = await run();
    expect(failuresOf(report.steps)).toEqual(['exit', 'end']);
    expect(exits).toEqual(['position-1']);
  });

  it('never sells a position that is not on paper', async () => {
    const { run, exits } = aDeployment({ postedAfterMs: null, mode: 'live' });
    expect(failuresOf((await run()).steps)).toContain('opened');
    expect(exits).toEqual([]);
  });

  it('cleans up after an interruption, and proves nothing', async () => {
    const { run, letters, exits } = aDeployment({ interruptAtMs: STARTED_AT_MS + 30_000 });
    const report = await run();
    expect(report).toMatchObject({ isProven: false, isInterrupted: true });
    expect(exits).toEqual(['position-1']);
    expect([...letters]).toEqual(['of another']);
    expect(report.steps.find(({ name }) => name === 'exit')).toEqual({ name: 'exit', ...INTERRUPTED });
    expect(report.steps.at(-1)).toEqual({
      ...{ name: 'cleaned up', status: 'ok', advice: null },
      found: 'position-1 (paper) is being sold; by its own body; other dead letters were left',
    });
  });

  it('takes no step and leaves nothing when it is interrupted before the first', async () => {
    const calls: string[] = [];
    const { run, deps } = aDeployment({ interruptAtMs: STARTED_AT_MS });
    const remove = async (body: string) => {
      calls.push(body);
      return false;
    };
    const findIdByRequest = async (requestId: string) => {
      calls.push(requestId);
      return undefined;
    };
    const report = await run({ poison: { ...deps.poison, remove }, store: { ...deps.store, findIdByRequest } });
    expect(report).toEqual({
      ...{ isProven: false, isInterrupted: true, positionId: null },
      ...{ startedAtMs: STARTED_AT_MS, endedAtMs: STARTED_AT_MS },
      steps: NAMES.map((name) => ({ name, ...INTERRUPTED })),
    });
    expect(calls).toEqual([]);
  });

  it('proves nothing when its last step is interrupted', async () => {
    let isInterrupted = false;
    const { run, deps } = aDeployment();
    const listErrors = () => {
      isInterrupted = true;
      return Promise.reject(new SmokeInterrupted());
    };
    const report = await run({ errorLog: { listErrors }, isInterrupted: () => isInterrupted });
    expect(report).toMatchObject({ isProven: false, isInterrupted: true });
    expect(report.steps.at(-1)).toEqual({ name: 'error log', ...INTERRUPTED });
    expect(await deps.poison.remove('{"smoke":"smoke-1"}')).toBe(false);
  });

  it('takes no further step once it is interrupted between two', async () => {
    const { run, told } = aDeployment();
    const report = await run({ isInterrupted: () => told.length >= 3 });
    expect(report.steps.slice(0, 5).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'skipped', 'skipped']);
    expect(report.steps.at(-1)).toMatchObject({ name: 'cleaned up', status: 'ok' });
  });

  it('sets the forced alarm back after an interruption', async () => {
    const { run, forced } = aDeployment({ doesNotRaise: FORCED });
    const report = await run({ isInterrupted: () => forced.length > 0 });
    expect(forced).toEqual([`${FORCED} ALARM`, `${FORCED} OK`]);
    expect(report.steps.at(-1)).toEqual({
      ...{ name: 'cleaned up', status: 'ok', found: 'the forced alarm was set back to OK', advice: null },
    });
  });

  it('says what it could not clean up, and cleans up the rest', async () => {
    const { run, deps, exits } = aDeployment({ postedAfterMs: null });
    const report = await run({ poison: { ...deps.poison, remove: async () => false } });
    expect(exits).toEqual(['position-1']);
    expect(report.steps.at(-1)).toEqual({
      ...{ name: 'cleaned up', status: 'failed' },
      found: 'position-1 (paper) is being sold; it was not found to remove it',
      advice: 'Delete the message {"smoke":"smoke-1"} by hand. OPERATE.md, "Dead letters".',
    });
  });

  it('does not show the text of an error that is not its own', async () => {
    const openedBy = async (error: unknown) => {
      const report = await aDeployment().run({ openByUrl: () => Promise.reject(error) });
      return report.steps.find(({ name }) => name === 'opened')?.found;
    };
    expect(await openedBy(new TypeError('key 0xdeadbeef'))).toBe('the step failed (TypeError)');
    expect(await openedBy('key 0xdeadbeef')).toBe('the step failed (unknown)');
  });

  it('asks again under the same id when the market is not ready, or no answer came', async () => {
    const replies: OpeningReply[] = [
      { outcome: 'refused', code: 'market-not-ready', message: 'The market is not ready.' },
      { outcome: 'failed', code: 'not-known', message: 'No answer.', mayHaveOpened: true },
    ];
    const { run, asked } = aDeployment({ replies });
    expect((await run()).isProven).toBe(true);
    expect(asked.map(({ requestId }) => requestId)).toEqual(['smoke-1-0', 'smoke-1-0', 'smoke-1-0']);
  });

  it('waits for the next window when this one’s exit is near', async () => {
    const { run, asked, clock } = aDeployment();
    await clock.advanceTo(EXIT_DUE_AT_MS - 30_000);
    await run();
    expect(asked[0]?.windowAt).toBe(ENDS_AT_MS);
  });

  it('says what refused the opening, and takes the steps that need none', async () => {
    const refused: OpeningReply = {
      outcome: 'refused',
      code: 'day-loss-limit',
      message: 'The loss of the day is at its limit.',
    };
    const report = await aDeployment({ replies: [refused, refused] }).run();
    expect(failuresOf(report.steps)).toEqual(['opened']);
    expect(report.steps.find(({ name }) => name === 'opened')?.found).toContain('The loss of the day');
    expect(report.steps.find(({ name }) => name === 'exit')?.status).toBe('skipped');
    expect(report.steps.find(({ name }) => name === 'poison set aside')?.status).toBe('ok');
  });

  it('does not take an alarm for its own that was raised before', async () => {
    const report = await aDeployment({ raisedBefore: true }).run();
    expect(report.steps.find(({ name }) => name === 'poison alarm')?.status).toBe('skipped');
  });

  it('tells why a door cannot be used', async () => {
    const report = await aDeployment({ deniedUrl: true }).run();
    expect(report.steps.find(({ name }) => name === 'opened')).toMatchObject({
      status: 'failed',
      found: 'There are no AWS credentials',
    });
  });
});
