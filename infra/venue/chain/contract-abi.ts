import { parseAbi } from 'viem';

/** The functions of the local chain's contracts that this process calls. */
export const CONTRACT_ABI = parseAbi([
  'struct Order { uint256 salt; address maker; address signer; uint256 tokenId; uint256 makerAmount; uint256 takerAmount; uint8 side; uint8 signatureType; uint256 timestamp; bytes32 metadata; bytes32 builder; }',
  'struct Fill { uint256 shares; uint256 delivered; uint256 value; uint256 fee; }',
  'function fill(Order order, bytes signature, Fill part)',
  'function mint(address to, uint256 value)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function execute(address to, bytes data)',
  'function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)',
  'function prepareCondition(address oracle, bytes32 questionId, uint256 outcomeSlotCount)',
  'function getOutcomeSlotCount(bytes32 conditionId) view returns (uint256)',
  'function payoutDenominator(bytes32 conditionId) view returns (uint256)',
  'function reportPayouts(bytes32 questionId, uint256[] payouts)',
  'function splitPosition(address collateral, bytes32 parent, bytes32 conditionId, uint256[] partition, uint256 amount)',
  'function redeemPositions(address collateral, bytes32 parent, bytes32 conditionId, uint256[] indexSets)',
  'function balanceOf(address owner, uint256 id) view returns (uint256)',
  'function hasResult(bytes31 conditionId) view returns (bool)',
  'function reportResult(bytes31 conditionId, uint256[] result)',
  'function getPayout(uint256 id, uint256 amount) view returns (uint256)',
  'function split(bytes31 conditionId, uint256 amount)',
  'function redeem(bytes31 conditionId, uint256 outcome, uint256 amount)',
  'function setApprovalForAll(address operator, bool approved)',
  'function isApprovedForAll(address owner, address operator) view returns (bool)',
  'function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data)',
]);
