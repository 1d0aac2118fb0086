// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BINARY_MODULE} from "./Addresses.sol";

interface IModule {
    function getPayout(uint256 id, uint256 amount) external view returns (uint256);
}

// The shares of market version v2: an ERC-1155 with the custom errors of the real one, which is built on Solady. No
// transfer calls its receiver, as in the real contract's mints and settlements.
contract PositionManagerDouble {
    error InsufficientBalance();
    error NotOwnerNorApproved();
    error TransferToZeroAddress();
    error ModuleNotRegistered();

    event TransferSingle(
        address indexed operator, address indexed from, address indexed to, uint256 id, uint256 amount
    );
    event ApprovalForAll(address indexed owner, address indexed operator, bool isApproved);

    uint256 private constant BINARY = 1;

    mapping(address => mapping(uint256 => uint256)) public balanceOf;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    modifier onlyModule() {
        if (msg.sender != BINARY_MODULE) revert ModuleNotRegistered();
        _;
    }

    function balanceOfBatch(address[] calldata owners, uint256[] calldata ids)
        external
        view
        returns (uint256[] memory balances)
    {
        balances = new uint256[](ids.length);
        for (uint256 i = 0; i < ids.length; i += 1) balances[i] = balanceOf[owners[i]][ids[i]];
    }

    function setApprovalForAll(address operator, bool isApproved) external {
        isApprovedForAll[msg.sender][operator] = isApproved;
        emit ApprovalForAll(msg.sender, operator, isApproved);
    }

    function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes calldata) external {
        move(from, to, id, amount);
    }

    function unsafeTransferFrom(address from, address to, uint256 id, uint256 amount) external {
        move(from, to, id, amount);
    }

    function mint(address to, uint256 id, uint256 amount) external onlyModule {
        balanceOf[to][id] += amount;
        emit TransferSingle(msg.sender, address(0), to, id, amount);
    }

    function burn(uint256 id, uint256 amount) external onlyModule {
        balanceOf[msg.sender][id] -= amount;
        emit TransferSingle(msg.sender, msg.sender, address(0), id, amount);
    }

    function moduleById(uint256 moduleId) public pure returns (address) {
        if (moduleId != BINARY) revert ModuleNotRegistered();
        return BINARY_MODULE;
    }

    // The module is the first byte of an id.
    function getPayout(uint256 id, uint256 amount) external view returns (uint256) {
        return IModule(moduleById(id >> 248)).getPayout(id, amount);
    }

    function move(address from, address to, uint256 id, uint256 amount) private {
        if (to == address(0)) revert TransferToZeroAddress();
        if (msg.sender != from && !isApprovedForAll[from][msg.sender]) revert NotOwnerNorApproved();
        if (balanceOf[from][id] < amount) revert InsufficientBalance();
        balanceOf[from][id] -= amount;
        balanceOf[to][id] += amount;
        emit TransferSingle(msg.sender, from, to, id, amount);
    }
}
