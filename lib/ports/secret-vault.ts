/** The secret store for keys and credentials. Its values must never reach a log, an error, a row or a message. */
export type SecretVault = {
  /**
   * The text of the secret with this name.
   * @throws ConfigError naming the secret when it does not exist or may not be read
   * @throws UpstreamUnavailableError when the store does not answer
   */
  getSecret(name: string): Promise<string>;
};
