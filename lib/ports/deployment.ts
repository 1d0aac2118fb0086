/** One resource of the suite that an exit needs. */
export type DeploymentPart = {
  readonly kind: 'table' | 'queue' | 'timer-group' | 'function' | 'secret';
  readonly name: string;
  /** What is wrong with it; null when it exists and is in order. */
  readonly fault: string | null;
};

/** The suite's own resources in the cloud. Reads only. @throws UpstreamUnavailableError, ConfigError */
export type Deployment = {
  listParts(deadlineAtMs: number): Promise<readonly DeploymentPart[]>;
  /** Concurrent executions that the account allows for all its functions together; null without a limit. */
  getConcurrency(deadlineAtMs: number): Promise<number | null>;
};
