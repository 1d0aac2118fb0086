import { keccak256, stringToHex } from 'viem';
import { type ContractCall, encodeWord } from '#lib/adapters/evm/encode-abi.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import { PROXY_FACTORY_ADDRESS, ZERO_ADDRESS } from '../polygon-contracts.ts';

type Address = ContractCall['to'];

const PROXY = 'proxy((uint8,address,uint256,bytes)[])';
const EXECUTE = 'execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)';
/** `CALL` in the proxy's own list of kinds. */
const PROXY_CALL = 1;
const WORD_BYTES = 32;

/**
 * The call by which the key's own transaction makes one call of the wallet; undefined for a deposit wallet, which acts
 * only for the venue's relayer (settlement by `wallet-batches.ts`). Encoded here because viem's `encodeFunctionData`
 * would add 10 kB to `settle`.
 */
export function toOwnerCall(
  signatureType: SignatureType,
  { walletAddress, owner }: { readonly walletAddress: Address; readonly owner: Address },
  { to, data }: ContractCall,
): ContractCall | undefined {
  switch (signatureType) {
    case 0:
      return { to, data };
    case 1: {
      // A list with one entry: its offset, its length, the entry's offset, the entry.
      const list = [uint(32), uint(1), uint(32)];
      const entry = [uint(PROXY_CALL), address(to), uint(0), uint(4 * WORD_BYTES), ...bytes(data)];
      return { to: PROXY_FACTORY_ADDRESS, data: join(PROXY, [...list, ...entry]) };
    }
    case 2: {
      // A safe accepts its owner's address in place of a signature when the owner sends the transaction.
      const approval = `${join('', [address(owner), uint(0)])}01`;
      const payload = Buffer.concat(bytes(data));
      const dataOffset = 10 * WORD_BYTES;
      const call = [address(to), uint(0), uint(dataOffset), uint(0)];
      const fees = [uint(0), uint(0), uint(0), address(ZERO_ADDRESS), address(ZERO_ADDRESS)];
      const signature = [uint(dataOffset + payload.length), payload, ...bytes(approval)];
      return { to: walletAddress, data: join(EXECUTE, [...call, ...fees, ...signature]) };
    }
    case 3:
      return undefined;
  }
}

const uint = (value: number): Uint8Array => encodeWord('uint256', value);
const address = (value: string): Uint8Array => encodeWord('address', value);

/** Length and content, filled up to whole words. */
function bytes(hex: string): readonly Uint8Array[] {
  const content = Buffer.from(hex.slice(2), 'hex');
  const rest = (WORD_BYTES - (content.length % WORD_BYTES)) % WORD_BYTES;
  return [uint(content.length), content, Buffer.alloc(rest)];
}

/** With the function's selector, if one is named. */
function join(signature: string, parts: readonly Uint8Array[]): `0x${string}` {
  const selector = signature === '' ? '' : keccak256(stringToHex(signature)).slice(2, 10);
  return `0x${selector}${Buffer.concat([...parts]).toString('hex')}`;
}
