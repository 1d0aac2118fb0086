import { type ClobAccessDeps, createClobAccess } from '#lib/adapters/polymarket/clob-access.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';

/**
 * Makes the venue read the wallet's cash and allowances again. Safe to repeat.
 * @throws UpstreamUnavailableError, UnexpectedReplyError, ConfigError
 */
export async function refreshCash(
  deps: ClobAccessDeps,
  signatureType: SignatureType,
  deadlineAtMs: number,
): Promise<void> {
  const query = { asset_type: 'COLLATERAL', signature_type: String(signatureType) };
  const request = {
    method: 'GET',
    path: '/balance-allowance/update',
    query,
    what: 'our balance',
    deadlineAtMs,
  } as const;
  await createClobAccess(deps).ask({ ...request, mayBeEmpty: true });
}
