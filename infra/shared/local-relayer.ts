export type RelayerFault =
  /** The wallet has an action under way. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'quota'; readonly resetsInS: number }
  | { readonly kind: 'rate-limited' }
  /** No answer; the batch is executed or was never taken. */
  | { readonly kind: 'lost-answer'; readonly isExecuted: boolean }
  | { readonly kind: 'internal-error'; readonly isExecuted: boolean }
  /** Taken and never sent to the chain. */
  | { readonly kind: 'stuck' }
  | { readonly kind: 'not-registered' }
  | { readonly kind: 'down' }
  /** Calls to this contract are not permitted. */
  | { readonly kind: 'call-blocked'; readonly target: string };

export type LocalRelayer = {
  /** Base URL without a trailing slash. */
  readonly host: string;
  /** The key of its users, and the address that belongs to it. */
  readonly key: { readonly key: string; readonly address: string };
  /** Each submission so far, whether it was taken or not. */
  readonly submissionCount: number;
  /** Replaces the fault before; null for none. */
  setFault(fault: RelayerFault | null): void;
  /** `old`: lists and `transactionID`; `new`: objects and `transaction_id`. Default: `new`. */
  setShape(shape: 'old' | 'new'): void;
  stop(): Promise<void>;
};
