import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY_DIR = '/dev/shm';
/** Several times what the files of five thousand positions take. In containers the directory is often far smaller. */
const BYTES_MIN = 2_000_000_000;

/**
 * Where a benchmark keeps its state: in memory where the machine has a directory there. The emulator of the table waits for
 * the disk at each write, one after the other, which a table on AWS does not: with the state on a disk, the disk is what is measured.
 */
export function stateRoot(): string {
  return isRoomy(MEMORY_DIR) ? MEMORY_DIR : tmpdir();
}

function isRoomy(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize >= BYTES_MIN;
  } catch {
    return false;
  }
}
