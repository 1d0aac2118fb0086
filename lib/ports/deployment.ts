/** A resource that the suite should have. */
export type ExpectedPart = {
  readonly kind:
    | 'stack'
    | 'table'
    | 'queue'
    | 'dead-letter-queue'
    | 'timer-group'
    | 'function'
    | 'event-source-mapping'
    | 'rule'
    | 'alarm'
    | 'topic'
    | 'subscription';
  /** Short name for people, e.g. `sell` or `ExitsDeadLetters`; of a mapping, the function that it calls. */
  readonly name: string;
  /** What AWS calls it: a name, the URL of a queue, the UUID of a mapping, `bus|rule` on a bus of its own. */
  readonly id: string;
  /** This deployment works without it. */
  readonly isOptional?: boolean;
};

/** What was seen of a resource. Texts come from AWS, or from the person who changed the resource there. */
export type PartState =
  | { readonly kind: 'in-order'; readonly remark: string | null }
  | { readonly kind: 'missing' }
  /** It exists and does nothing, because an operator switched it off. */
  | { readonly kind: 'off' }
  /** It is being created, changed or removed. */
  | { readonly kind: 'changing'; readonly state: string }
  /** It works, and what it does fails. */
  | { readonly kind: 'failing'; readonly reason: string }
  | { readonly kind: 'broken'; readonly reason: string }
  /** Of an alarm, with its text. */
  | { readonly kind: 'raised'; readonly sinceMs: number | null; readonly text: string }
  /** Of a dead-letter queue. */
  | { readonly kind: 'holds-messages'; readonly messageCount: number }
  /** `missingRight`: the permission that the caller lacks, or null when AWS did not answer. */
  | { readonly kind: 'unread'; readonly reason: string; readonly missingRight: string | null };

export type DeploymentPart = ExpectedPart & { readonly state: PartState };

/** The suite's own resources in the cloud. Reads only. */
export type Deployment = {
  /** Each resource that the suite should have. A resource that could not be read is `unread`. Never throws. */
  listParts(deadlineAtMs: number): Promise<readonly DeploymentPart[]>;
  /**
   * Concurrent executions that the account allows for all its functions together; null without a limit.
   * @throws UpstreamUnavailableError
   */
  getConcurrency(deadlineAtMs: number): Promise<number | null>;
};
