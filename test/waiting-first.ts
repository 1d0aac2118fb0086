import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Starts the files that mostly wait (they play minutes of real time on the real local stack) before those that compute, so that the
 * run does not end with one worker waiting alone. No test depends on its place.
 */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWaiting = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/integration/');
    return [...sorted.filter(isWaiting), ...sorted.filter((file) => !isWaiting(file))];
  }
}
