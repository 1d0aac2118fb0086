import * as z from 'zod';
import type { SignedVenueOrder } from '../chain/venue-chain.ts';

const AddressSchema = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const AmountSchema = z.string().regex(/^\d{1,78}$/);
const Bytes32Schema = z.string().regex(/^0x[0-9a-fA-F]{64}$/);

/** Body of `POST /order` (venue §2.1). Unknown fields are ignored, as at the venue. */
const PostedOrderSchema = z.object({
  deferExec: z.boolean().default(false),
  postOnly: z.boolean().default(false),
  owner: z.string(),
  orderType: z.enum(['FAK', 'FOK', 'GTC', 'GTD']),
  order: z.object({
    salt: z.int().nonnegative(),
    maker: AddressSchema,
    signer: AddressSchema,
    tokenId: AmountSchema,
    makerAmount: AmountSchema,
    takerAmount: AmountSchema,
    side: z.enum(['BUY', 'SELL']),
    signatureType: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
    timestamp: AmountSchema,
    expiration: AmountSchema.default('0'),
    metadata: Bytes32Schema,
    builder: Bytes32Schema,
    signature: z.string().regex(/^0x[0-9a-fA-F]{2,4000}$/),
  }),
});

export type PostedOrder = {
  readonly order: SignedVenueOrder;
  readonly orderType: 'FAK' | 'FOK' | 'GTC' | 'GTD';
  readonly postOnly: boolean;
  /** The API key that posts the order. */
  readonly ownerKey: string;
  /** Unix seconds; 0 for an order that does not expire. Not signed. */
  readonly expiresAtS: number;
};

/** An order of the previous protocol, with a nonce and a fee instead of a timestamp. */
const OldOrderSchema = z.object({ order: z.object({ feeRateBps: z.unknown(), nonce: z.unknown() }) });

/** The posted order, or the venue's text for an invalid one. */
export function readPostedOrder(body: unknown): PostedOrder | { readonly refusal: string } {
  const result = PostedOrderSchema.safeParse(body);
  if (!result.success) {
    const isOld = OldOrderSchema.safeParse(body).data?.order.nonce !== undefined;
    return { refusal: isOld ? 'order_version_mismatch' : 'Invalid order payload' };
  }
  const { order, orderType, postOnly, owner } = result.data;
  if (postOnly && (orderType === 'FAK' || orderType === 'FOK')) return { refusal: 'Invalid order payload' };
  const { expiration, salt, ...rest } = order;
  return {
    order: { ...rest, salt: String(salt) },
    orderType,
    postOnly,
    ownerKey: owner,
    expiresAtS: Number(expiration),
  };
}
