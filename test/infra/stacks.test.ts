/**
 * The templates of every stage. One test file, because loading CDK and making the first template takes seconds for
 * each.
 */
import './environments.cases.ts';
import './functions.cases.ts';
import './interactions.cases.ts';
import './protection.cases.ts';
import './queues.cases.ts';
import './permissions.cases.ts';
import './pipeline.cases.ts';
import './release.cases.ts';
import './restored-table.cases.ts';
import './security-rules.cases.ts';
import './stage-changes.cases.ts';
import './stage-config.cases.ts';
import './state-stack.cases.ts';
import './templates.cases.ts';
import './watch-stack.cases.ts';
