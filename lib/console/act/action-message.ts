/** What the page sends and gets for an action: plain JSON. Times are Unix milliseconds of the console's clock. */
export const ACTION_KINDS = ['exit', 'hold', 'open', 'guard', 'halt', 'resume'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Of `POST /api/actions/preview`: the fields of the API's request of that kind, without its `requestId`. */
export type ActionBody = { readonly kind: ActionKind; readonly request: Readonly<Record<string, unknown>> };

/** Of `POST /api/actions/run`. The id stands for the request that was previewed, and for no other. */
export type RunBody = { readonly actionId: string; readonly confirmation?: string };

/** What a field must be; `field` is empty where the fault is of the whole request. */
export type FieldFault = { readonly field: string; readonly message: string };

export type ActionFact = { readonly name: string; readonly text: string };

/** What would be done, before it is. */
export type ActionPreview = {
  readonly actionId: string;
  readonly expiresAtMs: number;
  readonly kind: ActionKind;
  /** It moves, or risks, real money. */
  readonly isLive: boolean;
  /** `Sell BTC 5m UP now?` */
  readonly question: string;
  /** What the button says. */
  readonly deed: string;
  readonly facts: readonly ActionFact[];
  /** What it overrides, and what may keep it from being done. */
  readonly notes: readonly string[];
  /** `confirmation` has to be a yes. */
  readonly isYesNeeded: boolean;
};

export type ActionAnswer = {
  /** `unknown`: the answer of the suite was lost, or is not certain. */
  readonly outcome: 'done' | 'refused' | 'unknown';
  readonly text: string;
  readonly details: readonly string[];
  /** The position that it is about. */
  readonly positionId: string | null;
  /** Running the same action again settles it, and acts once. */
  readonly mayRepeat: boolean;
};
