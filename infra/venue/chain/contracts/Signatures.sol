// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

library Signatures {
    // The signer of 65 bytes (r, s, v). The zero address, which owns nothing here, for an invalid signature.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        if (signature.length != 65) return address(0);
        return ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}
