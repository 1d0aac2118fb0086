/** The venue's types of wallets (venue §2.3): 0 the key's own address, 1 proxy, 2 safe, 3 deposit wallet. */
export const SIGNATURE_TYPES = [0, 1, 2, 3] as const;
export type SignatureType = (typeof SIGNATURE_TYPES)[number];

/** The venue's balance of cash for one signature type; it keeps one for each type. */
export type VenueCollateral = {
  readonly balanceMicros: bigint;
  /** What each contract may spend, by its address in lower case; empty when the venue does not return it. */
  readonly allowancesMicros: ReadonlyMap<string, bigint>;
};

/**
 * The account at the venue, for checks before live trading. Reads only; every method is safe to repeat.
 * @throws UpstreamUnavailableError, UnexpectedReplyError, and ConfigError when key or credentials are missing
 */
export type VenueAccount = {
  /** The venue's clock, to the second. */
  getTimeMs(deadlineAtMs: number): Promise<number>;
  /** The protocol version whose orders it accepts. */
  getProtocolVersion(deadlineAtMs: number): Promise<number>;
  /** Whether it refuses orders from here; `country` is its name for this place. */
  getGeoblock(deadlineAtMs: number): Promise<{ readonly blocked: boolean; readonly country: string }>;
  /**
   * Whether the account may only sell. The request needs credentials, so an answer proves them.
   * @throws RejectedByUpstreamError when the venue does not accept the credentials
   */
  isClosedOnly(deadlineAtMs: number): Promise<boolean>;
  getCollateral(signatureType: SignatureType, deadlineAtMs: number): Promise<VenueCollateral>;
};
