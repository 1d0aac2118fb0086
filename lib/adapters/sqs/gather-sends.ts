const BATCH_SIZE_MAX = 10;

/**
 * Sends messages in one request; resolves with the errors of refused messages by index. Throws when the whole request
 * fails.
 */
export type SendTogether<Message> = (messages: readonly Message[]) => Promise<ReadonlyMap<number, Error>>;

type Waiting<Message> = {
  readonly message: Message;
  readonly sent: () => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Combines messages into requests without delaying any of them. A message leaves at once while no request is in flight;
 * messages that arrive meanwhile leave together when it ends, or as soon as they fill a request.
 */
export function createGathering<Message>(sendTogether: SendTogether<Message>): (message: Message) => Promise<void> {
  let waiting: Waiting<Message>[] = [];
  let underWayCount = 0;
  const leave = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    underWayCount += 1;
    try {
      const errors = await sendTogether(batch.map(({ message }) => message));
      for (const [place, { sent, failed }] of batch.entries()) {
        const error = errors.get(place);
        if (error === undefined) sent();
        else failed(error);
      }
    } catch (error) {
      for (const { failed } of batch) failed(error);
    } finally {
      underWayCount -= 1;
      if (underWayCount === 0 && waiting.length > 0) void leave();
    }
  };
  return (message) =>
    new Promise((sent, failed) => {
      waiting.push({ message, sent, failed });
      if (underWayCount === 0 || waiting.length === BATCH_SIZE_MAX) void leave();
    });
}
