import { ConfigError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { RedemptionAnswer } from '#lib/ports/wallet/settlement.ts';

/** Before something is sent, a failure of node or key is certain: nothing is under way. */
export async function sendOrSay(send: () => Promise<RedemptionAnswer>): Promise<RedemptionAnswer> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof ConfigError) return { outcome: 'refused', text: error.message, isFinal: false };
    if (!(error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError)) throw error;
    return { outcome: 'not-sent', text: error.message, retryAfterMs: null };
  }
}
