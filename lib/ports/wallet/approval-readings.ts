import type { NeededApproval } from './wallet-inspection.ts';

/** Which approvals a wallet had when the chain was last read. */
export type ApprovalReading = {
  readonly readAtMs: number;
  readonly granted: readonly Pick<NeededApproval, 'contract' | 'spender'>[];
};

/** The last reading of a wallet's approvals, for times in which the chain cannot be read. */
export type ApprovalReadings = {
  /** Undefined when there was none. @throws StoreUnavailableError, CorruptRowError */
  find(wallet: string): Promise<ApprovalReading | undefined>;
  /** Replaces the one before. Safe to repeat. @throws StoreUnavailableError */
  save(wallet: string, reading: ApprovalReading): Promise<void>;
};
