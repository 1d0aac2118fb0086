import { describe, expect, it } from 'vitest';
import { MODES, type Mode, type Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS, type Halt } from '#lib/domain/position/risk-limits.ts';
import type { TightenedLimits } from '#lib/domain/position/tightened-limits.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { type DeployDeps, deployRelease, type RolledOut } from '#lib/lifecycle/delivery/deploy-release.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const NEW = 'b'.repeat(40);
const OLD = 'a'.repeat(40);
const STARTED_AT_MS = 1_773_307_210_000;
const OWN: Halt = { sinceMs: STARTED_AT_MS, by: 'bob', reason: `deploying ${NEW}` };
const FOREIGN: Halt = { sinceMs: 1, by: 'alice', reason: 'incident' };
const DEPLOYED: RolledOut = { outcome: 'deployed' };
const FAILED: RolledOut = { outcome: 'failed', reason: 'cdk ended with code 1' };

type World = {
  readonly halts?: Partial<Record<Mode, Halt>>;
  readonly open?: (nowMs: number) => readonly Position[];
  readonly corruptIds?: readonly string[];
  readonly rollOuts?: readonly RolledOut[];
  readonly proofs?: readonly boolean[];
  readonly deployed?: readonly (string | null)[];
  /** CloudFormation put the stacks back by itself, or some of them. */
  readonly rollsBack?: boolean | readonly string[];
  readonly isNew?: boolean;
  readonly interruptAtMs?: number;
  readonly isInterruptedBy?: 'proof';
  readonly commit?: string | null;
  /** Another operator halts while the release is being proven. */
  readonly haltedMeanwhile?: Halt;
  readonly failsToHalt?: Mode;
  readonly failsAfterRollOut?: boolean;
  readonly dayLossMicros?: bigint;
  readonly exposureMicros?: bigint;
  readonly tightened?: TightenedLimits | 'unreadable';
};

async function deploy(world: World = {}) {
  const clock = createFakeClock(STARTED_AT_MS);
  const halts: Record<Mode, Halt | null> = { paper: world.halts?.paper ?? null, live: world.halts?.live ?? null };
  const done: string[] = [];
  const said: string[] = [];
  const told: string[] = [];
  const rollOuts = [...(world.rollOuts ?? [DEPLOYED, DEPLOYED])];
  const proofs = [...(world.proofs ?? [true, true])];
  let deployed: readonly (string | null)[] = world.deployed ?? [OLD, OLD, OLD];
  const openNow = () => world.open?.(clock.nowMs()) ?? [];
  const deps: DeployDeps = {
    clock,
    isInterrupted: () =>
      clock.nowMs() >= (world.interruptAtMs ?? Number.POSITIVE_INFINITY) ||
      (world.isInterruptedBy === 'proof' && done.length > 1),
    say: (text) => void said.push(text),
    store: world.isNew
      ? null
      : {
          listDue: async () => openNow().map(({ positionId }) => positionId),
          listClosed: async () => ({ positionIds: [] }),
          findMany: async () => ({ positions: openNow(), corruptIds: world.corruptIds ?? [] }),
          getAccount: async (mode) => ({
            mode,
            openCount: 0,
            exposureMicros: world.exposureMicros ?? 0n,
            dayLossMicros: world.dayLossMicros ?? 0n,
            halt: halts[mode],
          }),
          findTightened: async () => {
            if (world.tightened === 'unreadable') throw new CorruptRowError('A row cannot be read');
            return world.tightened;
          },
          setHalt: async (mode, halt, resumed) => {
            if (halt === null) told.push(`${mode} by ${resumed?.by} (${resumed?.reason})`);
            const isLost = world.failsAfterRollOut && done.length > 0;
            // A write whose answer was lost may have been made.
            if (!isLost) halts[mode] = halt;
            if (isLost || (mode === world.failsToHalt && halt !== null)) {
              throw new StoreUnavailableError('The table did not answer');
            }
          },
        },
    listCommits: async () => deployed,
    rollOut: async (commit) => {
      done.push(
        `roll out ${commit ?? 'this'}${MODES.every((mode) => halts[mode] !== null) || world.isNew ? '' : ' UNHALTED'}`,
      );
      const result = rollOuts.shift() ?? DEPLOYED;
      const { rollsBack = false } = world;
      if (rollsBack === false || result.outcome !== 'failed') deployed = deployed.map(() => commit ?? NEW);
      else if (rollsBack !== true) deployed = rollsBack;
      return result;
    },
    prove: async (commit) => {
      done.push(
        `prove ${commit}, ${halts.paper === null ? 'paper open' : 'paper halted'}, ${halts.live === null ? 'live open' : 'live halted'}`,
      );
      if (world.haltedMeanwhile) halts.live = world.haltedMeanwhile;
      return { isProven: proofs.shift() ?? true, sentence: 'Not proven: exit failed.' };
    },
  };
  const { commit = NEW } = world;
  const command = { commit, halt: OWN, waitMs: 600_000, limits: DEFAULT_RISK_LIMITS };
  let error: unknown;
  const report = await clock.run(
    deployRelease(deps, command).catch((reason: unknown) => {
      error = reason;
    }),
  );
  return { report, error, halts, done, said, told, clock };
}

const holding = (changes: Partial<Position> = {}) =>
  aPosition({
    state: 'holding',
    positionId: 'position-1',
    marketEndsAtMs: STARTED_AT_MS + 290_000,
    ...(changes as object),
  });

describe('deployRelease', () => {
  it('halts, deploys, proves with paper allowed and live still halted, and resumes', async () => {
    const { report, halts, done, told } = await deploy();
    const sentence = 'Commit bbbbbbbbbbbb is deployed and proven. Openings are allowed.';
    expect(report).toEqual({ outcome: 'deployed', halted: [], sentence });
    expect(told).toEqual(MODES.map((mode) => `${mode} by bob (deploying ${NEW})`));
    expect(done).toEqual(['roll out this', `prove ${NEW}, paper open, live halted`]);
    expect(halts).toEqual({ paper: null, live: null });
  });

  it('names a checkout without a commit', async () => {
    const { report } = await deploy({ commit: null });
    expect(report?.sentence).toBe('This checkout is deployed and proven. Openings are allowed.');
  });

  it('does not wait for exits when a limit would refuse the smoke test after them as well', async () => {
    const { report, clock } = await deploy({ open: () => [holding()], dayLossMicros: 200_000_000n });
    expect(report?.sentence).toMatch(/^Nothing was deployed: paper limits \(day-loss-limit\)/);
    expect(clock.nowMs()).toBe(STARTED_AT_MS);
  });

  it('waits for positions whose exit is due, and says for which', async () => {
    const soldAtMs = STARTED_AT_MS + 175_000;
    const { report, said, clock, done } = await deploy({ open: (nowMs) => (nowMs < soldAtMs ? [holding()] : []) });
    expect(report?.outcome).toBe('deployed');
    expect(said).toEqual([expect.stringMatching(/^Waiting for position-1 \(paper, holding, exit at /)]);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(soldAtMs);
    expect(done).toHaveLength(2);
  });

  it('does not wait for what only awaits the result of its market', async () => {
    const { report } = await deploy({ open: () => [aPosition({ state: 'awaiting-resolution' })] });
    expect(report?.outcome).toBe('deployed');
  });

  it.each<readonly [string, World, RegExp]>([
    [
      'an exit is due too late',
      { open: () => [holding({ marketEndsAtMs: STARTED_AT_MS + 86_400_000 })] },
      /position-1 .*--wait/,
    ],
    ['a position is never sold', { open: () => [holding()] }, /position-1 .*would still be open/],
    ['a row cannot be read', { corruptIds: ['position-9'], open: () => [holding()] }, /position-9 cannot be read/],
    ['it is interrupted', { open: () => [holding()], interruptAtMs: STARTED_AT_MS + 20_000 }, /interrupted/],
    ['paper has lost what it may in a day', { dayLossMicros: 200_000_000n }, /day-loss-limit.*midnight UTC/],
    ['paper has no room left when all is sold', { exposureMicros: 995_000_000n }, /exposure-limit/],
    [
      'limits are tightened below the smoke test',
      { tightened: { atMs: 1, by: 'alice', reason: null, limits: { budgetMicrosMax: 3_000_000n } } },
      /budget-above-limit.*limits reset --mode paper/,
    ],
    ['the tightened limits cannot be read', { tightened: 'unreadable' }, /cannot be read.*limits reset --mode paper/],
    ['paper was halted before', { halts: { paper: FOREIGN } }, /resume --mode paper/],
  ])('deploys nothing when %s, and leaves the halts as they were', async (_name, world, words) => {
    const { report, halts, done } = await deploy(world);
    expect(report?.outcome).toBe('given-up');
    expect(report?.sentence).toMatch(words);
    expect(done).toEqual([]);
    expect(halts).toEqual({ paper: null, live: null, ...world.halts });
  });

  it('leaves a halt of another operator, with its words', async () => {
    const { report, halts } = await deploy({ halts: { live: FOREIGN } });
    expect(report).toMatchObject({ outcome: 'deployed', halted: ['live'] });
    expect(report?.sentence).toContain('stay halted (live)');
    expect(halts).toEqual({ paper: null, live: FOREIGN });
  });

  it('leaves a halt that was set while it ran', async () => {
    const { report, halts } = await deploy({ haltedMeanwhile: FOREIGN });
    expect(report?.halted).toEqual(['live']);
    expect(halts.live).toEqual(FOREIGN);
  });

  it('deploys the release before when the new one is not proven, and resumes once that is', async () => {
    const { report, halts, done, said } = await deploy({ proofs: [false, true] });
    expect(done).toEqual([
      'roll out this',
      `prove ${NEW}, paper open, live halted`,
      `roll out ${OLD}`,
      `prove ${OLD}, paper open, live halted`,
    ]);
    expect(report?.outcome).toBe('restored');
    expect(report?.sentence).toBe(
      'Not proven: exit failed. The release before, Commit aaaaaaaaaaaa, runs again and is proven. Openings are allowed.',
    );
    expect(said).toEqual(['Not proven: exit failed. Deploying the release before, Commit aaaaaaaaaaaa.']);
    expect(halts).toEqual({ paper: null, live: null });
  });

  it('deploys nothing again when CloudFormation has put all stacks back, and proves them', async () => {
    const { report, done } = await deploy({ rollOuts: [FAILED], rollsBack: true });
    expect(done).toEqual(['roll out this', `prove ${OLD}, paper open, live halted`]);
    expect(report?.outcome).toBe('restored');
    expect(report?.sentence).toMatch(/^The deployment failed \(cdk ended with code 1\)\. /);
  });

  it('deploys the release before when CloudFormation has put some stacks back only', async () => {
    const { report, done } = await deploy({ rollOuts: [FAILED], rollsBack: [OLD, NEW, OLD] });
    expect(done).toEqual(['roll out this', `roll out ${OLD}`, `prove ${OLD}, paper open, live halted`]);
    expect(report?.outcome).toBe('restored');
  });

  it.each<readonly [string, World, RegExp]>([
    ['it is interrupted in the proof', { proofs: [false], isInterruptedBy: 'proof' }, /^Interrupted: Not proven: exit/],
    ['the release before is not proven either', { proofs: [false, false] }, /not proven either/],
    [
      'the release before cannot be deployed',
      { proofs: [false], rollOuts: [DEPLOYED, FAILED] },
      /could not be deployed either/,
    ],
    [
      'the stacks named no commit',
      { proofs: [false], deployed: [null, null, null] },
      /\(its stacks name no single commit\)/,
    ],
    [
      'the stacks were at several commits',
      { proofs: [false], deployed: [OLD, NEW, OLD] },
      /\(its stacks name no single commit\)/,
    ],
    ['the release before was unclean', { proofs: [false], deployed: [`${OLD}-dirty`, `${OLD}-dirty`] }, /unclean/],
    ['it was the same commit', { proofs: [false], deployed: [NEW, NEW] }, /same commit/],
    [
      'it is interrupted in CloudFormation',
      { rollOuts: [{ outcome: 'interrupted', reason: 'interrupted' }] },
      /goes on by itself/,
    ],
  ])('keeps its halt when %s', async (_name, world, words) => {
    const { report, halts } = await deploy(world);
    expect(report).toMatchObject({ outcome: 'stopped', halted: ['paper', 'live'] });
    expect(report?.sentence).toMatch(words);
    expect(report?.sentence).toMatch(/Openings stay halted \(paper and live\); exits go on\.$/);
    expect(halts).toEqual({ paper: OWN, live: OWN });
  });

  it('halts nothing when the second halt could not be written', async () => {
    const { halts, done, error } = await deploy({ failsToHalt: 'live' });
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(halts).toEqual({ paper: null, live: null });
    expect(done).toEqual([]);
  });

  it('says that it was not finished when the table stops answering, and lifts nothing', async () => {
    const { report, halts } = await deploy({ failsAfterRollOut: true });
    expect(report).toMatchObject({ outcome: 'stopped', halted: ['paper', 'live'] });
    expect(report?.sentence).toMatch(/not finished \(The table did not answer\).*tminus status/);
    expect(halts).toEqual({ paper: OWN, live: OWN });
  });

  it('deploys a stage for the first time, with nothing to halt', async () => {
    const { report } = await deploy({ isNew: true, deployed: [] });
    const sentence = 'Commit bbbbbbbbbbbb is deployed and proven.';
    expect(report).toEqual({ outcome: 'deployed', halted: [], sentence });
    const failed = await deploy({ isNew: true, deployed: [], rollOuts: [FAILED] });
    expect(failed.report).toMatchObject({ outcome: 'stopped', halted: [] });
    expect(failed.done).toEqual(['roll out this']);
    const unproven = await deploy({ isNew: true, deployed: [], proofs: [false] });
    expect(unproven.report).toEqual({
      ...{ outcome: 'stopped', halted: [] },
      sentence:
        'Commit bbbbbbbbbbbb is deployed for the first time and not proven: Not proven: exit failed. There is no release ' +
        'before it.',
    });
  });
});
