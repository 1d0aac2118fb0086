/** Where keys and credentials are kept. What it returns never reaches a log, an error, a row or a message. */
export type SecretVault = {
  /**
   * The text of the secret with this name.
   * @throws ConfigError naming the secret when there is none or we may not read it
   * @throws UpstreamUnavailableError when the vault does not answer
   */
  getSecret(name: string): Promise<string>;
};
