/** Where neither git nor the deployment named one. */
export const UNKNOWN_COMMIT = 'unknown';

/** Enough of a commit to find it: its first twelve digits, and `-dirty` where the deployed files differed from it. */
export function shortCommit(commit: string | undefined): string {
  return (commit || UNKNOWN_COMMIT).replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1');
}

/** The commit, or null where neither git nor the deployment named one. */
export function knownCommit(commit: string | undefined): string | null {
  return commit === undefined || commit === '' || commit === UNKNOWN_COMMIT ? null : commit;
}
