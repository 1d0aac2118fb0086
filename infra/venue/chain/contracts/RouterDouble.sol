// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BINARY_MODULE, COLLATERAL, OPERATOR, POSITION_MANAGER} from "./Addresses.sol";

interface IHeldPositions {
    function balanceOf(address owner, uint256 id) external view returns (uint256);
    function isApprovedForAll(address owner, address operator) external view returns (bool);
    function unsafeTransferFrom(address from, address to, uint256 id, uint256 amount) external;
}

interface IPaidDollar {
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

interface IBinaryModule {
    function split(address[] calldata to, bytes31 conditionId, uint256 amount) external;
    function merge(address to, bytes31 conditionId, uint256 amount) external;
    function redeem(address to, uint256 id, uint256 amount) external;
}

// Where wallets split, merge and redeem shares of market version v2: the caller's own, for the caller.
contract RouterDouble {
    error InvalidOutcomeIndex();

    event RouterPositionSplit(address indexed initiator, bytes31 indexed conditionId, uint256 amount);
    event RouterPositionsMerged(address indexed initiator, bytes31 indexed conditionId, uint256 amount);
    event RouterPositionRedeemed(address indexed initiator, uint256 indexed id, uint256 amount);

    function split(bytes31 conditionId, uint256 amount) external {
        IPaidDollar(COLLATERAL).transferFrom(msg.sender, BINARY_MODULE, amount);
        address[] memory to = new address[](2);
        to[0] = msg.sender;
        to[1] = msg.sender;
        IBinaryModule(BINARY_MODULE).split(to, conditionId, amount);
        emit RouterPositionSplit(msg.sender, conditionId, amount);
    }

    function merge(bytes31 conditionId, uint256 amount) external {
        uint256 id = uint256(uint248(conditionId)) << 8;
        IHeldPositions(POSITION_MANAGER).unsafeTransferFrom(msg.sender, BINARY_MODULE, id, amount);
        IHeldPositions(POSITION_MANAGER).unsafeTransferFrom(msg.sender, BINARY_MODULE, id + 1, amount);
        IBinaryModule(BINARY_MODULE).merge(msg.sender, conditionId, amount);
        emit RouterPositionsMerged(msg.sender, conditionId, amount);
    }

    function redeem(bytes31 conditionId, uint256 outcome, uint256 amount) external {
        if (outcome > 1) revert InvalidOutcomeIndex();
        uint256 id = uint256(uint248(conditionId)) << 8 | outcome;
        IHeldPositions(POSITION_MANAGER).unsafeTransferFrom(msg.sender, BINARY_MODULE, id, amount);
        IBinaryModule(BINARY_MODULE).redeem(msg.sender, id, amount);
        emit RouterPositionRedeemed(msg.sender, id, amount);
    }
}
