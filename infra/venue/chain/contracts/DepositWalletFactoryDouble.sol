// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OPERATOR} from "./Addresses.sol";
import {Batch, WalletDouble} from "./WalletDouble.sol";

interface IBatchWallet {
    function execute(Batch calldata batch, bytes calldata signature) external;
}

// Deploys deposit wallets at addresses that follow from their owner, and is the only sender of their batches. Itself
// called by the venue's relayer only.
contract DepositWalletFactoryDouble {
    error OnlyOperator();
    error LengthMismatch();

    event WalletDeployed(address indexed wallet, address indexed owner, bytes32 indexed id, address implementation);

    // After a pause, until the owner may withdraw.
    uint256 public constant timelockDelay = 1 hours;

    function predictWalletAddress(bytes32 id) public view returns (address) {
        return addressOf(id, keccak256(type(WalletDouble).creationCode));
    }

    // An older shape, which no wallet of this chain has.
    function predictLegacyWalletAddress(bytes32 id) external view returns (address) {
        return addressOf(id, keccak256("legacy"));
    }

    // A second wallet of the same id reverts, because its address is taken.
    function deploy(address[] calldata owners, bytes32[] calldata ids) external {
        if (msg.sender != OPERATOR) revert OnlyOperator();
        if (owners.length != ids.length) revert LengthMismatch();
        for (uint256 i = 0; i < owners.length; i += 1) {
            WalletDouble wallet = new WalletDouble{salt: saltOf(ids[i])}();
            wallet.initialize(owners[i]);
            emit WalletDeployed(address(wallet), owners[i], ids[i], address(this));
        }
    }

    function saltOf(bytes32 id) private view returns (bytes32) {
        return keccak256(abi.encode(address(this), id));
    }

    function addressOf(bytes32 id, bytes32 codeHash) private view returns (address) {
        bytes memory parts = abi.encodePacked(hex"ff", address(this), saltOf(id), codeHash);
        return address(uint160(uint256(keccak256(parts))));
    }

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
