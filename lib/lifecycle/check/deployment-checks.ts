import type { Clock } from '#lib/ports/clock.ts';
import type { Deployment } from '#lib/ports/deployment.ts';
import { type Finding, ok, type PlannedCheck, warning } from './check.ts';
import { planPartChecks } from './part-checks.ts';

export type DeploymentCheckDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly deployment: Deployment;
  /** When a timer last fired, by the table; null when it has no such record. */
  readonly findLastTimerMs: () => Promise<number | null>;
};

/** A new account has ten. Exits share them with the other functions of the account. */
const CONCURRENCY_MIN = 50;
/** The canary runs every five minutes: three in a row without a timer. */
const TIMER_SILENCE_MS_MAX = 900_000;

const UNREAD =
  'Check the credentials and the region of AWS (AWS_PROFILE, AWS_REGION), and that they may read the stack.';

export function planDeploymentChecks(deps: DeploymentCheckDeps): readonly PlannedCheck[] {
  const { deployment } = deps;
  const soft = { isHard: false, whenUnread: 'warning', adviceWhenUnread: UNREAD } as const;
  return [
    ...planPartChecks(deployment),
    {
      name: 'concurrency',
      ...soft,
      run: async (untilMs) => judgeConcurrency(await deployment.getConcurrency(untilMs)),
    },
    {
      name: 'timer',
      ...soft,
      run: async () => judgeTimer(await deps.findLastTimerMs(), deps.clock.nowMs()),
    },
  ];
}

function judgeConcurrency(concurrency: number | null): Finding {
  if (concurrency === null) return ok('no limit here');
  const found = `the account may run ${concurrency} functions at once`;
  if (concurrency >= CONCURRENCY_MIN) return ok(found);
  return warning(
    found,
    'Ask AWS for more (Service Quotas, Lambda, concurrent executions): exits due at the same second wait for each other.',
  );
}

function judgeTimer(lastMs: number | null, nowMs: number): Finding {
  if (lastMs === null) {
    return warning(
      'no timer has woken a canary yet',
      'Wait for the first one, some ten minutes after a deployment. The local stack sends none.',
    );
  }
  const agoMs = Math.max(nowMs - lastMs, 0);
  const found = `the last one fired ${Math.round(agoMs / 60_000)} min ago`;
  if (agoMs <= TIMER_SILENCE_MS_MAX) return ok(found);
  return warning(
    found,
    'Look at the canary and at the dead letters of the timers (OPERATE.md, Canary silent or late). Meanwhile the sweep starts exits, up to a minute late.',
  );
}
