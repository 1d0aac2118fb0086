import type { DeploymentPart } from '#lib/ports/deployment.ts';
import type { AlarmControl } from '#lib/ports/smoke-probes.ts';
import { listParts, poisonBody } from './smoke-deployment.ts';
import {
  failed,
  passed,
  pollFor,
  type SmokeDeps,
  type SmokeFinding,
  SmokeInterrupted,
  type SmokeRun,
  skipped,
} from './smoke-step.ts';

/** The function sets it aside at once; a minute is for a cold start and a busy queue. */
const POISON_MS_MAX = 90_000;
/**
 * SQS reports to CloudWatch each minute, and up to a quarter of an hour late for a queue that was not used for hours.
 */
const ALARM_MS_MAX = 1_020_000;
const ALARM_POLL_MS = 10_000;
const FORCED_MS_MAX = 30_000;
/** What `sell` and `settle` cannot read (`error-policy`). */
const POISON_ERROR = 'InvalidInputError';
/** Its queue has the poison message. */
const POISON_ALARM = /^ExitDeadLetters/;
/** Evaluated each minute from a metric that every run of the sweep writes: it is measured again soon. */
const FORCED_ALARM = /^PositionOverdue/;

const DEAD_LETTERS = 'OPERATE.md, "Dead letters".';

export async function sendPoison(run: SmokeRun): Promise<SmokeFinding> {
  const { deps, traces } = run;
  const part = deps.alarms === null ? undefined : await findAlarm(deps, POISON_ALARM);
  traces.wasRaised = part?.state.kind === 'raised';
  traces.isPoisonSent = true;
  await deps.poison.send(poisonBody(run.command));
  return passed('a message that no function can read is in the exit queue');
}

export async function seePoison(run: SmokeRun): Promise<SmokeFinding> {
  const { deps } = run;
  const letter = await pollFor(deps, deps.clock.nowMs() + POISON_MS_MAX, () =>
    deps.poison.find(poisonBody(run.command)),
  );
  if (letter === undefined) {
    return failed(
      `it was not set aside within ${POISON_MS_MAX / 1_000} s`,
      `The event source of \`sell\` must be enabled (\`tminus doctor\`); then the log of \`sell\`. ${DEAD_LETTERS}`,
    );
  }
  if (letter.errorName === POISON_ERROR) return passed(`set aside by \`sell\` as ${POISON_ERROR}`);
  return failed(
    `in the dead letters, but as ${letter.errorName ?? 'delivered too often'} and not as ${POISON_ERROR}`,
    'The function failed before it read the message: its log, lines of level ERROR.',
  );
}

export async function seePoisonAlarm({ deps, traces }: SmokeRun): Promise<SmokeFinding> {
  const { alarms } = deps;
  if (alarms === null) return skipped('there are no alarms here');
  const part = await findAlarm(deps, POISON_ALARM);
  if (part === undefined) return failed('there is no alarm on the exit queue’s dead letters', REPAIR);
  if (traces.wasRaised) {
    return skipped(`${part.name} was raised before by other dead letters, so this one does not show`);
  }
  deps.say(
    `Waiting for the alarm ${part.name}: SQS reports by the minute, after hours of silence up to a quarter of an hour late.`,
  );
  const raised = await pollFor(
    deps,
    deps.clock.nowMs() + ALARM_MS_MAX,
    async () => ((await alarms.find(part.id))?.state === 'ALARM' ? true : undefined),
    ALARM_POLL_MS,
  );
  const afterSeconds = Math.round((deps.clock.nowMs() - traces.startedAtMs) / 1_000);
  if (raised) return passed(`${part.name} was raised, ${afterSeconds} s after the start`);
  return failed(`${part.name} was not raised within ${ALARM_MS_MAX / 60_000} min`, REPAIR);
}

const REPAIR = '`tminus doctor` shows the alarms; deploy the stage again with --revert-drift to restore them.';

export async function removePoison(run: SmokeRun): Promise<SmokeFinding> {
  const { deps, traces } = run;
  if (!traces.isPoisonSent) return skipped('none was sent');
  const removed = await pollFor(
    deps,
    deps.clock.nowMs() + POISON_MS_MAX,
    async () => (await deps.poison.remove(poisonBody(run.command))) || undefined,
  );
  if (!removed)
    return failed(
      'it was not found to remove it',
      `Delete the message ${poisonBody(run.command)} by hand. ${DEAD_LETTERS}`,
    );
  traces.isPoisonSent = false;
  return passed('by its own body; other dead letters were left');
}

/** Its notice travels the whole way to people, so people are asked. */
export async function forceAlarm(run: SmokeRun): Promise<SmokeFinding> {
  const { deps, traces, command } = run;
  const { alarms } = deps;
  if (alarms === null) return skipped('there are no alarms here');
  const part = await findAlarm(deps, FORCED_ALARM);
  const before = part && (await alarms.find(part.id));
  if (part === undefined || before === undefined) return failed('there is no alarm to force', REPAIR);
  if (before.state === 'ALARM')
    return failed(`${part.name} is raised already`, 'Read its text first: `tminus doctor`.');
  const forcedAtMs = deps.clock.nowMs();
  traces.forced = { alarmName: part.id, before: before.state };
  await alarms.force(part.id, 'ALARM', `Forced by a smoke test (${command.runId}): nothing is wrong`);
  const raised = await pollFor(
    deps,
    forcedAtMs + FORCED_MS_MAX,
    async () => (await wasRaised(alarms, part.id, forcedAtMs)) || undefined,
  );
  if (!raised) return failed(`${part.name} did not change its state`, REPAIR);
  const seen = deps.askWhetherSeen === null ? null : await deps.askWhetherSeen(part.name);
  const setBack = await restoreAlarm(run);
  if (deps.isInterrupted()) throw new SmokeInterrupted();
  if (seen === false)
    return failed(
      `${part.name} was forced, and its notice did not arrive`,
      'OPERATE.md, "No notifications" and "Discord not delivered".',
    );
  const notice = seen === null ? 'no one said whether its notice arrived' : 'its notice arrived';
  return passed(`${part.name} was raised by hand, and set back to ${setBack}; ${notice}`);
}

/** CloudWatch may have measured it again between our two looks. */
async function wasRaised(alarms: AlarmControl, alarmName: string, forcedAtMs: number): Promise<boolean> {
  const seen = await alarms.find(alarmName);
  return seen?.state === 'ALARM' || (seen?.sinceMs ?? 0) >= forcedAtMs;
}

export async function restoreAlarm({ deps, traces, command }: SmokeRun): Promise<string> {
  const { forced } = traces;
  if (forced === null || deps.alarms === null) return 'nothing';
  await deps.alarms.force(forced.alarmName, forced.before, `Set back by a smoke test (${command.runId})`);
  traces.forced = null;
  return forced.before;
}

async function findAlarm(deps: SmokeDeps, name: RegExp): Promise<DeploymentPart | undefined> {
  return (await listParts(deps)).find(
    (part) => part.kind === 'alarm' && name.test(part.name) && part.state.kind !== 'missing',
  );
}
