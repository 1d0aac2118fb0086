import type { Mode, Position } from '#lib/domain/position/position.ts';
import type { Account } from '#lib/domain/position/risk-limits.ts';
import type { Offer } from './store/ask-log.ts';
import type { HaltOutcome } from './store/position-store.ts';

/** What selling all shares at once would bring, by the book of this moment. */
export type Quote = {
  /** Best bid; null without one. */
  readonly bidMicros: bigint | null;
  /** A share, over the shares that the bids take; null when the book is missing or does not show today's prices. */
  readonly priceMicros: bigint | null;
  /** After fees; null where the bids do not take all shares. */
  readonly proceedsMicros: bigint | null;
};

export type PreviewLine = { readonly position: Position; readonly sharesMicros: bigint; readonly quote: Quote };

export type Preview =
  | ({ readonly kind: 'exit' | 'hold' } & PreviewLine)
  | {
      readonly kind: 'exit-all';
      readonly lines: readonly PreviewLine[];
      /** Sold as well, and not quoted. */
      readonly moreCount: number;
      /** Nothing of them can be sold any more. */
      readonly awaitingCount: number;
      readonly corruptIds: readonly string[];
    }
  | { readonly kind: 'halt'; readonly mode: Mode | null; readonly reason: string | null };

/** Why there is nothing to offer. */
export type PointlessCode = 'already-closed' | 'past-deadline' | 'exiting-already' | 'exit-under-way' | 'held-before';

type Asked<Outcome extends string> =
  | { readonly outcome: Outcome; readonly position: Position }
  | {
      readonly outcome: 'refused';
      readonly code: string;
      readonly message?: string | undefined;
      readonly position: Position;
    };

/** What came of an ask, for the person who asked. */
export type AskOutcome =
  | {
      readonly kind: 'positions';
      readonly nowMs: number;
      readonly accounts: readonly Account[];
      readonly positions: readonly Position[];
      readonly corruptIds: readonly string[];
    }
  | { readonly kind: 'offered'; readonly offer: Offer; readonly preview: Preview }
  | { readonly kind: 'exit-asked'; readonly asked: Asked<'requested' | 'already-exiting' | 'already-requested'> }
  | {
      readonly kind: 'exits-asked';
      readonly askedCount: number;
      /** Of whose exit it is not known whether it was asked for. */
      readonly failed: readonly Position[];
      readonly awaitingCount: number;
      readonly corruptIds: readonly string[];
      readonly unseenCount: number;
    }
  | { readonly kind: 'hold-asked'; readonly asked: Asked<'held' | 'held-before'> }
  | { readonly kind: 'halt-asked'; readonly outcome: HaltOutcome; readonly accounts: readonly Account[] }
  | { readonly kind: 'pointless'; readonly code: PointlessCode; readonly position: Position }
  | { readonly kind: 'nothing-open' }
  | { readonly kind: 'no-such-position'; readonly target: string }
  | { readonly kind: 'several-positions'; readonly target: string; readonly count: number }
  | { readonly kind: 'offer-over'; readonly reason: 'expired' | 'used' | 'foreign' | 'unknown' }
  | { readonly kind: 'cancelled' };
