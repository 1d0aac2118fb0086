import { InvariantError } from '#lib/errors/errors.ts';

/**
 * In place of the SDK's event streams, 14 kB that no call of a function uses. The SDK imports them when an operation
 * streams events.
 */
export class EventStreamSerde {
  constructor() {
    throw new InvariantError('The functions do not stream events: remove the stand-in in infra/shared/bundling.ts');
  }
}

export function eventStreamSerdeProvider(): never {
  throw new InvariantError('The functions do not stream events: remove the stand-in in infra/shared/bundling.ts');
}
