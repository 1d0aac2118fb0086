import type { StageName } from './stage-config.ts';

/** The jobs of GitHub's workflows that have a role of their own. */
export const GITHUB_JOBS = ['diff', 'drift', 'deploy'] as const;
export type GithubJob = (typeof GITHUB_JOBS)[number];

/** Fixed, because the workflows name the roles. */
export const githubRoleName = (stage: StageName, job: GithubJob): string => `tminus-${stage}-github-${job}`;

/**
 * Ten minutes of waiting, 90 of CDK and a smoke test, the last two twice when a release fails. Credentials that end
 * earlier leave openings halted.
 */
export const DEPLOY_SESSION_HOURS = 4;
