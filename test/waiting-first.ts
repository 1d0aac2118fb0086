import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files between two that kill whole machines: those take a core each. */
const BETWEEN_KILLS = 2;

/**
 * Starts files that mostly wait (they run the local stack in real time) before files that compute, so that the run does
 * not end with one worker waiting alone. Spreads the files that kill machines. Files that share a process come last and
 * together: a worker keeps its process only from one such file to the next. No test depends on its place.
 */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isShared = ({ project }: TestSpecification): boolean => !project.config.isolate;
    const isKilling = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/kill-');
    const isWaiting = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/integration/');
    const shared = sorted.filter(isShared);
    const waiting = shared.filter((file) => isWaiting(file) && !isKilling(file));
    const kills = shared.filter(isKilling).flatMap((file) => [file, ...waiting.splice(0, BETWEEN_KILLS)]);
    return [
      ...sorted.filter((file) => !isShared(file)),
      ...[...kills, ...waiting],
      ...shared.filter((file) => !isWaiting(file)),
    ];
  }
}
