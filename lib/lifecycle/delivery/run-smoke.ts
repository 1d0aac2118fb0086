import { TminusError } from '#lib/errors/errors.ts';
import { forceAlarm, removePoison, restoreAlarm, seePoison, seePoisonAlarm, sendPoison } from './smoke-alarms.ts';
import { countLettersAfter, countLettersBefore, readErrors, seeStacks } from './smoke-deployment.ts';
import { openOnPaper, seeCard, seeEnd, seeExit, seeTimerGone, sellLeftovers } from './smoke-position.ts';
import {
  failed,
  passed,
  type SmokeCommand,
  type SmokeDeps,
  type SmokeFinding,
  SmokeInterrupted,
  type SmokeRun,
  type SmokeStep,
  skipped,
} from './smoke-step.ts';

export type SmokeReport = {
  /** No step failed, and none was left out because of an interruption. */
  readonly isProven: boolean;
  readonly isInterrupted: boolean;
  readonly positionId: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly steps: readonly SmokeStep[];
};

type Step = { readonly name: string; readonly take: (run: SmokeRun) => Promise<SmokeFinding> };

/** The poison goes first, because its alarm takes minutes; the position lives meanwhile. */
const STEPS: readonly Step[] = [
  { name: 'stacks', take: seeStacks },
  { name: 'dead letters before', take: countLettersBefore },
  { name: 'poison sent', take: sendPoison },
  { name: 'opened', take: openOnPaper },
  { name: 'poison set aside', take: seePoison },
  { name: 'exit', take: seeExit },
  { name: 'end', take: seeEnd },
  { name: 'timer gone', take: seeTimerGone },
  { name: 'card', take: seeCard },
  { name: 'poison alarm', take: seePoisonAlarm },
  { name: 'poison removed', take: removePoison },
  { name: 'alarm forced', take: forceAlarm },
  { name: 'dead letters after', take: countLettersAfter },
  { name: 'error log', take: readErrors },
];

/**
 * Proves a deployment from outside: one paper position, one poison message, one forced alarm. Every step is taken,
 * also after one that failed. What the run has left behind is removed at its end, whatever happened. Never throws.
 */
export async function runSmoke(
  deps: SmokeDeps,
  command: SmokeCommand,
  onStep: (step: SmokeStep) => void,
): Promise<SmokeReport> {
  const startedAtMs = deps.clock.nowMs();
  const traces = {
    startedAtMs,
    requestIds: [],
    positionId: null,
    isPoisonSent: false,
    wasRaised: false,
    forced: null,
    letters: new Map(),
  };
  const run: SmokeRun = { deps, command, traces };
  const steps: SmokeStep[] = [];
  const note = (name: string, finding: SmokeFinding): void => {
    const step = { name, ...finding };
    steps.push(step);
    onStep(step);
  };
  let isInterrupted = false;
  for (const { name, take } of STEPS) {
    isInterrupted ||= deps.isInterrupted();
    if (isInterrupted) note(name, skipped('interrupted'));
    else {
      const finding = await attempt(() => take(run));
      isInterrupted = finding === null;
      note(name, finding ?? skipped('interrupted'));
    }
  }
  const cleaned = await cleanUp(run);
  if (cleaned !== null) note('cleaned up', cleaned);
  const isProven = !isInterrupted && steps.every(({ status }) => status !== 'failed');
  return {
    isProven,
    isInterrupted,
    positionId: run.traces.positionId,
    startedAtMs,
    endedAtMs: deps.clock.nowMs(),
    steps,
  };
}

/** Null when the person interrupts. */
async function attempt(take: () => Promise<SmokeFinding>): Promise<SmokeFinding | null> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof SmokeInterrupted) return null;
    return failed(describe(error), 'Read what is missing above, mend it, and repeat the smoke test.');
  }
}

/** The suite's own errors hold no secret. Texts of other errors are not shown. */
function describe(error: unknown): string {
  if (error instanceof TminusError) return error.message;
  return `the step failed (${error instanceof Error ? error.name : 'unknown'})`;
}

/** What is still there after the last step, or after an interruption. Null when nothing is. */
async function cleanUp(run: SmokeRun): Promise<SmokeFinding | null> {
  // After an interruption as well; each part has a bound, and a second Ctrl-C ends the process.
  const patient: SmokeRun = { ...run, deps: { ...run.deps, isInterrupted: () => false } };
  const findings: SmokeFinding[] = [];
  if (run.traces.forced !== null) {
    findings.push(await settle(async () => passed(`the forced alarm was set back to ${await restoreAlarm(patient)}`)));
  }
  findings.push(
    await settle(async () => {
      const left = await sellLeftovers(patient);
      return left.length === 0 ? skipped('') : passed(`${left.join(', ')} (paper) is being sold`);
    }),
  );
  findings.push(await settle(() => removePoison(patient)));
  const told = findings.filter(({ status }) => status !== 'skipped');
  if (told.length === 0) return null;
  const found = told.map((finding) => finding.found).join('; ');
  const advice = told.flatMap((finding) => finding.advice ?? []).join(' ');
  return told.some(({ status }) => status === 'failed') ? failed(found, advice) : passed(found);
}

async function settle(take: () => Promise<SmokeFinding>): Promise<SmokeFinding> {
  return (await attempt(take)) ?? failed('interrupted', 'Look at what the steps above say they left.');
}
