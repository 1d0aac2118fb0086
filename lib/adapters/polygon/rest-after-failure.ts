import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Wallet } from '#lib/ports/wallet.ts';

/** Some look-ups of an exit: after that the server may be well again. */
const REST_MS = 10_000;

/**
 * Asks the chain for cash movements, and for a while not again after it did not answer: every look-up would wait for a server that
 * hangs, and the sell that follows with it. What is not read then keeps its estimate.
 */
export function restAfterFailure(
  wallet: Pick<Wallet, 'listCashMovements'>,
  clock: Pick<Clock, 'nowMs'>,
): Pick<Wallet, 'listCashMovements'> {
  let restUntilMs = 0;
  return {
    async listCashMovements(...asked) {
      if (clock.nowMs() < restUntilMs) throw new UpstreamUnavailableError('The chain did not answer a moment ago');
      try {
        return await wallet.listCashMovements(...asked);
      } catch (error) {
        restUntilMs = clock.nowMs() + REST_MS;
        throw error;
      }
    },
  };
}
