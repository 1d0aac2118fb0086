import type { SmokeCommand, SmokeDeps, SmokeRun, SmokeTraces } from '#lib/lifecycle/delivery/smoke-step.ts';
import type { DeploymentPart, PartState } from '#lib/ports/deployment.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';

export const SMOKE_WINDOW_STARTS_AT_MS = 1_773_307_200_000;
export const SMOKE_STARTED_AT_MS = SMOKE_WINDOW_STARTS_AT_MS + 10_000;
export const IN_ORDER: PartState = { kind: 'in-order', remark: null };

export const aPart = (kind: DeploymentPart['kind'], name: string, state: PartState = IN_ORDER): DeploymentPart => ({
  kind,
  name,
  id: `${name}-id`,
  state,
});

type Of = {
  readonly deps?: (clock: FakeClock) => Partial<SmokeDeps>;
  readonly traces?: Partial<SmokeTraces>;
  readonly command?: Partial<SmokeCommand>;
};

/** One step's run against a deployment that has nothing but what is given. */
export function aSmokeRun({ deps, traces, command }: Of = {}) {
  const clock = createFakeClock(SMOKE_STARTED_AT_MS);
  const said: string[] = [];
  const run: SmokeRun = {
    deps: {
      clock,
      isInterrupted: () => false,
      store: {
        find: async () => undefined,
        findIdByRequest: async () => undefined,
        listAttempts: async () => [],
        listTimeline: async () => [],
      },
      openByUrl: null,
      openByInvoke: async () => ({ outcome: 'failed', code: 'none', message: 'No function.', mayHaveOpened: false }),
      requestExit: async () => undefined,
      hasTimer: async () => false,
      ledger: null,
      poison: { send: async () => undefined, find: async () => undefined, remove: async () => false },
      deployment: { listParts: async () => [] },
      listStacks: null,
      alarms: null,
      errorLog: null,
      askWhetherSeen: null,
      say: (text) => void said.push(text),
      ...deps?.(clock),
    },
    command: { runId: 'smoke-1', commit: 'a'.repeat(40), exitLeadMs: 120_000, ...command },
    traces: {
      startedAtMs: SMOKE_STARTED_AT_MS,
      requestIds: [],
      positionId: null,
      isPoisonSent: false,
      wasRaised: false,
      forced: null,
      letters: new Map(),
      ...traces,
    },
  };
  return { run, clock, said, passedMs: () => clock.nowMs() - SMOKE_STARTED_AT_MS };
}
