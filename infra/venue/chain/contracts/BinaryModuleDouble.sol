// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {COLLATERAL, OPERATOR, POSITION_MANAGER} from "./Addresses.sol";

interface IPositions {
    function mint(address to, uint256 id, uint256 amount) external;
    function burn(uint256 id, uint256 amount) external;
}

interface IMintedDollar {
    function mint(address to, uint256 value) external;
    function burn(uint256 value) external;
}

// Results and payouts of markets with two outcomes. What is split, merged or redeemed has been sent to the module
// before, by the router. The operator stands for the oracle.
contract BinaryModuleDouble {
    error ConditionNotResolved();
    error ConditionAlreadyResolved();
    error InvalidOutcomeIndex();
    error InvalidResults();

    event ResultReported(address indexed resolver, bytes31 indexed conditionId, uint256[] result);
    event ConditionResolved(bytes31 indexed conditionId, uint256[] result);
    event PositionsSplit(
        address indexed initiator,
        bytes31 indexed conditionId,
        address indexed recipient0,
        address recipient1,
        uint256 amount
    );
    event PositionsMerged(
        address indexed initiator, bytes31 indexed conditionId, address indexed recipient, uint256 amount
    );
    event PositionRedeemed(
        address indexed initiator, uint256 indexed id, address indexed recipient, uint256 amount, uint256 payout
    );

    uint256 private constant WHOLE = 1_000_000;

    mapping(bytes31 => uint256[]) private results;

    function getResult(bytes31 conditionId) external view returns (uint256[] memory) {
        return results[conditionId];
    }

    function hasResult(bytes31 conditionId) external view returns (bool) {
        return results[conditionId].length > 0;
    }

    function reportResult(bytes31 conditionId, uint256[] calldata result) external {
        require(msg.sender == OPERATOR, "module: only the operator reports");
        if (results[conditionId].length > 0) revert ConditionAlreadyResolved();
        if (result.length != 2 || result[0] + result[1] != WHOLE) revert InvalidResults();
        results[conditionId] = result;
        emit ConditionResolved(conditionId, result);
        emit ResultReported(msg.sender, conditionId, result);
    }

    function getPayout(uint256 id, uint256 amount) public view returns (uint256) {
        uint256 outcome = uint8(id);
        if (outcome > 1) revert InvalidOutcomeIndex();
        uint256[] storage result = results[bytes31(uint248(id >> 8))];
        if (result.length == 0) revert ConditionNotResolved();
        return amount * result[outcome] / WHOLE;
    }

    function split(address[] calldata to, bytes31 conditionId, uint256 amount) external {
        uint256 id = idOf(conditionId);
        IPositions(POSITION_MANAGER).mint(to[0], id, amount);
        IPositions(POSITION_MANAGER).mint(to[1], id + 1, amount);
        IMintedDollar(COLLATERAL).burn(amount);
        emit PositionsSplit(msg.sender, conditionId, to[0], to[1], amount);
    }

    function merge(address to, bytes31 conditionId, uint256 amount) external {
        uint256 id = idOf(conditionId);
        IMintedDollar(COLLATERAL).mint(to, amount);
        IPositions(POSITION_MANAGER).burn(id, amount);
        IPositions(POSITION_MANAGER).burn(id + 1, amount);
        emit PositionsMerged(msg.sender, conditionId, to, amount);
    }

    function redeem(address to, uint256 id, uint256 amount) external {
        uint256 payout = getPayout(id, amount);
        IMintedDollar(COLLATERAL).mint(to, payout);
        IPositions(POSITION_MANAGER).burn(id, amount);
        emit PositionRedeemed(msg.sender, id, to, amount, payout);
    }

    function idOf(bytes31 conditionId) private pure returns (uint256) {
        return uint256(uint248(conditionId)) << 8;
    }
}
