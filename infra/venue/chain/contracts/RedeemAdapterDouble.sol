// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BACKING, COLLATERAL, CONDITIONAL_TOKENS, OPERATOR} from "./Addresses.sol";

interface IConditionalTokens {
    function getCollectionId(bytes32 parent, bytes32 conditionId, uint256 indexSet) external view returns (bytes32);
    function getPositionId(address collateral, bytes32 collectionId) external view returns (uint256);
    function balanceOf(address holder, uint256 id) external view returns (uint256);
    function isApprovedForAll(address owner, address operator) external view returns (bool);
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external;
    function redeemPositions(address collateral, bytes32 parent, bytes32 conditionId, uint256[] calldata indexSets) external;
    function mergePositions(
        address collateral,
        bytes32 parent,
        bytes32 conditionId,
        uint256[] calldata partition,
        uint256 amount
    ) external;
}

interface IBacking {
    function balanceOf(address holder) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
}

interface IWrappingDollar {
    function wrap(address asset, address to, uint256 amount) external;
}

// ConditionalTokens holds another dollar than the traded one: redeeming there for the traded collateral succeeds and
// pays nothing. The redeemer of others' shares pulls both outcomes, redeems for the dollar held there, and wraps it.
abstract contract Redeemer {
    function idsOf(bytes32 conditionId) internal view returns (uint256[] memory ids) {
        IConditionalTokens tokens = IConditionalTokens(CONDITIONAL_TOKENS);
        ids = new uint256[](2);
        for (uint256 i = 0; i < 2; i += 1) {
            ids[i] = tokens.getPositionId(BACKING, tokens.getCollectionId(bytes32(0), conditionId, i + 1));
        }
    }

    function balancesOf(address holder, uint256[] memory ids) internal view returns (uint256[] memory held) {
        held = new uint256[](2);
        for (uint256 i = 0; i < 2; i += 1) held[i] = IConditionalTokens(CONDITIONAL_TOKENS).balanceOf(holder, ids[i]);
    }

    function redeemAll(bytes32 conditionId) internal {
        IConditionalTokens(CONDITIONAL_TOKENS).redeemPositions(BACKING, bytes32(0), conditionId, bothOutcomes());
    }

    function bothOutcomes() internal pure returns (uint256[] memory sets) {
        sets = new uint256[](2);
        sets[0] = 1;
        sets[1] = 2;
    }

    function payWrapped(address to, uint256 amount) internal {
        IBacking(BACKING).transfer(COLLATERAL, amount);
        IWrappingDollar(COLLATERAL).wrap(BACKING, to, amount);
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        return this.onERC1155BatchReceived.selector;
    }
}

// As the venue's adapter: only the condition counts among the arguments, the whole balance of both outcomes is redeemed,
// everything that the adapter then holds is paid to the caller, and redeeming nothing succeeds and pays 0.
contract RedeemAdapterDouble is Redeemer {
    error OnlyUnpaused();

    mapping(address => bool) public paused;

    // The operator is the adapter's admin.
    function setPaused(address asset, bool isPaused) external {
        require(msg.sender == OPERATOR, "adapter: only the admin pauses");
        paused[asset] = isPaused;
    }

    modifier onlyUnpaused() {
        if (paused[BACKING]) revert OnlyUnpaused();
        _;
    }

    function redeemPositions(address, bytes32, bytes32 conditionId, uint256[] calldata) external onlyUnpaused {
        uint256[] memory ids = idsOf(conditionId);
        pull(ids, balancesOf(msg.sender, ids));
        redeemAll(conditionId);
        payWrapped(msg.sender, IBacking(BACKING).balanceOf(address(this)));
    }

    // Before and after the market is resolved.
    function mergePositions(address, bytes32, bytes32 conditionId, uint256[] calldata, uint256 amount)
        external
        onlyUnpaused
    {
        uint256[] memory amounts = new uint256[](2);
        amounts[0] = amount;
        amounts[1] = amount;
        pull(idsOf(conditionId), amounts);
        IConditionalTokens(CONDITIONAL_TOKENS).mergePositions(BACKING, bytes32(0), conditionId, bothOutcomes(), amount);
        payWrapped(msg.sender, IBacking(BACKING).balanceOf(address(this)));
    }

    function pull(uint256[] memory ids, uint256[] memory amounts) private {
        IConditionalTokens(CONDITIONAL_TOKENS).safeBatchTransferFrom(msg.sender, address(this), ids, amounts, "");
    }
}
