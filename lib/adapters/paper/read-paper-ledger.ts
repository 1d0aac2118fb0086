import type { PositionTerms } from '#lib/domain/position/position.ts';
import { StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { PaperLedger, PaperLedgerState } from '#lib/ports/store/paper-ledger.ts';

/** @throws UpstreamUnavailableError when the ledger cannot be read: on paper the ledger is the venue */
export async function readPaperLedger(ledger: PaperLedger, position: PositionTerms): Promise<PaperLedgerState> {
  try {
    return await ledger.read(position);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new UpstreamUnavailableError(
      'The paper ledger was not reached',
      { positionId: position.positionId },
      { cause: error },
    );
  }
}
