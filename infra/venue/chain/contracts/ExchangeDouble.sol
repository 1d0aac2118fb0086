// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    CONDITIONAL_TOKENS,
    COLLATERAL,
    EXCHANGE_V3,
    FEE_RECEIVER,
    MARKET_MAKER,
    OPERATOR,
    POSITION_MANAGER
} from "./Addresses.sol";
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
// the operator matches orders and the contract does not check the match. All exchanges have this code: the address is
// the signing domain. That of market version v2 has a domain version and shares of its own.
contract ExchangeDouble {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant ORDER_TYPE = keccak256(
        "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
    );
    uint8 private constant BUY = 0;
    uint8 private constant SELL = 1;

    // What is left of an order, in the unit of makerAmount, once it was filled in part. Only its dollars limit a buy:
    // at a better price it brings more shares.
    struct OrderStatus {
        bool filled;
        uint248 remaining;
    }

    mapping(bytes32 => OrderStatus) public getOrderStatus;

    event OrderFilled(
        bytes32 indexed orderHash,
        address indexed maker,
        address indexed taker,
        uint8 side,
        uint256 tokenId,
        uint256 makerAmountFilled,
        uint256 takerAmountFilled,
        uint256 fee,
        bytes32 builder,
        bytes32 metadata
    );
    event OrdersMatched(
        bytes32 indexed takerOrderHash,
        address indexed takerOrderMaker,
        uint8 side,
        uint256 tokenId,
        uint256 makerAmountFilled,
        uint256 takerAmountFilled
    );
    event FeeCharged(address indexed receiver, uint256 amount);

    function isV3() private view returns (bool) {
        return address(this) == EXCHANGE_V3;
    }

    function domainSeparator() public view returns (bytes32) {
        bytes32 version = isV3() ? keccak256("3") : keccak256("2");
        return keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("Polymarket CTF Exchange"), version, block.chainid, address(this))
        );
    }

    function hashOrder(Order calldata order) public view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(), keccak256(abi.encode(ORDER_TYPE, order))));
    }

    function fill(Order calldata order, bytes calldata signature, Fill calldata part) external {
        require(msg.sender == OPERATOR, "exchange: only the operator matches");
        bytes32 orderHash = hashOrder(order);
        require(isSigned(order, orderHash, signature), "exchange: wrong signature");
        require(order.side <= SELL, "exchange: unknown side");
        require(part.shares > 0 && part.delivered <= part.shares, "exchange: wrong amounts");

        subtract(order, orderHash, order.side == BUY ? part.value : part.shares);
        require(isWithinLimit(order, part), "exchange: worse than the limit");

        if (order.side == BUY) buy(order, part);
        else sell(order, part);
        logFill(order, orderHash, part);
    }

    function subtract(Order calldata order, bytes32 orderHash, uint256 given) private {
        OrderStatus storage status = getOrderStatus[orderHash];
        uint256 remaining = status.remaining == 0 ? order.makerAmount : status.remaining;
        require(!status.filled && given <= remaining, "exchange: over-filled");
        getOrderStatus[orderHash] = OrderStatus(given == remaining, uint248(remaining - given));
    }

    // The maker's leg and the taker's. Before v3 the taker's leg of a buy repeats the cash in place of the shares.
    function logFill(Order calldata order, bytes32 orderHash, Fill calldata part) private {
        (uint256 making, uint256 taking) =
            order.side == BUY ? (part.value, part.shares) : (part.shares, part.value);
        bytes32 makerHash = keccak256(abi.encode(orderHash, getOrderStatus[orderHash].remaining));
        emit OrderFilled(
            makerHash, MARKET_MAKER, order.maker, SELL - order.side, order.tokenId, taking, making, 0, 0, 0
        );
        if (part.fee > 0) emit FeeCharged(FEE_RECEIVER, part.fee);
        if (!isV3() && order.side == BUY) taking = making;
        emit OrderFilled(
            orderHash,
            order.maker,
            address(this),
            order.side,
            order.tokenId,
            making,
            taking,
            part.fee,
            order.builder,
            order.metadata
        );
        emit OrdersMatched(orderHash, order.maker, order.side, order.tokenId, making, taking);
    }

    function moveShares(address from, address to, uint256 id, uint256 amount) private {
        IShares(isV3() ? POSITION_MANAGER : CONDITIONAL_TOKENS).safeTransferFrom(from, to, id, amount, "");
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
        moveShares(MARKET_MAKER, order.maker, order.tokenId, part.delivered);
    }

    // The seller's fee comes out of the proceeds.
    function sell(Order calldata order, Fill calldata part) private {
        require(part.fee <= part.value, "exchange: fee above the proceeds");
        moveShares(order.maker, MARKET_MAKER, order.tokenId, part.shares);
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
