/** Polygon and its contracts that an order names (venue §2.2). */
export const CHAIN_ID = 137;
export const EXCHANGE_ADDRESS = '0xE111180000d2663C0091e4f400237545B87B996B';
export const NEG_RISK_EXCHANGE_ADDRESS = '0xe2222d279d744050d28e00520010520000310F59';

/** The exchange contract whose domain an order of the market has to be signed for. */
export function exchangeOf(market: { readonly negRisk: boolean }): string {
  return market.negRisk ? NEG_RISK_EXCHANGE_ADDRESS : EXCHANGE_ADDRESS;
}
