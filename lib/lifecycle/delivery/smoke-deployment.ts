import type { Deployment, DeploymentPart } from '#lib/ports/deployment.ts';
import {
  failed,
  passed,
  pollFor,
  type SmokeCommand,
  type SmokeDeps,
  type SmokeFinding,
  type SmokeRun,
  skipped,
  waitUntil,
} from './smoke-step.ts';

const READ_MS = 20_000;
/** SQS counts approximately, and up to a minute late. */
const COUNT_MS_MAX = 120_000;
/** Until CloudWatch Logs shows a line that was just written. */
const INGESTION_MS = 10_000;
const SHOWN_LINES_MAX = 3;
const LINE_LENGTH_MAX = 160;

/** Every stack is complete, and at the commit that is to be proven. */
export async function seeStacks({ deps, command }: SmokeRun): Promise<SmokeFinding> {
  if (deps.listStacks === null) return skipped('there are no stacks here');
  const stacks = (await listParts(deps)).filter(({ kind }) => kind === 'stack');
  // CloudFormation's own rollback is complete, and CDK does not touch such a stack again: its commit decides.
  const isOld = ({ state }: DeploymentPart): boolean => state.kind === 'failing' && command.commit !== null;
  const faulty = stacks.filter((stack) => stack.state.kind !== 'in-order' && !isOld(stack));
  if (stacks.length === 0 || faulty.length > 0) {
    const texts = faulty.map(({ name, state }) => `${name} ${describeState(state)}`);
    return failed(texts.join('; ') || 'no stack was found', '`tminus doctor` says what is wrong with them.');
  }
  return compareCommits(await deps.listStacks(), command);
}

function compareCommits(
  stacks: Awaited<ReturnType<NonNullable<SmokeDeps['listStacks']>>>,
  { commit }: SmokeCommand,
): SmokeFinding {
  const seen = [...new Set(stacks.map((stack) => stack.commit))];
  const names = stacks.map((stack) => `${stack.name} at ${short(stack.commit)}`).join(', ');
  if (commit === null)
    return passed(`${stacks.length} complete: ${names}; this checkout has no commit to compare with`);
  const others = stacks.filter((stack) => !isSameCommit(stack.commit, commit));
  if (others.length === 0) return passed(`${stacks.length} complete, all at ${short(stacks[0]?.commit ?? null)}`);
  const isOne = seen.length === 1;
  return failed(
    `${isOne ? `all at ${short(seen[0] ?? null)}` : names}, and this checkout is ${short(commit)}`,
    'Deploy this commit (`tminus deploy`), check out the one that is deployed, or name it with --commit.',
  );
}

/** A name may be cut, as git does; a changed tree is another release. */
function isSameCommit(deployed: string | null, named: string): boolean {
  if (deployed === named) return true;
  if (deployed === null || !/^[0-9a-f]{40}$/.test(deployed)) return false;
  return /^[0-9a-f]{7,39}$/.test(named) && deployed.startsWith(named);
}

/** No function can read it. */
export const poisonBody = ({ runId }: SmokeCommand): string => JSON.stringify({ smoke: runId });

const short = (commit: string | null): string => {
  if (commit === null) return 'no commit';
  const dirty = commit.endsWith('-dirty') ? '-dirty' : '';
  return `${commit.replace(/-dirty$/, '').slice(0, 12)}${dirty}`;
};

export function listParts({
  deployment,
  clock,
}: Pick<SmokeDeps, 'deployment' | 'clock'>): ReturnType<Deployment['listParts']> {
  return deployment.listParts(clock.nowMs() + READ_MS);
}

function describeState(state: DeploymentPart['state']): string {
  switch (state.kind) {
    case 'missing':
      return 'does not exist';
    case 'changing':
      return `is ${state.state}`;
    case 'unread':
      return `could not be read: ${state.missingRight === null ? state.reason : `${state.missingRight} is missing`}`;
    case 'failing':
    case 'broken':
      return state.reason;
    default:
      return state.kind;
  }
}

type Letters = { readonly counts: ReadonlyMap<string, number>; readonly unread: readonly string[] };

async function countLetters(deps: SmokeDeps): Promise<Letters> {
  const queues = (await listParts(deps)).filter(
    ({ kind, state }) => kind === 'dead-letter-queue' || (kind === 'queue' && state.kind === 'unread'),
  );
  const counts = queues.map(
    ({ name, state }) => [name, state.kind === 'holds-messages' ? state.messageCount : 0] as const,
  );
  const unread = queues.filter(({ state }) => state.kind !== 'in-order' && state.kind !== 'holds-messages');
  return { counts: new Map(counts), unread: unread.map(({ name, state }) => `${name} ${describeState(state)}`) };
}

/** What lies there already is not this run's, and is left alone. */
export async function countLettersBefore({ deps, traces }: SmokeRun): Promise<SmokeFinding> {
  const { counts, unread } = await countLetters(deps);
  traces.letters = counts;
  if (unread.length > 0)
    return failed(unread.join('; '), 'The right sqs:GetQueueAttributes; then repeat the smoke test.');
  const held = [...counts].filter(([, count]) => count > 0);
  const found = held.length === 0 ? 'none' : `${listCounts(held)}: not this run’s, and left alone`;
  return passed(`${found} (${counts.size} queues)`);
}

const listCounts = (held: readonly (readonly [string, number])[]): string =>
  held.map(([name, count]) => `${count} in ${name}`).join(', ');

export async function countLettersAfter({ deps, traces, command }: SmokeRun): Promise<SmokeFinding> {
  let more: readonly (readonly [string, number])[] = [];
  const settled = await pollFor(
    deps,
    deps.clock.nowMs() + COUNT_MS_MAX,
    async () => {
      const { counts } = await countLetters(deps);
      more = [...counts].filter(([name, count]) => count > (traces.letters.get(name) ?? 0));
      if (more.length === 0) return true;
      // A message that was delivered twice is set aside twice, the second time perhaps just now.
      await deps.poison.remove(poisonBody(command));
      return undefined;
    },
    COUNT_MS_MAX / 12,
  );
  if (settled) return passed('no new ones');
  return failed(
    `new ones: ${listCounts(more)}`,
    'OPERATE.md, "Dead letters", says what is in each queue and what to do.',
  );
}

/** A canary runs meanwhile: its errors count as well. */
export async function readErrors({ deps, traces }: SmokeRun): Promise<SmokeFinding> {
  const { errorLog, clock } = deps;
  if (errorLog === null) return skipped('there are no logs to read here');
  await waitUntil(deps, clock.nowMs() + INGESTION_MS);
  const errors = await errorLog.listErrors(traces.startedAtMs);
  if (errors.length === 0) return passed('no error since the start');
  const shown = errors
    .slice(0, SHOWN_LINES_MAX)
    .map(({ logGroup, text }) => `${logGroup.split('/').at(-1)}: ${text.slice(0, LINE_LENGTH_MAX)}`);
  return failed(
    `${errors.length} error ${errors.length === 1 ? 'line' : 'lines'}: ${shown.join(' | ')}`,
    'OPERATE.md, "Function errors and throttles". The lines have position and commit.',
  );
}
