import { Chain, isV2Order, OrderBuilder, type orderToJsonV2, Side, SignatureTypeV2 } from '@polymarket/clob-client-v2';
import { bytesToHex, getAddress, isHex } from 'viem';
import { assertOrderTerms } from '#lib/adapters/assert-order.ts';
import { hashStruct, hashTypedData } from '#lib/adapters/evm/hash-typed-data.ts';
import { PROTOCOLS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { type ClobSigner, digestOf } from '#lib/adapters/polymarket/clob-signer.ts';
import { versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';

export type MakerWallet = {
  readonly address: string;
  readonly signatureType: SignatureType;
  readonly signerAddress: string;
};

export type OrderFields = Omit<OrderIntent, 'orderHash' | 'attemptNumber'>;

export type SignedVenueOrder = Parameters<typeof orderToJsonV2>[0];

export type BuiltOrder = {
  /** The venue's id of the order: its EIP-712 hash, for every type of wallet that of the inner order (venue §2.1). */
  readonly orderHash: string;
  readonly digest: string;
  withSignature(signature: string): SignedVenueOrder;
};

const SIGNATURE_TYPES = {
  0: SignatureTypeV2.EOA,
  1: SignatureTypeV2.POLY_PROXY,
  2: SignatureTypeV2.POLY_GNOSIS_SAFE,
  3: SignatureTypeV2.POLY_1271,
} as const satisfies Record<SignatureType, SignatureTypeV2>;

export const POLYGON_CHAIN_ID = Chain.POLYGON;
const NO_SIGNATURE = `0x${'00'.repeat(65)}`;
/** A wrapped signature: 65 bytes of the key, 32 of the exchange's domain, 32 of the order's hash, and the type. */
const SIGNATURE_END = 2 + 2 * 65;
const CONTENTS_START = SIGNATURE_END + 2 * 32;
const CONTENTS_END = CONTENTS_START + 2 * 32;

/**
 * Builds an order with the venue's package, which knows domain, contracts, fields and wrappings, but draws salt and
 * time itself and computes in floating point. A substitute signer puts our salt, time and exact amounts into the
 * message to be signed, so that equal fields give equal hashes.
 *
 * The version comes from the position and not from the venue, and has to be that of the token's id: an order is never
 * signed for an exchange that does not hold the token.
 * @throws InvariantError for an invalid order, or a token of another version
 */
export async function buildOrder(wallet: MakerWallet, fields: OrderFields): Promise<BuiltOrder> {
  const { marketVersion } = fields;
  const tokenVersion = versionOfToken(fields.tokenId);
  if (tokenVersion !== marketVersion) {
    throw new InvariantError('An order names a token of another market version', { marketVersion, tokenVersion });
  }
  const fixed = { salt: fields.salt, timestamp: fields.timestampMs.toString(), ...orderAmounts(fields) };
  let asked: Parameters<ClobSigner['_signTypedData']> | undefined;
  const standIn: ClobSigner = {
    getAddress: async () => wallet.signerAddress,
    _signTypedData: async (...message) => {
      asked = message;
      return NO_SIGNATURE;
    },
  };
  const type = SIGNATURE_TYPES[wallet.signatureType];
  const builder = new OrderBuilder(standIn, POLYGON_CHAIN_ID, type, getAddress(wallet.address));
  const built = await builder.buildOrder(toUserOrder(fields), toOptions(fields), PROTOCOLS[marketVersion].orderVersion);
  if (asked === undefined || !isV2Order(built)) throw new InvariantError('The package built another kind of order');
  const { orderHash, digest, contentsHash } = hashesOf(asked, fixed);
  return {
    orderHash,
    digest,
    withSignature: (signature) => ({
      ...built,
      ...fixed,
      signature: contentsHash === null ? signature : wrap(built.signature, signature, contentsHash),
    }),
  };
}

type Fixed = Readonly<Record<'salt' | 'timestamp' | 'makerAmount' | 'takerAmount', string>>;

function hashesOf([domain, types, value]: Parameters<ClobSigner['_signTypedData']>, fixed: Fixed) {
  const { Order = [], TypedDataSign } = types;
  const contents = { ...(TypedDataSign === undefined ? value : toRecord(value.contents)), ...fixed };
  const contentsHash = hashStruct({ Order }, 'Order', contents);
  const orderHash = hashTypedData(domain, contentsHash);
  if (TypedDataSign === undefined) return { orderHash, digest: orderHash, contentsHash: null };
  return {
    orderHash,
    digest: digestOf(domain, types, { ...value, contents }),
    contentsHash: bytesToHex(contentsHash),
  };
}

/** A deposit wallet's contract verifies the wrapped message (ERC-7739): the package's wrapping with our own hashes. */
function wrap(wrapped: string, signature: string, contentsHash: string): string {
  if (!isHex(wrapped)) throw new InvariantError('The package wrapped a signature in an unknown way');
  const domain = wrapped.slice(SIGNATURE_END, CONTENTS_START);
  return `${signature}${domain}${contentsHash.slice(2)}${wrapped.slice(CONTENTS_END)}`;
}

function toRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new InvariantError('The package wrapped an order in an unknown way');
}

/** The package requires numbers; the exact amounts replace what it computes from them. */
function toUserOrder({ tokenId, side, sharesMicros, limitPriceMicros }: OrderFields) {
  return {
    tokenID: tokenId,
    side: side === 'BUY' ? Side.BUY : Side.SELL,
    size: Number(sharesMicros) / Number(ONE_MICROS),
    price: Number(limitPriceMicros) / Number(ONE_MICROS),
  };
}

function toOptions({ negRisk }: OrderFields) {
  return { tickSize: '0.0001', negRisk } as const;
}

/**
 * What the maker gives and takes, in micros: a buy gives cash and takes shares, a sell the other way round. Both are
 * exact, because a size of two decimals times a price of at most four has six: the price that the venue derives from
 * them is the limit (venue §2.5).
 * @throws InvariantError for an order that no book accepts
 */
export function orderAmounts(order: OrderTerms): { readonly makerAmount: string; readonly takerAmount: string } {
  assertOrderTerms(order);
  const { side, sharesMicros, limitPriceMicros } = order;
  const shares = sharesMicros.toString();
  const cash = ((sharesMicros * limitPriceMicros) / ONE_MICROS).toString();
  return side === 'BUY' ? { makerAmount: cash, takerAmount: shares } : { makerAmount: shares, takerAmount: cash };
}
