import type { Tone } from '#lib/words/tone.ts';

/**
 * What the page *Now* gets: plain JSON with texts in the project's own words. Times are Unix milliseconds of the
 * console's clock.
 *
 * This is one line of the stream. Rows and sections that did not change are left out; a line without any says "still
 * here".
 */
export type NowMessage = {
  readonly atMs: number;
  /** The first line for a reader, and after it fell behind: what it had before is replaced. */
  readonly isWhole: boolean;
  readonly sections: Partial<NowSections>;
  readonly rows: readonly NowRow[];
  readonly removed: readonly string[];
};

export type NowSections = {
  readonly about: AboutSection;
  readonly link: LinkSection;
  readonly openings: OpeningsSection;
  readonly checks: ChecksSection;
  readonly prices: PricesSection;
  readonly news: readonly NewsItem[];
};

export type AboutSection = {
  /** E.g. `the local stack in .tminus`. */
  readonly place: string;
  readonly stage: string;
  /** It may trade with real money. */
  readonly isLive: boolean;
  readonly commit: string | null;
  /** Rows that cannot be read as positions: a person has to repair them. */
  readonly corruptIds: readonly string[];
};

/** Whether the table answers. */
export type LinkSection =
  | { readonly state: 'connecting' }
  | { readonly state: 'ok' }
  | {
      readonly state: 'lost';
      readonly sinceMs: number;
      /** When the rows were read that are still shown. */
      readonly lastReadAtMs: number | null;
      readonly reason: string;
    };

/** A value that could not be read says why, and nothing else of the page is missing for it. */
export type Unread = { readonly unread: string };

export type OpeningsSection =
  | Unread
  | { readonly state: 'reading' }
  | {
      readonly state: 'read';
      /** One sentence for each halt. */
      readonly halts: readonly string[];
      /** One sentence for each mode whose limits are tightened. */
      readonly tightened: readonly string[];
      readonly accounts: readonly {
        readonly mode: string;
        readonly openCount: number;
        readonly exposure: string;
        readonly dayLoss: string;
      }[];
    };

export type CheckLine = {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'red';
  readonly found: string;
  /** What is out of order, each with what to do. */
  readonly faults: readonly { readonly text: string; readonly advice: string | null; readonly isRed: boolean }[];
};

export type ChecksSection =
  | Unread
  | { readonly state: 'reading' }
  | { readonly state: 'read'; readonly atMs: number; readonly checks: readonly CheckLine[] };

export type PricesSection = { readonly note: string | null };

/** Something that happened to a position. */
export type NewsItem = {
  /** One for each entry of a timeline. */
  readonly id: string;
  readonly atMs: number;
  readonly positionId: string;
  readonly mode: string;
  readonly what: string;
  readonly tone: Tone;
  readonly text: string;
  /** What it means and what comes next. */
  readonly follows: string | null;
};

export type NowRow = {
  readonly positionId: string;
  /** `BTC 5m UP`. */
  readonly what: string;
  readonly marketSlug: string;
  readonly mode: string;
  readonly isOpen: boolean;
  readonly state: string;
  /** The state in words, their meaning, and how it is to be taken. */
  readonly stateText: string;
  readonly stateMeaning: string;
  readonly stateTone: Tone;
  readonly openedAtMs: number;
  readonly marketEndsAtMs: number;
  readonly exitDueAtMs: number;
  readonly exitAtMs: number | null;
  readonly closedAtMs: number | null;
  /** Why it was exited, in words. */
  readonly exitReason: string | null;
  /** `36.00`, what is left of them, what they cost, and the price of one: `$23.40`, `65.0¢`. */
  readonly shares: string;
  readonly remaining: string;
  readonly paid: string;
  readonly entry: string;
  /** The average price of what was sold. */
  readonly sold: string | null;
  /** The best bid, and when the venue had that book. */
  readonly bid: string | null;
  readonly bidAtMs: number | null;
  /** The bids do not take all shares. */
  readonly isThin: boolean;
  /** Realised, or what selling all shares into the bids would leave, after fees. */
  readonly result: string | null;
  readonly resultMicros: string | null;
  readonly resultTone: Tone;
  readonly isRealised: boolean;
  readonly attemptCount: number;
  readonly refusalCount: number;
  /** `2 × the bought shares had not settled yet`. */
  readonly setbacks: readonly string[];
  /** When the next step of the row is due; null once it is closed. */
  readonly nextStepAtMs: number | null;
  /** How late the first sell of the exit was posted. */
  readonly exitLateMs: number | null;
  /** Rules, requests and holds that are in force, in words. */
  readonly notes: readonly string[];
};
