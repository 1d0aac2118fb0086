// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BACKING, BINARY_MODULE, COLLATERAL, CONDITIONAL_TOKENS, OPERATOR, POSITION_MANAGER} from "./Addresses.sol";
import {IBacking, IConditionalTokens, Redeemer} from "./RedeemAdapterDouble.sol";

interface IRedeemablePositions {
    function balanceOf(address owner, uint256 id) external view returns (uint256);
    function isApprovedForAll(address owner, address operator) external view returns (bool);
    function unsafeTransferFrom(address from, address to, uint256 id, uint256 amount) external;
}

interface IRedeemingModule {
    function redeem(address to, uint256 id, uint256 amount) external;
}

// Redeems for wallets that approved it: the whole balance. Wallets without approval are skipped. Shares of v1 are paid
// by wrapping to the wallet; of v2 the redeemer receives the cash and sends it on. (Polymarket/polymarket-v2-external,
// AutoRedeemer.sol)
contract AutoRedeemerDouble is Redeemer {
    event Redemption(address indexed from, uint256 indexed positionId, uint256 payout);
    event BinaryRedemption(address indexed from, bytes32 indexed conditionId, uint256 payout);

    modifier onlyOperator() {
        require(msg.sender == OPERATOR, "auto-redeemer: only the operator redeems");
        _;
    }

    function redeem(address[] calldata owners, uint256[] calldata ids) external onlyOperator {
        IRedeemablePositions positions = IRedeemablePositions(POSITION_MANAGER);
        for (uint256 i = 0; i < owners.length; i += 1) {
            if (!positions.isApprovedForAll(owners[i], address(this))) continue;
            uint256 held = positions.balanceOf(owners[i], ids[i]);
            uint256 payout = 0;
            if (held != 0) {
                uint256 before = IBacking(COLLATERAL).balanceOf(address(this));
                positions.unsafeTransferFrom(owners[i], BINARY_MODULE, ids[i], held);
                IRedeemingModule(BINARY_MODULE).redeem(address(this), ids[i], held);
                payout = IBacking(COLLATERAL).balanceOf(address(this)) - before;
                if (payout != 0) IBacking(COLLATERAL).transfer(owners[i], payout);
            }
            emit Redemption(owners[i], ids[i], payout);
        }
    }

    function redeemBinary(address[] calldata owners, bytes32[] calldata conditionIds) external onlyOperator {
        IConditionalTokens tokens = IConditionalTokens(CONDITIONAL_TOKENS);
        for (uint256 i = 0; i < owners.length; i += 1) {
            if (!tokens.isApprovedForAll(owners[i], address(this))) continue;
            uint256[] memory ids = idsOf(conditionIds[i]);
            uint256[] memory held = balancesOf(owners[i], ids);
            uint256 payout = 0;
            if (held[0] != 0 || held[1] != 0) {
                uint256 before = IBacking(BACKING).balanceOf(address(this));
                tokens.safeBatchTransferFrom(owners[i], address(this), ids, held, "");
                redeemAll(conditionIds[i]);
                payout = IBacking(BACKING).balanceOf(address(this)) - before;
                if (payout != 0) payWrapped(owners[i], payout);
            }
            emit BinaryRedemption(owners[i], conditionIds[i], payout);
        }
    }
}
