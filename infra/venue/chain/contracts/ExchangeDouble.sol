// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CONDITIONAL_TOKENS, COLLATERAL, FEE_RECEIVER, MARKET_MAKER, OPERATOR} from "./Addresses.sol";
import {Signatures} from "./Signatures.sol";

interface IShares {
    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data) external;
}

interface IDollar {
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

interface IOwned {
    function owner() external view returns (address);
}

interface ISignatureChecker {
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}

struct Order {
    uint256 salt;
    address maker;
    address signer;
    uint256 tokenId;
    uint256 makerAmount;
    uint256 takerAmount;
    uint8 side;
    uint8 signatureType;
    uint256 timestamp;
    bytes32 metadata;
    bytes32 builder;
}

// `shares` are the matched shares. `delivered` is less when the buyer's fee is taken in shares.
struct Fill {
    uint256 shares;
    uint256 delivered;
    uint256 value;
    uint256 fee;
}

// Fills one order of the venue's second protocol against a market maker that is always there. As on the real exchange,
// the operator matches orders and the contract does not check the match. Both exchanges have this code: the address is
// the signing domain.
contract ExchangeDouble {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant ORDER_TYPE = keccak256(
        "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
    );
    uint8 private constant BUY = 0;
    uint8 private constant SELL = 1;

    // Filled so far by order hash, in the unit of makerAmount. Only its dollars limit a buy: at a better price it
    // brings more shares.
    mapping(bytes32 => uint256) public filled;

    event Filled(bytes32 indexed orderHash, address indexed maker, uint256 shares, uint256 value, uint256 fee);

    function hashOrder(Order calldata order) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("Polymarket CTF Exchange"), keccak256("2"), block.chainid, address(this))
        );
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(ORDER_TYPE, order))));
    }

    function fill(Order calldata order, bytes calldata signature, Fill calldata part) external {
        require(msg.sender == OPERATOR, "exchange: only the operator matches");
        bytes32 orderHash = hashOrder(order);
        require(isSigned(order, orderHash, signature), "exchange: wrong signature");
        require(order.side <= SELL, "exchange: unknown side");
        require(part.shares > 0 && part.delivered <= part.shares, "exchange: wrong amounts");

        uint256 given = order.side == BUY ? part.value : part.shares;
        filled[orderHash] += given;
        require(filled[orderHash] <= order.makerAmount, "exchange: over-filled");
        require(isWithinLimit(order, part), "exchange: worse than the limit");

        if (order.side == BUY) buy(order, part);
        else sell(order, part);
        emit Filled(orderHash, order.maker, part.shares, part.value, part.fee);
    }

    // Amounts are whole micros, so a difference below one micro is rounding.
    function isWithinLimit(Order calldata order, Fill calldata part) private pure returns (bool) {
        if (order.side == SELL) return (part.value + 1) * order.makerAmount > part.shares * order.takerAmount;
        return part.value * order.takerAmount < part.shares * order.makerAmount + order.takerAmount;
    }

    // The buyer's fee comes on top of the price.
    function buy(Order calldata order, Fill calldata part) private {
        IDollar(COLLATERAL).transferFrom(order.maker, MARKET_MAKER, part.value);
        if (part.fee > 0) IDollar(COLLATERAL).transferFrom(order.maker, FEE_RECEIVER, part.fee);
        IShares(CONDITIONAL_TOKENS).safeTransferFrom(MARKET_MAKER, order.maker, order.tokenId, part.delivered, "");
    }

    // The seller's fee comes out of the proceeds.
    function sell(Order calldata order, Fill calldata part) private {
        require(part.fee <= part.value, "exchange: fee above the proceeds");
        IShares(CONDITIONAL_TOKENS).safeTransferFrom(order.maker, MARKET_MAKER, order.tokenId, part.shares, "");
        IDollar(COLLATERAL).transferFrom(MARKET_MAKER, order.maker, part.value - part.fee);
        if (part.fee > 0) IDollar(COLLATERAL).transferFrom(MARKET_MAKER, FEE_RECEIVER, part.fee);
    }

    // Type 0: the maker's key. 1 and 2 (proxy, safe): the key of the wallet's owner. 3: a signature that the wallet
    // accepts.
    function isSigned(Order calldata order, bytes32 orderHash, bytes calldata signature) private view returns (bool) {
        if (order.signatureType == 3) {
            if (order.signer != order.maker || order.maker.code.length == 0) return false;
            return ISignatureChecker(order.maker).isValidSignature(orderHash, signature)
                == ISignatureChecker.isValidSignature.selector;
        }
        address key = Signatures.recover(orderHash, signature);
        if (key == address(0) || key != order.signer) return false;
        if (order.signatureType == 0) return order.signer == order.maker;
        if (order.signatureType > 3 || order.maker.code.length == 0) return false;
        return IOwned(order.maker).owner() == order.signer;
    }
}
