import { encodeFunctionData } from 'viem';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import type { ChainAccess } from './chain-access.ts';
import { EXCHANGES, OPERATOR } from './chain-addresses.ts';
import { asHex } from './chain-markets.ts';
import { CONTRACT_ABI as abi } from './contract-abi.ts';
import { toOrderStruct } from './order-struct.ts';
import type { ChainFill } from './venue-chain.ts';

/** One fill, one transaction. @throws RejectedByUpstreamError with the reason of the contract that refused */
export async function settleFill(access: ChainAccess, fill: ChainFill): Promise<{ readonly transactionHash: string }> {
  const { order, exchange, sharesMicros, withheldSharesMicros = 0n, valueMicros, feesMicros } = fill;
  // A call to an address without code would succeed and move nothing.
  if (!EXCHANGES.some((known) => known.toLowerCase() === exchange.toLowerCase())) {
    throw new RejectedByUpstreamError('The local chain has no such exchange', { exchange });
  }
  const delivered = sharesMicros - withheldSharesMicros;
  const part = { shares: sharesMicros, delivered, value: valueMicros, fee: feesMicros };
  const args = [toOrderStruct(order), asHex(order.signature), part] as const;
  const data = encodeFunctionData({ abi, functionName: 'fill', args });
  return { transactionHash: await access.transact(OPERATOR, exchange, data) };
}
