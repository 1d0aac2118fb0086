/** Polygon and the contracts an exit depends on (venue §2.2). Addresses are EIP-55 checksummed. */
export const POLYGON_CHAIN_ID = 137;

/** ERC-1155 contract of the shares. */
export const CONDITIONAL_TOKENS_ADDRESS = '0x4D97DCd97eC945f40cF65F87097ACe5EA0476045';
/** pUSD, six decimals: the currency of every trade. */
export const COLLATERAL_ADDRESS = '0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB';

export const EXCHANGE_ADDRESS = '0xE111180000d2663C0091e4f400237545B87B996B';
export const NEG_RISK_EXCHANGE_ADDRESS = '0xe2222d279d744050d28e00520010520000310F59';

/** Redeem shares for collateral. ConditionalTokens itself would pay nothing (venue §5.4). */
export const REDEEM_ADAPTER_ADDRESS = '0xAdA100Db00Ca00073811820692005400218FcE1f';
export const NEG_RISK_REDEEM_ADAPTER_ADDRESS = '0xadA2005600Dec949baf300f4C6120000bDB6eAab';

export function exchangeOf(market: { readonly negRisk: boolean }): string {
  return market.negRisk ? NEG_RISK_EXCHANGE_ADDRESS : EXCHANGE_ADDRESS;
}
