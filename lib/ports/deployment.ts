/** One part of the suite that an exit needs. */
export type DeploymentPart = {
  readonly kind: 'table' | 'queue' | 'timer-group' | 'function' | 'secret';
  readonly name: string;
  /** What is wrong with it; null when it is there and in order. */
  readonly fault: string | null;
};

/** The suite's own resources, as the cloud shows them. Reads only. @throws UpstreamUnavailableError, ConfigError */
export type Deployment = {
  listParts(deadlineAtMs: number): Promise<readonly DeploymentPart[]>;
  /** How many calls of functions the account may run at once, all its functions together; null where that has no limit. */
  getConcurrency(deadlineAtMs: number): Promise<number | null>;
};
