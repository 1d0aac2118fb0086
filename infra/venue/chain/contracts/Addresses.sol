// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Addresses on the local chain. The first five are Polygon's real ones, so that code under test is configured as in
// production. `chain-addresses.ts` has the same list.
address constant CONDITIONAL_TOKENS = 0x4D97DCd97eC945f40cF65F87097ACe5EA0476045;
address constant COLLATERAL = 0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB;
// The collateral inside ConditionalTokens. Token ids are derived from it, not from the traded collateral.
address constant BACKING = 0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174;
address constant REDEEM_ADAPTER = 0xAdA100Db00Ca00073811820692005400218FcE1f;

// Local accounts without keys: the node accepts them as senders.
address constant OPERATOR = 0x1000000000000000000000000000000000000001;
address constant MARKET_MAKER = 0x1000000000000000000000000000000000000002;
address constant FEE_RECEIVER = 0x1000000000000000000000000000000000000003;
