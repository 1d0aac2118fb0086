import { encodeFunctionData, type Hex, padHex, zeroAddress } from 'viem';
import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import type { SignatureType } from '#lib/ports/venue-account.ts';
import { PROXY_FACTORY_ADDRESS } from '../polygon-contracts.ts';

const CALL = [
  { name: 'typeCode', type: 'uint8' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'data', type: 'bytes' },
] as const;
const ABI = [
  {
    ...{ type: 'function', name: 'proxy', stateMutability: 'payable', outputs: [] },
    inputs: [{ name: 'calls', type: 'tuple[]', components: CALL }],
  },
  {
    ...{ type: 'function', name: 'execTransaction', stateMutability: 'payable', outputs: [] },
    inputs: [
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'data', type: 'bytes' },
      { name: 'operation', type: 'uint8' },
      { name: 'safeTxGas', type: 'uint256' },
      { name: 'baseGas', type: 'uint256' },
      { name: 'gasPrice', type: 'uint256' },
      { name: 'gasToken', type: 'address' },
      { name: 'refundReceiver', type: 'address' },
      { name: 'signatures', type: 'bytes' },
    ],
  },
] as const;

/** `CALL` in the proxy's own list of kinds. */
const PROXY_CALL = 1;

/**
 * The call by which the key's own transaction makes one call of the wallet; undefined for a deposit wallet, which acts
 * only for the venue's relayer (settlement by `wallet-batches.ts`).
 */
export function toOwnerCall(
  signatureType: SignatureType,
  { walletAddress, owner }: { readonly walletAddress: Hex; readonly owner: Hex },
  call: ContractCall,
): ContractCall | undefined {
  switch (signatureType) {
    case 0:
      return call;
    case 1: {
      const args = [[{ typeCode: PROXY_CALL, to: call.to, value: 0n, data: call.data }]] as const;
      return { to: PROXY_FACTORY_ADDRESS, data: encodeFunctionData({ abi: ABI, functionName: 'proxy', args }) };
    }
    case 2: {
      // A safe accepts its owner's address in place of a signature when the owner sends the transaction.
      const approval: Hex = `${padHex(owner, { size: 32 })}${'00'.repeat(32)}01`;
      const fees = [0n, 0n, 0n, zeroAddress, zeroAddress] as const;
      const args = [call.to, 0n, call.data, 0, ...fees, approval] as const;
      return { to: walletAddress, data: encodeFunctionData({ abi: ABI, functionName: 'execTransaction', args }) };
    }
    case 3:
      return undefined;
  }
}
