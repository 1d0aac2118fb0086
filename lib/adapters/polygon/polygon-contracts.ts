import type { MarketVersion } from '#lib/domain/market/market.ts';

/** Polygon and the contracts an exit depends on (venue §2.2, §8.1). Addresses are EIP-55 checksummed. */
export const POLYGON_CHAIN_ID = 137;

/** Sender of minted tokens, receiver of burned ones, and "none" as an argument. */
export const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000';

/** ERC-1155 contract of the shares of version 1. */
export const CONDITIONAL_TOKENS_ADDRESS = '0x4D97DCd97eC945f40cF65F87097ACe5EA0476045';
/** pUSD, six decimals: the currency of every trade. */
export const COLLATERAL_ADDRESS = '0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB';

export const EXCHANGE_ADDRESS = '0xE111180000d2663C0091e4f400237545B87B996B';
export const NEG_RISK_EXCHANGE_ADDRESS = '0xe2222d279d744050d28e00520010520000310F59';

/** Redeem shares for collateral. ConditionalTokens itself would pay nothing (venue §5.4). */
export const REDEEM_ADAPTER_ADDRESS = '0xAdA100Db00Ca00073811820692005400218FcE1f';
export const NEG_RISK_REDEEM_ADAPTER_ADDRESS = '0xadA2005600Dec949baf300f4C6120000bDB6eAab';

/** Version 2: one ERC-1155 contract for the shares of all modules, one exchange, one router to redeem and merge. */
export const POSITION_MANAGER_ADDRESS = '0x006F54F7f9A22e0000CC2AB60031000000ae9fEF';
export const EXCHANGE_V3_ADDRESS = '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa';
export const ROUTER_ADDRESS = '0x12121212006e4CD160D18e3f00711DA5c3372600';

/** The venue's own redeemer, for wallets that approved it. It pays shares of version 2 by a transfer, not by a mint. */
export const AUTO_REDEEMER_ADDRESS = '0xa1200000d0002264C9a1698e001292D00E1b00af';
/** The collateral inside ConditionalTokens, from which token ids are derived: USDC.e, and for neg-risk its wrapping. */
export const BACKING_ADDRESS = '0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174';
export const NEG_RISK_BACKING_ADDRESS = '0x3A3BD7bb9528E159577F7C2e685CC81A765002E2';

/**
 * Act for proxy wallets (type 1) and deposit wallets (type 3): the former for the owner, the latter for the relayer.
 */
export const PROXY_FACTORY_ADDRESS = '0xaB45c5A4B0c941a2F231C04C3f49182e1A254052';
export const DEPOSIT_WALLET_FACTORY_ADDRESS = '0x00000000000Fb5C9ADea0298D729A0CB3823Cc07';

/** What differs between the versions of the protocol. Version 2 ignores negative risk. */
export type Protocol = {
  /** Version of the exchange's EIP-712 domain, and the number by which the venue's package knows the order. */
  readonly orderVersion: 2 | 3;
  readonly exchange: `0x${string}`;
  readonly negRiskExchange: `0x${string}`;
  readonly shares: `0x${string}`;
  /** `asset_type` of the venue's balance of shares. */
  readonly assetType: 'CONDITIONAL' | 'CONDITIONAL-V2';
  /** Redeems and merges. Needs the approval of the shares, as an exchange does. */
  readonly redeemer: `0x${string}`;
  readonly negRiskRedeemer: `0x${string}`;
  readonly redeemFunction: string;
  readonly mergeFunction: string;
};

export const PROTOCOLS = {
  v1: {
    orderVersion: 2,
    exchange: EXCHANGE_ADDRESS,
    negRiskExchange: NEG_RISK_EXCHANGE_ADDRESS,
    shares: CONDITIONAL_TOKENS_ADDRESS,
    assetType: 'CONDITIONAL',
    redeemer: REDEEM_ADAPTER_ADDRESS,
    negRiskRedeemer: NEG_RISK_REDEEM_ADAPTER_ADDRESS,
    redeemFunction: 'redeemPositions(address,bytes32,bytes32,uint256[])',
    mergeFunction: 'mergePositions(address,bytes32,bytes32,uint256[],uint256)',
  },
  v2: {
    orderVersion: 3,
    exchange: EXCHANGE_V3_ADDRESS,
    negRiskExchange: EXCHANGE_V3_ADDRESS,
    shares: POSITION_MANAGER_ADDRESS,
    assetType: 'CONDITIONAL-V2',
    redeemer: ROUTER_ADDRESS,
    negRiskRedeemer: ROUTER_ADDRESS,
    redeemFunction: 'redeem(bytes31,uint256,uint256)',
    mergeFunction: 'merge(bytes31,uint256)',
  },
} as const satisfies Record<MarketVersion, Protocol>;

type TradedMarket = { readonly version: MarketVersion; readonly negRisk: boolean };

/** Spender of the allowances that trading in this market needs. */
export function exchangeOf({ version, negRisk }: TradedMarket): `0x${string}` {
  const { exchange, negRiskExchange } = PROTOCOLS[version];
  return negRisk ? negRiskExchange : exchange;
}
