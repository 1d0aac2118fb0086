// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OPERATOR} from "./Addresses.sol";
import {Signatures} from "./Signatures.sol";

// Proxy, safe and deposit wallet in one: a contract that holds cash and shares for a key. The owner is written into the
// first slot when the code is placed, so the order of the variables matters.
contract WalletDouble {
    address public owner;
    uint256 public nonce;

    bytes4 private constant NOT_VALID = 0xffffffff;
    uint256 private constant KEY_SIGNATURE = 65;
    uint256 private constant HASHES = 64;

    // The operator acts as the venue's relayer.
    function execute(address to, bytes calldata data) external {
        require(msg.sender == owner || msg.sender == OPERATOR, "wallet: neither owner nor relayer");
        forward(to, data);
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
