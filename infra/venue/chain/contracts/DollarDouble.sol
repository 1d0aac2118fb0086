// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BACKING, BINARY_MODULE, OPERATOR, VAULT} from "./Addresses.sol";

// A dollar token of six decimals that the operator can mint. It stands for the traded collateral and, at another
// address, for the collateral inside ConditionalTokens. It has no constructor, because its code is placed without
// running one.
contract DollarDouble {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Wrapped(address indexed caller, address indexed asset, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    string public constant symbol = "USD";
    uint8 public constant decimals = 6;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 value) external {
        require(msg.sender == OPERATOR || msg.sender == BINARY_MODULE, "dollar: only the operator prints");
        issue(to, value);
    }

    // Mints what was sent here in the other dollar before, as the traded collateral does.
    function wrap(address asset, address to, uint256 amount) external {
        uint256 held = DollarDouble(asset).balanceOf(address(this));
        require(asset == BACKING && held >= amount, "dollar: nothing to wrap");
        issue(to, amount);
        DollarDouble(asset).transfer(VAULT, amount);
        emit Wrapped(msg.sender, asset, to, amount);
    }

    function issue(address to, uint256 value) private {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function burn(uint256 value) external {
        totalSupply -= value;
        balanceOf[msg.sender] -= value;
        emit Transfer(msg.sender, address(0), value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        return move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, "dollar: allowance");
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        return move(from, to, value);
    }

    function move(address from, address to, uint256 value) private returns (bool) {
        require(balanceOf[from] >= value, "dollar: balance");
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
        return true;
    }
}
