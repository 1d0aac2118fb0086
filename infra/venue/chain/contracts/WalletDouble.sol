// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DEPOSIT_WALLET_FACTORY, OPERATOR, PROXY_FACTORY} from "./Addresses.sol";
import {Signatures} from "./Signatures.sol";

struct Call {
    address target;
    uint256 value;
    bytes data;
}

struct Batch {
    address wallet;
    uint256 nonce;
    uint256 deadline;
    Call[] calls;
}

interface ITimelock {
    function timelockDelay() external view returns (uint256);
}

// Proxy, safe and deposit wallet in one: a contract that holds cash and shares for a key. The owner is written into the
// first slot when the code is placed, so the order of the variables matters.
contract WalletDouble {
    address public owner;
    uint256 public nonce;
    // When its owner paused it; zero while it is not.
    uint256 public paused;

    error OnlyFactory();
    error EmptyBatch();
    error InvalidWallet();
    error InvalidNonce();
    error Expired();
    error InvalidSignature();
    error CallFailed();
    error NotOwner();
    error NotPaused();
    error TimelockInsufficientDelay();

    event BatchExecuted(uint256 nonce);
    event Paused(uint256 timestamp);
    event Unpaused(uint256 timestamp);
    event ExecutionSuccess(bytes32 txHash, uint256 payment);

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CALL_TYPE = keccak256("Call(address target,uint256 value,bytes data)");
    bytes32 private constant BATCH_TYPE = keccak256(
        "Batch(address wallet,uint256 nonce,uint256 deadline,Call[] calls)Call(address target,uint256 value,bytes data)"
    );
    bytes4 private constant NOT_VALID = 0xffffffff;
    uint256 private constant KEY_SIGNATURE = 65;
    uint256 private constant HASHES = 64;

    // By the factory, right after it has deployed a deposit wallet.
    function initialize(address firstOwner) external {
        if (msg.sender != DEPOSIT_WALLET_FACTORY || owner != address(0)) revert OnlyFactory();
        owner = firstOwner;
    }

    // The owner's way out of a deposit wallet without the relayer: pause, wait, withdraw. Signed batches stay valid.
    function pause() external {
        if (msg.sender != owner) revert NotOwner();
        paused = block.timestamp;
        emit Paused(block.timestamp);
    }

    function unpause() external {
        checkTimelock();
        paused = 0;
        emit Unpaused(block.timestamp);
    }

    function withdrawERC20(address token, address to, uint256 amount) external {
        checkTimelock();
        forwardMemory(token, abi.encodeWithSignature("transfer(address,uint256)", to, amount));
    }

    function withdrawERC1155(address token, address to, uint256[] calldata ids, uint256[] calldata amounts) external {
        checkTimelock();
        for (uint256 i = 0; i < ids.length; i += 1) {
            bytes memory empty;
            forwardMemory(
                token,
                abi.encodeWithSignature(
                    "safeTransferFrom(address,address,uint256,uint256,bytes)", address(this), to, ids[i], amounts[i], empty
                )
            );
        }
    }

    function checkTimelock() private view {
        if (paused == 0) revert NotPaused();
        if (block.timestamp <= paused + ITimelock(DEPOSIT_WALLET_FACTORY).timelockDelay()) {
            revert TimelockInsufficientDelay();
        }
        if (msg.sender != owner) revert NotOwner();
    }

    // The operator acts as the venue's relayer.
    function execute(address to, bytes calldata data) external {
        bool isKnown = msg.sender == owner || msg.sender == OPERATOR || msg.sender == PROXY_FACTORY;
        require(isKnown, "wallet: neither owner nor relayer");
        forward(to, data);
    }

    // As a deposit wallet: all calls or none, once, for the factory only.
    function execute(Batch calldata batch, bytes calldata signature) external {
        if (msg.sender != DEPOSIT_WALLET_FACTORY) revert OnlyFactory();
        if (batch.calls.length == 0) revert EmptyBatch();
        if (batch.wallet != address(this)) revert InvalidWallet();
        if (batch.nonce != nonce) revert InvalidNonce();
        nonce += 1;
        if (block.timestamp > batch.deadline) revert Expired();
        if (Signatures.recover(hashBatch(batch), signature) != owner) revert InvalidSignature();
        for (uint256 i = 0; i < batch.calls.length; i += 1) {
            (bool isDone,) = batch.calls[i].target.call{value: batch.calls[i].value}(batch.calls[i].data);
            if (!isDone) revert CallFailed();
        }
        emit BatchExecuted(batch.nonce);
    }

    function hashBatch(Batch calldata batch) private view returns (bytes32) {
        bytes32[] memory calls = new bytes32[](batch.calls.length);
        for (uint256 i = 0; i < calls.length; i += 1) {
            Call calldata each = batch.calls[i];
            calls[i] = keccak256(abi.encode(CALL_TYPE, each.target, each.value, keccak256(each.data)));
        }
        bytes32 contents = keccak256(
            abi.encode(BATCH_TYPE, batch.wallet, batch.nonce, batch.deadline, keccak256(abi.encodePacked(calls)))
        );
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("DepositWallet"), keccak256("1"), block.chainid, address(this))
        );
        return keccak256(abi.encodePacked(hex"1901", domain, contents));
    }

    function isOwner(address key) external view returns (bool) {
        return key == owner;
    }

    // As a safe with one owner, who sends the transaction and therefore need not sign: the signature is the owner's
    // address, a zero word and the type 1. With safeTxGas 0 a failure inside reverts all.
    function execTransaction(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address,
        address,
        bytes calldata signatures
    ) external returns (bool) {
        require(signatures.length == 65 && uint8(signatures[64]) == 1, "GS026");
        require(address(uint160(uint256(bytes32(signatures[:32])))) == owner && msg.sender == owner, "GS025");
        require(value == 0 && operation == 0 && safeTxGas + baseGas + gasPrice == 0, "safe: only plain calls");
        nonce += 1;
        (bool isDone,) = to.call(data);
        require(isDone, "GS013");
        emit ExecutionSuccess(keccak256(data), 0);
        return true;
    }

    // Any sender may submit what the owner signed, once.
    function executeSigned(address to, bytes calldata data, bytes calldata signature) external {
        bytes32 digest = keccak256(abi.encode(block.chainid, address(this), nonce, to, keccak256(data)));
        require(Signatures.recover(digest, signature) == owner, "wallet: not signed by the owner");
        nonce += 1;
        forward(to, data);
    }

    // ERC-1271 with the nesting of ERC-7739: the owner signs `TypedDataSign`, which names this wallet and contains the
    // application's message. Layout: the key's signature (65), domain separator (32), hash of the contents (32), their
    // type, its length (2). A plain signature of the digest is refused, because it could have been made for another
    // wallet of the owner.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (signature.length < KEY_SIGNATURE + HASHES + 2) return NOT_VALID;
        uint256 typeLength = uint16(bytes2(signature[signature.length - 2:]));
        if (signature.length != KEY_SIGNATURE + HASHES + typeLength + 2) return NOT_VALID;
        bytes32 domain = bytes32(signature[KEY_SIGNATURE:KEY_SIGNATURE + 32]);
        bytes32 contents = bytes32(signature[KEY_SIGNATURE + 32:KEY_SIGNATURE + HASHES]);
        if (digest != keccak256(abi.encodePacked(hex"1901", domain, contents))) return NOT_VALID;
        bytes calldata contentsType = signature[KEY_SIGNATURE + HASHES:signature.length - 2];
        bytes32 nested = keccak256(abi.encodePacked(hex"1901", domain, hashNested(contents, contentsType)));
        address key = Signatures.recover(nested, signature[:KEY_SIGNATURE]);
        return key != address(0) && key == owner ? this.isValidSignature.selector : NOT_VALID;
    }

    function hashNested(bytes32 contents, bytes calldata contentsType) private view returns (bytes32) {
        bytes32 nestedType = keccak256(
            abi.encodePacked(
                "TypedDataSign(",
                nameOf(contentsType),
                " contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)",
                contentsType
            )
        );
        return keccak256(
            abi.encode(
                nestedType, contents, keccak256("DepositWallet"), keccak256("1"), block.chainid, address(this), bytes32(0)
            )
        );
    }

    // "Order(uint256 salt,…)" is called "Order".
    function nameOf(bytes calldata contentsType) private pure returns (bytes calldata) {
        uint256 end = 0;
        while (end < contentsType.length && contentsType[end] != "(") end += 1;
        return contentsType[:end];
    }

    function forward(address to, bytes calldata data) private {
        forwardMemory(to, data);
    }

    function forwardMemory(address to, bytes memory data) private {
        (bool isDone, bytes memory answer) = to.call(data);
        // Passes on the reason of the refusal.
        if (!isDone) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    // ERC-1155 tokens are sent only to contracts that accept them.
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
