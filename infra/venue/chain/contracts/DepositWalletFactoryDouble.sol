// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OPERATOR} from "./Addresses.sol";
import {Batch} from "./WalletDouble.sol";

interface IBatchWallet {
    function execute(Batch calldata batch, bytes calldata signature) external;
}

// The only sender of a deposit wallet's batches, and itself called by the venue's relayer only.
contract DepositWalletFactoryDouble {
    error OnlyOperator();

    function proxy(Batch[] calldata batches, bytes[] calldata signatures) external {
        if (msg.sender != OPERATOR) revert OnlyOperator();
        for (uint256 i = 0; i < batches.length; i += 1) {
            IBatchWallet(batches[i].wallet).execute(batches[i], signatures[i]);
        }
    }
}

struct ProxyCall {
    uint8 typeCode;
    address to;
    uint256 value;
    bytes data;
}

interface IProxyWallet {
    function execute(address to, bytes calldata data) external;
}

// Calls of a proxy wallet (type 1), for its owner. The wallet's address follows from the owner, as in chain-wallets.ts.
contract ProxyFactoryDouble {
    uint8 private constant CALL = 1;

    function proxy(ProxyCall[] calldata calls) external payable {
        bytes32 seed = keccak256(abi.encodePacked("t-minus local wallet", msg.sender, uint8(1)));
        address wallet = address(uint160(uint256(seed)));
        for (uint256 i = 0; i < calls.length; i += 1) {
            require(calls[i].typeCode == CALL && calls[i].value == 0, "proxy: only calls without value");
            IProxyWallet(wallet).execute(calls[i].to, calls[i].data);
        }
    }
}
