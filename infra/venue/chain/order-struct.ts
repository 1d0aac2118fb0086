import { asHex } from './chain-access.ts';
import type { SignedVenueOrder } from './venue-chain.ts';

/** An order as the struct that contracts take and signatures cover (venue §2.1). */
export function toOrderStruct(order: Omit<SignedVenueOrder, 'signature'>) {
  return {
    salt: BigInt(order.salt),
    maker: asHex(order.maker),
    signer: asHex(order.signer),
    tokenId: BigInt(order.tokenId),
    makerAmount: BigInt(order.makerAmount),
    takerAmount: BigInt(order.takerAmount),
    side: order.side === 'BUY' ? 0 : 1,
    signatureType: order.signatureType,
    timestamp: BigInt(order.timestamp),
    metadata: asHex(order.metadata),
    builder: asHex(order.builder),
  };
}
