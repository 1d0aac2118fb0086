import type { Mode } from '#lib/domain/position/position.ts';
import type { Halt, RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { TminusError } from '#lib/errors/errors.ts';
import { type HaltDeps, haltAgain, haltOpenings, liftOwnHalt, type OwnHalt } from './own-halt.ts';
import { findSmokeLimit, type SmokeLimitsStore } from './smoke-limits.ts';
import { SmokeInterrupted } from './smoke-step.ts';
import { describe, type FlatDeps, flatDeadlineMs, waitUntilFlat } from './wait-until-flat.ts';

export type RolledOut =
  | { readonly outcome: 'deployed' }
  | { readonly outcome: 'failed' | 'interrupted'; readonly reason: string };

export type DeployDeps = Pick<FlatDeps, 'clock' | 'isInterrupted' | 'say'> & {
  /** The table of the deployed stage; null when it is not deployed yet: there is nothing to halt. */
  readonly store: (FlatDeps['store'] & HaltDeps['store'] & SmokeLimitsStore) | null;
  /** The commit of each stack now; null where it names none. */
  readonly listCommits: () => Promise<readonly (string | null)[]>;
  /** Deploys this checkout, or with a commit that release again. Never throws. */
  readonly rollOut: (commit: string | null) => Promise<RolledOut>;
  /** Proves what is deployed. `sentence` says what failed. Never throws. */
  readonly prove: (commit: string | null) => Promise<{ readonly isProven: boolean; readonly sentence: string }>;
};

export type DeployCommand = {
  /** Null when the checkout has none. */
  readonly commit: string | null;
  readonly halt: Halt;
  /** How long positions may take to the start of their exit. */
  readonly waitMs: number;
  /** Of the release that is deployed. */
  readonly limits: RiskLimits;
};

/**
 * - `deployed`: proven; openings are as before. - `restored`: the release before runs again, proven; openings are as
 *   before. - `given-up`: nothing was deployed; openings are as before. - `stopped`: the operator has to look; openings
 *   stay halted.
 */
export type DeployReport = {
  readonly outcome: 'deployed' | 'restored' | 'given-up' | 'stopped';
  readonly sentence: string;
  /** Modes that stay halted. */
  readonly halted: readonly Mode[];
};

/**
 * Halts, waits until nothing is left to sell, deploys, proves, and resumes; on failure the release before.
 * @throws StoreUnavailableError, UpstreamUnavailableError, ConfigError before anything was deployed
 */
export async function deployRelease(deps: DeployDeps, command: DeployCommand): Promise<DeployReport> {
  const { store } = deps;
  if (store === null) return firstDeployment(deps, command);
  const before = new Set(await deps.listCommits());
  const halts: HaltDeps = { store, nowMs: deps.clock.nowMs };
  const own = await haltOpenings(halts, command.halt);
  const run: Run = { deps, command, halts, own, before: before.size === 1 ? ([...before][0] ?? null) : null };
  try {
    const obstacle = await findObstacle(run, { ...deps, store });
    if (obstacle === null) return await replace(run);
    return report(run, 'given-up', `Nothing was deployed: ${obstacle}`, await liftOwnHalt(halts, own));
  } catch (error) {
    const why = error instanceof TminusError ? error.message : 'an unforeseen error';
    return stop(run, `The deployment was not finished (${why}): see \`tminus status\` and \`tminus doctor\`.`);
  }
}

async function replace(run: Run): Promise<DeployReport> {
  const { deps, command, halts, own } = run;
  const rolledOut = await deps.rollOut(null);
  if (rolledOut.outcome === 'interrupted') {
    return stop(
      run,
      'Interrupted while CloudFormation was at work, which goes on by itself: see `tminus doctor`, then deploy again.',
    );
  }
  const proof = rolledOut.outcome === 'deployed' ? await prove(run, command.commit) : null;
  if (proof?.isProven) {
    return report(run, 'deployed', `${name(command.commit)} is deployed and proven.`, await liftOwnHalt(halts, own));
  }
  return restore(run, proof === null ? `the deployment failed (${reasonOf(rolledOut)})` : proof.sentence);
}

type Run = {
  readonly deps: DeployDeps;
  readonly command: DeployCommand;
  readonly halts: HaltDeps;
  readonly own: OwnHalt;
  /** What all stacks were at; null when it cannot be deployed again by its name. */
  readonly before: string | null;
};

/** Without a table there is nothing to protect: a new stage has no position. */
async function firstDeployment(deps: DeployDeps, { commit }: DeployCommand): Promise<DeployReport> {
  const rolledOut = await deps.rollOut(null);
  if (rolledOut.outcome !== 'deployed') {
    return {
      outcome: 'stopped',
      halted: [],
      sentence: `The first deployment failed (${rolledOut.reason}): see the events of its stacks in CloudFormation, and deploy again.`,
    };
  }
  const { isProven, sentence } = await deps.prove(commit);
  if (isProven) return { outcome: 'deployed', halted: [], sentence: `${name(commit)} is deployed and proven.` };
  return {
    outcome: 'stopped',
    halted: [],
    sentence: `${name(commit)} is deployed for the first time and not proven: ${sentence} There is no release before it.`,
  };
}

/** Why nothing can be deployed now; null once nothing is left to sell. */
async function findObstacle(
  { command, own }: Run,
  deps: FlatDeps & { readonly store: SmokeLimitsStore },
): Promise<string | null> {
  const findLimit = (when: 'before-exits' | 'after-exits') =>
    findSmokeLimit(deps.store, command.limits, deps.clock.nowMs(), when);
  if (own.foreign.includes('paper')) {
    return 'paper openings were halted before (`tminus status` says by whom), and the smoke test opens on paper: `tminus resume --mode paper` first. Live openings may stay halted.';
  }
  try {
    const limit = await findLimit('before-exits');
    if (limit !== null) return limit;
    const flat = await waitUntilFlat(deps, flatDeadlineMs(deps.clock.nowMs(), command.waitMs));
    if (flat.outcome === 'flat') return await findLimit('after-exits');
    if (flat.corruptIds.length > 0) return `the rows of ${flat.corruptIds.join(', ')} cannot be read.`;
    return `${flat.positions.map(describe).join(', ')} would still be open: wait longer with --wait, or sell by \`tminus exit\`.`;
  } catch (error) {
    return error instanceof SmokeInterrupted ? 'interrupted.' : 'the open positions could not be read.';
  }
}

/** The paper halt is lifted for the test alone: live openings wait for its result. */
async function prove({ deps, halts, own }: Run, commit: string | null) {
  await liftOwnHalt(halts, own, ['paper']);
  const proof = await deps.prove(commit);
  if (!proof.isProven) await haltAgain(halts, own);
  return proof;
}

/** The whole release before, from its commit: functions, queues, alarms and rights together. */
async function restore(run: Run, why: string): Promise<DeployReport> {
  const { deps, command, before, halts, own } = run;
  if (deps.isInterrupted()) return stop(run, `Interrupted: ${why}`);
  if (before === null || before.endsWith('-dirty')) {
    return stop(
      run,
      `${capital(why)} The release before cannot be built again (${before === null ? 'its stacks name no single commit' : 'it came from an unclean checkout'}): mend the cause and deploy again, or deploy an earlier commit.`,
    );
  }
  if (before === command.commit)
    return stop(run, `${capital(why)} The release before was the same commit: mend the cause and deploy again.`);
  const hasLeft = (await deps.listCommits()).some((commit) => commit !== before);
  if (hasLeft) {
    deps.say(`${capital(why)} Deploying the release before, ${name(before)}.`);
    const rolledOut = await deps.rollOut(before);
    if (rolledOut.outcome !== 'deployed') {
      return stop(
        run,
        `${capital(why)} The release before, ${name(before)}, could not be deployed either (${rolledOut.reason}): see \`tminus doctor\`.`,
      );
    }
  }
  const { isProven, sentence } = await prove(run, before);
  if (!isProven)
    return stop(
      run,
      `${capital(why)} The release before, ${name(before)}, runs again and is not proven either: ${sentence}`,
    );
  return report(
    run,
    'restored',
    `${capital(why)} The release before, ${name(before)}, runs again and is proven.`,
    await liftOwnHalt(halts, own),
  );
}

function stop(run: Run, sentence: string): DeployReport {
  return report(run, 'stopped', sentence, run.own.modes);
}

function report(
  { own }: Run,
  outcome: DeployReport['outcome'],
  sentence: string,
  stillHalted: readonly Mode[],
): DeployReport {
  const halted = [...own.foreign, ...stillHalted];
  const openings =
    halted.length === 0 ? 'Openings are allowed.' : `Openings stay halted (${halted.join(' and ')}); exits go on.`;
  return { outcome, sentence: `${sentence} ${openings}`, halted };
}

const name = (commit: string | null): string => (commit === null ? 'This checkout' : `Commit ${commit.slice(0, 12)}`);
const reasonOf = (rolledOut: RolledOut): string => ('reason' in rolledOut ? rolledOut.reason : '');
const capital = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
