import { COLLATERAL_ADDRESS, PROTOCOLS } from '../polygon-contracts.ts';
import type { FindRedeeming } from '../settlement/find-sent.ts';
import { TRANSFER } from '../settlement/paid-conditions.ts';
import type { LogFilter, ReadLogs } from '../settlement/read-logs.ts';
import { toTopic } from '../settlement/receipts.ts';

/** `Approval(address,address,uint256)` of the collateral. */
const APPROVAL = '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925';
/** `ApprovalForAll(address,address,bool)` of ERC-1155. */
const APPROVAL_FOR_ALL = '0x17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31';
/** `TransferSingle` and `TransferBatch` of ERC-1155: operator, from, to. */
const SHARE_TRANSFERS = [
  '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62',
  '0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb',
];

/**
 * Hashes of all transactions in which the wallet acted: cash or shares left it, an approval changed, or its contract
 * logged something. Nonce and calls identify the one that was sent.
 */
export function createFindTouching(readLogs: ReadLogs, walletAddress: string): FindRedeeming {
  const wallet = toTopic(walletAddress);
  const filters: readonly LogFilter[] = [
    { address: COLLATERAL_ADDRESS, topics: [[TRANSFER, APPROVAL], wallet] },
    ...Object.values(PROTOCOLS).flatMap(({ shares }) => [
      { address: shares, topics: [SHARE_TRANSFERS, null, wallet] },
      { address: shares, topics: [APPROVAL_FOR_ALL, wallet] },
    ]),
    { address: walletAddress, topics: [] },
  ];
  return async (range, deadlineAtMs) => {
    const found = await Promise.all(filters.map((filter) => readLogs(filter, range, deadlineAtMs)));
    return [...new Set(found.flat().map(({ transactionHash }) => transactionHash))];
  };
}
