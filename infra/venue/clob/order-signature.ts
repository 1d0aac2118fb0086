import {
  concatHex,
  domainSeparator,
  type Hex,
  hashStruct,
  hashTypedData,
  isHex,
  recoverAddress,
  size,
  slice,
  stringToHex,
} from 'viem';
import { POLYGON_CHAIN_ID } from '#lib/adapters/polygon/polygon-contracts.ts';
import { isExchangeV3 } from '../chain/chain-addresses.ts';
import { toOrderStruct } from '../chain/order-struct.ts';
import type { SignedVenueOrder } from '../chain/venue-chain.ts';

// Import this file on demand: loading it takes about half a second.

const ORDER_FIELDS = [
  { name: 'salt', type: 'uint256' },
  { name: 'maker', type: 'address' },
  { name: 'signer', type: 'address' },
  { name: 'tokenId', type: 'uint256' },
  { name: 'makerAmount', type: 'uint256' },
  { name: 'takerAmount', type: 'uint256' },
  { name: 'side', type: 'uint8' },
  { name: 'signatureType', type: 'uint8' },
  { name: 'timestamp', type: 'uint256' },
  { name: 'metadata', type: 'bytes32' },
  { name: 'builder', type: 'bytes32' },
] as const;
const ORDER_TYPES = { Order: ORDER_FIELDS } as const;
const ORDER_TYPE_TEXT = `Order(${ORDER_FIELDS.map(({ type, name }) => `${type} ${name}`).join(',')})`;

const WALLET_SIGN_TYPES = {
  TypedDataSign: [
    { name: 'contents', type: 'Order' },
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'verifyingContract', type: 'address' },
    { name: 'salt', type: 'bytes32' },
  ],
  Order: ORDER_FIELDS,
} as const;

const AUTH_TYPES = {
  ClobAuth: [
    { name: 'address', type: 'address' },
    { name: 'timestamp', type: 'string' },
    { name: 'nonce', type: 'uint256' },
    { name: 'message', type: 'string' },
  ],
} as const;

const ZERO_32: Hex = `0x${'00'.repeat(32)}`;
const SIGNATURE_BYTES = 65;

type UnsignedOrder = Omit<SignedVenueOrder, 'signature'>;

/** An order's hash, which is also its id (venue §2.1). Undefined when a field does not fit its type. */
export function hashOrder(order: UnsignedOrder, exchange: string): Hex | undefined {
  return attempt(() =>
    hashTypedData({
      domain: domainOf(exchange),
      types: ORDER_TYPES,
      primaryType: 'Order',
      message: toOrderStruct(order),
    }),
  );
}

/**
 * Checks a deposit wallet's signature without a chain: the owner's, nested as in ERC-7739 (venue §2.1). Inner
 * signature, domain separator, hash of the contents, their type and its length must all be those of this order.
 */
export async function isNestedSignatureOf(owner: string, order: SignedVenueOrder, exchange: string): Promise<boolean> {
  const { signature } = order;
  const domain = domainOf(exchange);
  const tail = attempt(() =>
    concatHex([
      domainSeparator({ domain }),
      hashStruct({ data: toOrderStruct(order), primaryType: 'Order', types: ORDER_TYPES }),
      stringToHex(ORDER_TYPE_TEXT),
      `0x${ORDER_TYPE_TEXT.length.toString(16).padStart(4, '0')}`,
    ]),
  );
  if (tail === undefined || !isHex(signature) || size(signature) <= SIGNATURE_BYTES) return false;
  if (slice(signature, SIGNATURE_BYTES).toLowerCase() !== tail.toLowerCase()) return false;
  const digest = hashTypedData({
    domain,
    types: WALLET_SIGN_TYPES,
    primaryType: 'TypedDataSign',
    message: {
      contents: toOrderStruct(order),
      name: 'DepositWallet',
      version: '1',
      chainId: BigInt(POLYGON_CHAIN_ID),
      verifyingContract: asHex(order.maker),
      salt: ZERO_32,
    },
  });
  const signer = await recoverSigner(digest, slice(signature, 0, SIGNATURE_BYTES));
  return signer !== undefined && signer.toLowerCase() === owner.toLowerCase();
}

/** The address that signed the request for an API key. Undefined when the signature is invalid. */
export async function recoverAuthSigner(
  auth: { readonly address: string; readonly timestamp: string; readonly nonce: string },
  signature: string,
): Promise<string | undefined> {
  const digest = attempt(() =>
    hashTypedData({
      domain: { name: 'ClobAuthDomain', version: '1', chainId: POLYGON_CHAIN_ID },
      types: AUTH_TYPES,
      primaryType: 'ClobAuth',
      message: {
        address: asHex(auth.address),
        timestamp: auth.timestamp,
        nonce: BigInt(auth.nonce),
        message: 'This message attests that I control the given wallet',
      },
    }),
  );
  return digest === undefined ? undefined : recoverSigner(digest, signature);
}

function domainOf(exchange: string) {
  return {
    name: 'Polymarket CTF Exchange',
    version: isExchangeV3(exchange) ? '3' : '2',
    chainId: POLYGON_CHAIN_ID,
    verifyingContract: asHex(exchange),
  } as const;
}

/** Undefined when the signature is invalid. */
export async function recoverSigner(hash: Hex, signature: string): Promise<string | undefined> {
  if (!isHex(signature) || size(signature) !== SIGNATURE_BYTES) return undefined;
  try {
    return await recoverAddress({ hash, signature });
  } catch {
    // Not a point of the curve.
    return undefined;
  }
}

function asHex(text: string): Hex {
  return `0x${text.replace(/^0x/, '')}`;
}

/** Undefined for what the library refuses to encode: a wrong checksum, a number that is too large. */
function attempt<Value>(encode: () => Value): Value | undefined {
  try {
    return encode();
  } catch {
    return undefined;
  }
}
