// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

library Signatures {
    // Whose key made these 65 bytes (r, s, v); the zero address for anything that is no signature, which owns nothing here.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        if (signature.length != 65) return address(0);
        return ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}
