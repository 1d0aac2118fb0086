import type { Alert } from '#lib/domain/news/alert.ts';
import type { OperatorAction } from '#lib/domain/news/operator-action.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { WakeMessage } from './exit-queue.ts';

/** Where a message ends that could not be handled. Without Discord there is no `discord`. */
export const DEAD_LETTER_QUEUES = ['exits', 'settlements', 'timers', 'news', 'discord', 'failed-events'] as const;
export type DeadLetterQueue = (typeof DEAD_LETTER_QUEUES)[number];

/** The attribute of a message that was replayed. */
export const REPLAY_COUNT = 'replayCount';

/** A place in the table's stream: all that Lambda keeps of a batch it gave up. */
export type StreamBatch = {
  readonly streamArn: string;
  readonly shardId: string;
  readonly firstSequenceNumber: string;
  readonly lastSequenceNumber: string;
};

/** What a function was asked to do, asynchronously or by a rule, and does not repeat. */
export type LostCall =
  | { readonly action: 'periodic'; readonly function: 'sweep' | 'canary' | 'watch' }
  | { readonly action: 'summary'; readonly day: string }
  | {
      readonly action: 'opening';
      readonly requestId: string;
      /** `null`: its market's end is not known. */
      readonly marketEndsAtMs: number | null;
      readonly marketSlug: string;
      readonly payload: unknown;
    }
  | { readonly action: 'guard' | 'exit' | 'exit-all' | 'halt' | 'resume'; readonly payload: unknown }
  /** It changed nothing. */
  | { readonly action: 'read' };

export type DeadLetterContent =
  | { readonly kind: 'wake-up'; readonly message: WakeMessage }
  /** For Discord. `isRepeatSafe`: the notice has a key of its own, by which a second copy is recognised. */
  | {
      readonly kind: 'notice';
      readonly noticeKey: string;
      readonly title: string;
      readonly positionId: string | null;
      readonly isRepeatSafe: boolean;
    }
  /** An event that a rule of the bus could not send to its target. */
  | {
      readonly kind: 'event';
      readonly noticeKey: string;
      readonly title: string;
      readonly positionId: string | null;
      readonly targetArn: string | null;
    }
  | { readonly kind: 'stream-batch'; readonly batch: StreamBatch }
  | { readonly kind: 'call'; readonly function: string; readonly call: LostCall }
  | { readonly kind: 'unreadable'; readonly reason: string };

export type DeadLetter = {
  /** SQS's id of the message. */
  readonly id: string;
  readonly queue: DeadLetterQueue;
  readonly body: string;
  readonly content: DeadLetterContent;
  /** Why it was not handled, as far as the message tells. */
  readonly why: string;
  /** When it was sent, or given up where the message says so. */
  readonly atMs: number;
  /** How often it was replayed before. */
  readonly replayCount: number;
};

/** A letter that this command alone sees until `hiddenUntilMs`. */
export type HeldLetter = { readonly letter: DeadLetter; readonly receipt: string; readonly hiddenUntilMs: number };

export type LetterCount = { readonly visible: number; readonly hidden: number };

/** The dead-letter queues of a suite. Every call @throws UpstreamUnavailableError */
export type DeadLetters = {
  readonly queues: readonly DeadLetterQueue[];
  /** Up to ten, hidden from everybody else for `hideMs`; none when no visible one is left. */
  take(queue: DeadLetterQueue, hideMs: number): Promise<readonly HeldLetter[]>;
  /** Makes it visible again at once. */
  release(held: HeldLetter): Promise<void>;
  remove(held: HeldLetter): Promise<void>;
  /** Approximate, as SQS counts. */
  count(queue: DeadLetterQueue): Promise<LetterCount>;
};

/** Where replayed letters go. Every call @throws UpstreamUnavailableError when it may not have been accepted */
export type ReplayTargets = {
  /** `replayCount` stays with the message, so that one that comes back is recognised. */
  sendToQueue(queue: 'exits' | 'settlements' | 'discord', body: string, replayCount: number): Promise<void>;
  publishNews(body: string): Promise<void>;
  readonly newsTopicArn: string;
  /** Waits for the function and returns its answer. @throws also when the function failed */
  invoke(name: 'open' | 'summary', payload: unknown): Promise<unknown>;
};

/** A change of the table as `announce` reads it. */
export type TableChange =
  | { readonly kind: 'state'; readonly before: Position | null; readonly after: Position }
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'action'; readonly action: OperatorAction };

export type TableChanges = {
  /**
   * The announced changes of a batch. `gone`: the stream no longer has it.
   * @throws CorruptRowError, UpstreamUnavailableError
   */
  read(
    batch: StreamBatch,
  ): Promise<{ readonly outcome: 'read'; readonly changes: readonly TableChange[] } | { readonly outcome: 'gone' }>;
};

/** What an operator removed without a replay. */
export type DroppedLetter = {
  readonly letter: DeadLetter;
  readonly what: string;
  readonly by: string | null;
  readonly atMs: number;
};

/** @throws StoreUnavailableError */
export type DroppedLetters = { save(dropped: DroppedLetter): Promise<void> };
