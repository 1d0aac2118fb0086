import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';

const GWEI = 1_000_000_000n;
/** Polygon nodes reject lower tips (PIP-35), and may still suggest them. */
const TIP_WEI_MIN = 25n * GWEI;
/** At this fee 120,000 gas cost more than half a POL; a node that asks for more is broken. */
const FEE_WEI_MAX = 5_000n * GWEI;

export const QuantitySchema = z.string().check(z.regex(/^0x[0-9a-fA-F]{1,30}$/));
export const AmountSchema = z.pipe(
  QuantitySchema,
  z.transform((text: string) => BigInt(text)),
);

export type GasPrices = { readonly maxFeePerGasWei: bigint; readonly maxPriorityFeePerGasWei: bigint };

/**
 * What a transaction offers for each unit of gas, from the tip that the node suggests and the newest base fee.
 * `percent` raises both: a replacement has to offer at least a tenth more.
 * @throws UnexpectedReplyError for a fee above 5,000 gwei
 */
export function gasPricesOf(askedTipWei: bigint, baseFeeWei: bigint, percent = 100n): GasPrices {
  const tipWei = askedTipWei > TIP_WEI_MIN ? askedTipWei : TIP_WEI_MIN;
  // The base fee can double within a few blocks; only the actual one is paid.
  const feeWei = 2n * baseFeeWei + tipWei;
  if (feeWei > FEE_WEI_MAX)
    throw new UnexpectedReplyError('The chain asks for a fee above 5,000 gwei', { feeWei: String(feeWei) });
  return { maxFeePerGasWei: (feeWei * percent) / 100n, maxPriorityFeePerGasWei: (tipWei * percent) / 100n };
}
