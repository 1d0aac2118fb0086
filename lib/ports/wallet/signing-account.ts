/**
 * The key that signs for the wallet, in a secret store or in a key service that does not export it. The address is
 * checksummed (EIP-55): `0x` and 40 hexadecimal digits.
 */
export type SigningAccount = {
  readonly address: string;
  /**
   * Signs 32 bytes (`0x` and 64 digits) without a prefix or a second hash. Returns `0x`, r, s and v (27 or 28), with s
   * in the lower half of the curve's order.
   * @throws UpstreamUnavailableError when a key service does not answer
   */
  signDigest(digest: string): Promise<string>;
};
