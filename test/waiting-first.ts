import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Between two files that kill whole machines, which take a core each, so many that do not. */
const BETWEEN_KILLS = 2;

/**
 * Starts the files that mostly wait (they play minutes of real time on the real local stack) before those that compute, so that the
 * run does not end with one worker waiting alone, and those that kill machines apart from each other. No test depends on its place.
 */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWaiting = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/integration/');
    const isKilling = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/kill-');
    const waiting = sorted.filter((file) => isWaiting(file) && !isKilling(file));
    const kills = sorted.filter(isKilling).flatMap((file) => [file, ...waiting.splice(0, BETWEEN_KILLS)]);
    return [...kills, ...waiting, ...sorted.filter((file) => !isWaiting(file))];
  }
}
