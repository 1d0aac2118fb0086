/** Wallets as the venue tells them apart (venue §2.3): 0 the key's own address, 1 proxy, 2 safe, 3 deposit wallet. */
export const SIGNATURE_TYPES = [0, 1, 2, 3] as const;
export type SignatureType = (typeof SIGNATURE_TYPES)[number];

/** Cash as the venue sees it for one signature type; it keeps a balance for each. */
export type VenueCollateral = {
  readonly balanceMicros: bigint;
  /** What each contract may spend, by its address in lower case; empty when the venue does not say. */
  readonly allowancesMicros: ReadonlyMap<string, bigint>;
};

/**
 * What the venue says of our account before any order. Reads only; every method is safe to repeat.
 * All of them throw UpstreamUnavailableError or UnexpectedReplyError, and ConfigError when key or credentials are not there.
 */
export type VenueAccount = {
  /** The venue's clock, to the second. */
  getTimeMs(deadlineAtMs: number): Promise<number>;
  /** The protocol version whose orders it takes. */
  getProtocolVersion(deadlineAtMs: number): Promise<number>;
  /** Does it refuse orders from where we are? `country` is its own name for that place. */
  getGeoblock(deadlineAtMs: number): Promise<{ readonly blocked: boolean; readonly country: string }>;
  /**
   * May the account only sell? Needs credentials, so that it also proves them.
   * @throws RejectedByUpstreamError when the venue does not take the credentials
   */
  isClosedOnly(deadlineAtMs: number): Promise<boolean>;
  getCollateral(signatureType: SignatureType, deadlineAtMs: number): Promise<VenueCollateral>;
};
