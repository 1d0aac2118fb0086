// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BACKING, COLLATERAL, CONDITIONAL_TOKENS} from "./Addresses.sol";

interface IConditionalTokens {
    function getCollectionId(bytes32 parent, bytes32 conditionId, uint256 indexSet) external view returns (bytes32);
    function getPositionId(address collateral, bytes32 collectionId) external view returns (uint256);
    function balanceOf(address holder, uint256 id) external view returns (uint256);
    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data) external;
    function redeemPositions(address collateral, bytes32 parent, bytes32 conditionId, uint256[] calldata indexSets) external;
}

interface IPrintedDollar {
    function balanceOf(address holder) external view returns (uint256);
    function mint(address to, uint256 value) external;
}

// Redeems shares of a resolved market for collateral. ConditionalTokens holds another dollar than the traded one:
// redeeming there for the traded collateral succeeds and pays nothing. The adapter redeems for the dollar held there
// and pays the traded one.
contract RedeemAdapterDouble {
    function redeemPositions(address, bytes32, bytes32 conditionId, uint256[] calldata indexSets) external {
        IConditionalTokens tokens = IConditionalTokens(CONDITIONAL_TOKENS);
        for (uint256 i = 0; i < indexSets.length; i += 1) {
            uint256 id = tokens.getPositionId(BACKING, tokens.getCollectionId(bytes32(0), conditionId, indexSets[i]));
            uint256 held = tokens.balanceOf(msg.sender, id);
            if (held > 0) tokens.safeTransferFrom(msg.sender, address(this), id, held, "");
        }
        uint256 before = IPrintedDollar(BACKING).balanceOf(address(this));
        tokens.redeemPositions(BACKING, bytes32(0), conditionId, indexSets);
        uint256 paid = IPrintedDollar(BACKING).balanceOf(address(this)) - before;
        // The real adapter wraps the redeemed dollars. Here they stay, and the same amount is minted.
        if (paid > 0) IPrintedDollar(COLLATERAL).mint(msg.sender, paid);
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC1155Received.selector;
    }
}
