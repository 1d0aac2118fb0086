/** SQS takes so many messages in one request. */
const BATCH_SIZE_MAX = 10;

/** Sends some messages in one request; resolves with the errors of those that were not taken, by their place. Throws when that is all of them. */
export type SendTogether<Message> = (messages: readonly Message[]) => Promise<ReadonlyMap<number, Error>>;

type Waiting<Message> = {
  readonly message: Message;
  readonly sent: () => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Lets messages share requests without making any of them wait for company: one that comes while nothing is under way leaves
 * at once and alone; those that come meanwhile leave together when it has arrived, or as soon as they fill a request.
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
