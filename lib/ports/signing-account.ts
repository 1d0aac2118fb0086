/**
 * The key that signs for our wallet, wherever it is kept: in a vault or in a key service that never lets it out.
 * The address is an EIP-55 checksummed one, `0x` and 40 hexadecimal digits.
 */
export type SigningAccount = {
  readonly address: string;
  /**
   * Signs 32 bytes (`0x` and 64 digits) as they are: no prefix, no second hash. The answer is `0x`, r, s and v (27 or 28), with
   * s in the lower half of the curve's order.
   * @throws UpstreamUnavailableError when a key service does not answer
   */
  signDigest(digest: string): Promise<string>;
};
