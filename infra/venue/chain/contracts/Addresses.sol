// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Addresses on the local chain. Those above the local accounts are Polygon's real ones, so that code under test is configured as in
// production. `chain-addresses.ts` has the same list.
address constant CONDITIONAL_TOKENS = 0x4D97DCd97eC945f40cF65F87097ACe5EA0476045;
address constant COLLATERAL = 0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB;
// The collateral inside ConditionalTokens. Token ids are derived from it, not from the traded collateral.
address constant BACKING = 0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174;
// Holds what backs the traded collateral.
address constant VAULT = 0xC417fD8E9661c0d2120B64a04Bb3278C17E99DB1;
address constant REDEEM_ADAPTER = 0xAdA100Db00Ca00073811820692005400218FcE1f;

address constant DEPOSIT_WALLET_FACTORY = 0x00000000000Fb5C9ADea0298D729A0CB3823Cc07;
address constant PROXY_FACTORY = 0xaB45c5A4B0c941a2F231C04C3f49182e1A254052;

// Market version v2.
address constant EXCHANGE_V3 = 0xe3333700cA9d93003F00f0F71f8515005F6c00Aa;
address constant POSITION_MANAGER = 0x006F54F7f9A22e0000CC2AB60031000000ae9fEF;
address constant ROUTER = 0x12121212006e4CD160D18e3f00711DA5c3372600;
address constant BINARY_MODULE = 0x1000008dD9001B968442c1000017eaE6E0dA00Ba;
address constant AUTO_REDEEMER = 0xa1200000d0002264C9a1698e001292D00E1b00af;

// Local accounts without keys: the node accepts them as senders.
address constant OPERATOR = 0x1000000000000000000000000000000000000001;
address constant MARKET_MAKER = 0x1000000000000000000000000000000000000002;
address constant FEE_RECEIVER = 0x1000000000000000000000000000000000000003;
