import type { Mode } from '#lib/domain/position/position.ts';

/** What a person asked for from outside: a command, or a button. */
export type RemoteAction =
  | { readonly kind: 'positions' }
  /** The id of a position, or the beginning or end of one that is open. */
  | { readonly kind: 'exit'; readonly target: string }
  | { readonly kind: 'exit-all' }
  | { readonly kind: 'hold'; readonly target: string }
  /** Null: both modes. */
  | { readonly kind: 'halt'; readonly mode: Mode | null; readonly reason: string | null }
  /** Of what the answer to an earlier ask offered. */
  | { readonly kind: 'confirm'; readonly askId: string }
  | { readonly kind: 'cancel'; readonly askId: string };

/** What is done once the person confirms it, as the preview said it. */
export type OfferedAction =
  | { readonly kind: 'exit'; readonly positionId: string }
  | { readonly kind: 'exit-all' }
  | { readonly kind: 'hold'; readonly positionId: string }
  | Extract<RemoteAction, { readonly kind: 'halt' }>;

export type Offer = {
  readonly action: OfferedAction;
  /** When the preview was read. */
  readonly atMs: number;
  readonly untilMs: number;
};

export type Asker = { readonly userId: string; readonly name: string };

/** One ask, known by the id that its sender gave it. */
export type Ask = {
  readonly askId: string;
  readonly action: RemoteAction;
  readonly asker: Asker;
  readonly atMs: number;
};

export type AskRecord = Ask & {
  readonly offer: Offer | null;
  /** The ask that confirmed or cancelled the offer. */
  readonly takenBy: string | null;
  /** The answer as it was sent, for a repeated delivery; null while the ask is worked on, or after a crash. */
  readonly answer: string | null;
};

/** Written before anything is done, and kept for a day. Holds no token. */
export type AskLog = {
  /** Notes the ask. The record of an ask that was noted before. @throws StoreUnavailableError it may have been noted */
  claim(ask: Ask): Promise<'new' | AskRecord>;
  /** Consistent read. @throws StoreUnavailableError, CorruptRowError */
  find(askId: string): Promise<AskRecord | undefined>;
  /** The answer on record: the first one stays. @throws StoreUnavailableError it may have been saved; repeat it */
  saveAnswer(askId: string, answer: string, offer: Offer | null): Promise<string>;
  /**
   * The first taker has the offer, also when it asks again.
   * @throws StoreUnavailableError it may have been taken; repeat it
   */
  takeOffer(askId: string, takerId: string): Promise<'taken' | 'taken-before'>;
};
