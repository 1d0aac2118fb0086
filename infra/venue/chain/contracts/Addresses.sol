// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Where things stand on the local chain. The first five are Polygon's real addresses, so that code under test needs no other
// configuration than in production; `chain-addresses.ts` holds the same list.
address constant CONDITIONAL_TOKENS = 0x4D97DCd97eC945f40cF65F87097ACe5EA0476045;
address constant COLLATERAL = 0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB;
// What ConditionalTokens keeps behind every share: token ids are derived from it and not from the collateral that is traded in.
address constant BACKING = 0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174;
address constant REDEEM_ADAPTER = 0xAdA100Db00Ca00073811820692005400218FcE1f;

// Local only: no key of theirs exists, the node lets us act for them.
address constant OPERATOR = 0x1000000000000000000000000000000000000001;
address constant MARKET_MAKER = 0x1000000000000000000000000000000000000002;
address constant FEE_RECEIVER = 0x1000000000000000000000000000000000000003;
