import {
  COLLATERAL_ADDRESS,
  CONDITIONAL_TOKENS_ADDRESS,
  EXCHANGE_ADDRESS,
  EXCHANGE_V3_ADDRESS,
  NEG_RISK_EXCHANGE_ADDRESS,
  NEG_RISK_REDEEM_ADAPTER_ADDRESS,
  POSITION_MANAGER_ADDRESS,
  REDEEM_ADAPTER_ADDRESS,
  ROUTER_ADDRESS,
} from '#lib/adapters/polygon/polygon-contracts.ts';

/** Addresses of contracts on the local chain. `contracts/Addresses.sol` has the same list. */
export const CONDITIONAL_TOKENS = CONDITIONAL_TOKENS_ADDRESS;
export const COLLATERAL = COLLATERAL_ADDRESS;
/** The collateral inside ConditionalTokens: USDC.e on Polygon. */
export const BACKING = '0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174';
export const REDEEM_ADAPTER = REDEEM_ADAPTER_ADDRESS;
/** No contract here: no market is neg-risk. */
export const NEG_RISK_REDEEM_ADAPTER = NEG_RISK_REDEEM_ADAPTER_ADDRESS;
export const EXCHANGES = [EXCHANGE_ADDRESS, NEG_RISK_EXCHANGE_ADDRESS] as const;

/** Market version v2. */
export const EXCHANGE_V3 = EXCHANGE_V3_ADDRESS;
export const POSITION_MANAGER = POSITION_MANAGER_ADDRESS;
export const ROUTER = ROUTER_ADDRESS;
export const BINARY_MODULE = '0x1000008dD9001B968442c1000017eaE6E0dA00Ba';
export const AUTO_REDEEMER = '0xa1200000d0002264C9a1698e001292D00E1b00af';

/** Local accounts without keys: the node accepts them as senders. */
export const OPERATOR = '0x1000000000000000000000000000000000000001';
export const MARKET_MAKER = '0x1000000000000000000000000000000000000002';
/** Receives the shares that leave a wallet outside the exchange. */
export const ELSEWHERE = '0x1000000000000000000000000000000000000004';

export function isExchangeV3(exchange: string): boolean {
  return exchange.toLowerCase() === EXCHANGE_V3.toLowerCase();
}

/** The contract that keeps the shares of an exchange's markets. */
export function shareLedgerOf(exchange: string): string {
  return isExchangeV3(exchange) ? POSITION_MANAGER : CONDITIONAL_TOKENS;
}
