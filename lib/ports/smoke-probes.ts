/** Opens positions of a deployment, by one of its doors. Repeating a request id never opens twice. */
export type OpeningDoor = (body: SmokeOpening) => Promise<OpeningReply>;

/** An open request on paper, in the fields of the API. */
export type SmokeOpening = {
  readonly requestId: string;
  readonly asset: 'BTC';
  readonly side: 'UP' | 'DOWN';
  /** Dollars, fees included. */
  readonly usd: number;
  readonly window: '5m';
  /** Unix milliseconds in the window. */
  readonly windowAt: number;
  readonly mode: 'paper';
  readonly exitLeadSeconds: number;
  readonly preset: 'none';
};

export type OpeningReply =
  | { readonly outcome: 'opened' | 'already-requested'; readonly position: { readonly positionId: string } }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  | {
      readonly outcome: 'failed';
      readonly code: string;
      readonly message: string;
      /** True unless it is certain that nothing was opened. */
      readonly mayHaveOpened: boolean;
    };

/** One message that no function can read, on its way from the exit queue to its dead letters. */
export type PoisonMessage = {
  /** @throws UpstreamUnavailableError it may have been sent */
  send(body: string): Promise<void>;
  /**
   * The dead letter with exactly this body; undefined while there is none. Other messages are left as they are.
   * @throws UpstreamUnavailableError
   */
  find(body: string): Promise<{ readonly errorName: string | null } | undefined>;
  /** Deletes the dead letters with exactly this body, and no other. False when there is none. */
  remove(body: string): Promise<boolean>;
};

export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

export type SeenAlarm = {
  readonly state: AlarmState;
  /** Since when it is in this state; null where AWS does not say. */
  readonly sinceMs: number | null;
};

/** The alarms of a deployment. */
export type AlarmControl = {
  /** @throws UpstreamUnavailableError */
  find(alarmName: string): Promise<SeenAlarm | undefined>;
  /** Until its next evaluation. Its actions run as for a measured state. @throws UpstreamUnavailableError */
  force(alarmName: string, state: AlarmState, reason: string): Promise<void>;
};

export type LoggedError = { readonly logGroup: string; readonly atMs: number; readonly text: string };

/** The logs of a deployment's functions. */
export type ErrorLog = {
  /** Lines of level ERROR, and what Lambda says of a function that ended badly. @throws UpstreamUnavailableError */
  listErrors(sinceMs: number): Promise<readonly LoggedError[]>;
};

/** The commit that a stack was deployed at; null when it does not say. */
export type DeployedStack = { readonly name: string; readonly commit: string | null };
