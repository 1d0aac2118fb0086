import type { Clock } from '#lib/ports/clock.ts';
import type { Deployment } from '#lib/ports/deployment.ts';
import type {
  AlarmControl,
  AlarmState,
  DeployedStack,
  ErrorLog,
  OpeningDoor,
  PoisonMessage,
} from '#lib/ports/smoke-probes.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type SmokeDeps = {
  readonly clock: Clock;
  readonly isInterrupted: () => boolean;
  readonly store: Pick<PositionStore, 'find' | 'findIdByRequest' | 'listAttempts' | 'listTimeline'>;
  /** By the function URL, signed; null where the deployment has none. */
  readonly openByUrl: OpeningDoor | null;
  readonly openByInvoke: OpeningDoor;
  readonly requestExit: (positionId: string) => Promise<void>;
  readonly hasTimer: (positionId: string) => Promise<boolean>;
  /** Null where no function delivers notices. */
  readonly ledger: Pick<NoticeLedger, 'isSent'> | null;
  readonly poison: PoisonMessage;
  readonly deployment: Pick<Deployment, 'listParts'>;
  /** Null where there are no stacks, as on one machine. The same for alarms and logs. */
  readonly listStacks: (() => Promise<readonly DeployedStack[]>) | null;
  readonly alarms: AlarmControl | null;
  readonly errorLog: ErrorLog | null;
  /**
   * Asks the person at the terminal whether the notice of this alarm arrived; null when no answer came. Null where
   * there is no one to ask.
   */
  readonly askWhetherSeen: ((alarmName: string) => Promise<boolean | null>) | null;
  /** A line for people, before a wait. */
  readonly say: (text: string) => void;
};

export type SmokeCommand = {
  /** Begins every request id, and is the body of the poison message. Unique to this run. */
  readonly runId: string;
  /** The commit that every stack should be at; null when it is not known, and nothing is compared. */
  readonly commit: string | null;
  readonly exitLeadMs: number;
};

/** `skipped`: the deployment has no such part, or an earlier step did not bring what this one looks at. */
export type SmokeStatus = 'ok' | 'failed' | 'skipped';
export type SmokeFinding = { readonly status: SmokeStatus; readonly found: string; readonly advice: string | null };
export type SmokeStep = SmokeFinding & { readonly name: string };

/** What the run has left behind so far, written down before it is done. */
export type SmokeTraces = {
  readonly startedAtMs: number;
  readonly requestIds: string[];
  positionId: string | null;
  isPoisonSent: boolean;
  /** The alarm on the exit queue's dead letters, before the run. */
  wasRaised: boolean;
  forced: { readonly alarmName: string; readonly before: AlarmState } | null;
  /** Messages in each dead-letter queue before the run. */
  letters: ReadonlyMap<string, number>;
};

export type SmokeRun = { readonly deps: SmokeDeps; readonly command: SmokeCommand; readonly traces: SmokeTraces };

export const passed = (found: string): SmokeFinding => ({ status: 'ok', found, advice: null });
export const failed = (found: string, advice: string): SmokeFinding => ({ status: 'failed', found, advice });
export const skipped = (found: string): SmokeFinding => ({ status: 'skipped', found, advice: null });

/** Ends the step that waits; what comes after it is not run. */
export class SmokeInterrupted extends Error {
  override readonly name = 'SmokeInterrupted';
}

const POLL_MS = 1_000;

export type Waiting = Pick<SmokeDeps, 'clock' | 'isInterrupted'>;

/** The first answer that is not undefined, or undefined once `untilMs` has passed. @throws SmokeInterrupted */
export async function pollFor<Answer>(
  waiting: Waiting,
  untilMs: number,
  look: () => Promise<Answer | undefined>,
  pollMs: number = POLL_MS,
): Promise<Answer | undefined> {
  for (;;) {
    if (waiting.isInterrupted()) throw new SmokeInterrupted();
    const answer = await look();
    if (answer !== undefined) return answer;
    const nowMs = waiting.clock.nowMs();
    if (nowMs >= untilMs) return undefined;
    await waitUntil(waiting, Math.min(nowMs + pollMs, untilMs));
  }
}

/** In pauses of a second, so that an interruption is noticed. @throws SmokeInterrupted */
export async function waitUntil({ clock, isInterrupted }: Waiting, atMs: number): Promise<void> {
  for (let nowMs = clock.nowMs(); nowMs < atMs; nowMs = clock.nowMs()) {
    if (isInterrupted()) throw new SmokeInterrupted();
    await clock.sleepUntil(Math.min(nowMs + POLL_MS, atMs), 'rough');
  }
}
