/**
 * What the templates of a deployment promise. One file for the runner: loading CDK and making the first template takes seconds, and every
 * file would pay for it again.
 */
import './environments.cases.ts';
import './functions.cases.ts';
import './queues.cases.ts';
import './rights.cases.ts';
import './security-rules.cases.ts';
import './stage-changes.cases.ts';
import './state-stack.cases.ts';
import './templates.cases.ts';
import './watch-stack.cases.ts';
