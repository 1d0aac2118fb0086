import type { Deployment, DeploymentPart, ExpectedPart } from '#lib/ports/deployment.ts';
import type { CheckedPart, CheckStatus, Finding, PlannedCheck } from './check.ts';

type Kind = ExpectedPart['kind'];
type Judgement = Pick<CheckedPart, 'status' | 'found' | 'advice'>;

/** One check for each, with all its parts by name. */
const GROUPS: readonly { readonly name: string; readonly kinds: readonly Kind[] }[] = [
  { name: 'stacks', kinds: ['stack'] },
  { name: 'parts', kinds: ['table', 'queue', 'timer-group'] },
  { name: 'functions', kinds: ['function'] },
  { name: 'event sources', kinds: ['event-source-mapping'] },
  { name: 'rules', kinds: ['rule'] },
  { name: 'dead letters', kinds: ['dead-letter-queue'] },
  { name: 'alarms', kinds: ['alarm'] },
  { name: 'notifications', kinds: ['topic', 'subscription'] },
];

/** Without one of these there is no exit; the others report what happens. */
const CARRIERS: ReadonlySet<Kind> = new Set(['table', 'queue', 'timer-group', 'function', 'event-source-mapping']);

export function planPartChecks(deployment: Pick<Deployment, 'listParts'>): readonly PlannedCheck[] {
  const list = listOnce(deployment);
  return GROUPS.map(({ name, kinds }) => ({
    name,
    isHard: false,
    whenUnread: 'red',
    adviceWhenUnread:
      'Check the credentials and the region of AWS (AWS_PROFILE, AWS_REGION), and that they may read the stacks.',
    run: async (untilMs) => judgeGroup(await list(untilMs), kinds),
  }));
}

/** The checks of one run have the same deadline and share one listing. */
function listOnce({ listParts }: Pick<Deployment, 'listParts'>): Deployment['listParts'] {
  let listed: { readonly untilMs: number; readonly parts: Promise<readonly DeploymentPart[]> } | undefined;
  return (untilMs) => {
    if (listed?.untilMs !== untilMs) listed = { untilMs, parts: listParts(untilMs) };
    return listed.parts;
  };
}

function judgeGroup(all: readonly DeploymentPart[], kinds: readonly Kind[]): Finding {
  const parts = all.filter(({ kind }) => kinds.includes(kind)).map(judgePart);
  if (parts.length === 0) return judgeNone(all);
  const faulty = parts.filter(({ status }) => status !== 'ok');
  const isRed = faulty.some(({ status }) => status === 'red');
  const advice = [...new Set(faulty.flatMap((part) => part.advice ?? []))];
  return {
    status: isRed ? 'red' : faulty.length > 0 ? 'warning' : 'ok',
    found: [...faulty.map(({ name, found }) => `${name}: ${found}`), ...listInOrder(parts)].join('; '),
    advice: advice.length === 0 ? null : advice.join(' '),
    parts,
  };
}

/** Parts in order, grouped by what there is to remark on them. */
function listInOrder(parts: readonly CheckedPart[]): readonly string[] {
  const groups = Map.groupBy(
    parts.filter(({ status }) => status === 'ok'),
    ({ found }) => found,
  );
  return [...groups].map(([found, each]) => `${each.length} ${found}: ${each.map(({ name }) => name).join(', ')}`);
}

function judgeNone(all: readonly DeploymentPart[]): Finding {
  const isListed = !all.some(({ kind, state }) => kind === 'stack' && state.kind !== 'in-order');
  if (isListed) return { status: 'ok', found: 'there are none here', advice: null };
  return { status: 'warning', found: 'none could be listed', advice: 'See the check of the stacks.' };
}

function judgePart(part: DeploymentPart): CheckedPart {
  const { kind, name, id } = part;
  return { kind, name, id, ...judgeState(part) };
}

const IN_ORDER = 'in order';

function judgeState(part: DeploymentPart): Judgement {
  const { state } = part;
  switch (state.kind) {
    case 'in-order':
      return { status: 'ok', found: state.remark === null ? IN_ORDER : `${IN_ORDER}, ${state.remark}`, advice: null };
    case 'missing':
      if (part.isOptional === true) return { status: 'ok', found: 'not needed here and absent', advice: null };
      return { status: 'red', found: 'does not exist', advice: adviceForMissing(part) };
    case 'off':
      return judgeOff(part);
    case 'changing':
      return {
        status: 'warning',
        found: `is ${state.state}`,
        advice: 'A deployment may be under way: look again in some minutes.',
      };
    case 'failing':
      return { status: 'warning', found: state.reason, advice: adviceForFailing(part) };
    case 'broken':
      return { status: 'red', found: state.reason, advice: adviceForMissing(part) };
    case 'raised': {
      const since = state.sinceMs === null ? '' : ` since ${utcMinute(state.sinceMs)}`;
      return { status: 'red', found: `is in ALARM${since}`, advice: state.text || 'See OPERATE.md, "The alarms".' };
    }
    case 'holds-messages':
      return {
        status: 'warning',
        found: state.messageCount === 1 ? 'holds 1 message' : `holds ${state.messageCount} messages`,
        advice: '`tminus dead-letters list` says what each is and what a replay would do (OPERATE.md, "Dead letters").',
      };
    case 'unread':
      return judgeUnread(part.kind, state);
  }
}

const utcMinute = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function adviceForMissing({ kind }: ExpectedPart): string {
  if (kind === 'stack') {
    return 'Look at its events in CloudFormation, and deploy the stage again (OPERATE.md, "Deploy from zero").';
  }
  // An unchanged template does not restore what was changed or deleted by hand.
  return 'Deploy the stage again with --revert-drift (OPERATE.md, "What doctor reads"). Open positions keep their rows.';
}

function adviceForFailing({ kind }: ExpectedPart): string {
  switch (kind) {
    case 'stack':
      return 'Its events in CloudFormation say why. Mend the cause and deploy the stage again.';
    case 'topic':
    case 'subscription':
      return 'Run `tminus confirm-alarms` with the link in the e-mail from AWS Notifications (OPERATE.md, "No notifications").';
    default:
      return 'Read the log of the function (OPERATE.md, "Function errors and throttles").';
  }
}

function judgeOff({ kind, id, name }: ExpectedPart): Judgement {
  switch (kind) {
    case 'event-source-mapping':
      return {
        status: 'red',
        found: 'is disabled',
        advice: `\`${name}\` gets nothing to do until: aws lambda update-event-source-mapping --enabled --uuid ${id}`,
      };
    case 'rule': {
      const [rule = '', bus] = id.split('|').reverse();
      const busOption = bus === undefined ? '' : ` --event-bus-name ${bus}`;
      return {
        status: 'red',
        found: 'is disabled',
        advice: `Enable it: aws events enable-rule --name ${rule}${busOption}`,
      };
    }
    case 'function':
      return {
        status: 'red',
        found: 'may not run: its reserved concurrency is 0',
        advice: `Release it: aws lambda delete-function-concurrency --function-name ${id}`,
      };
    case 'alarm':
      return {
        status: 'red',
        found: 'tells nobody: its actions are disabled',
        advice: `Enable them: aws cloudwatch enable-alarm-actions --alarm-names ${id}`,
      };
    default:
      return { status: 'red', found: 'is disabled', advice: 'Enable it again.' };
  }
}

function judgeUnread(kind: Kind, { reason, missingRight }: Extract<DeploymentPart['state'], { kind: 'unread' }>) {
  const status: CheckStatus = missingRight === null && CARRIERS.has(kind) ? 'red' : 'warning';
  if (missingRight === null) {
    const advice = 'Look again in some minutes, and check the region and the credentials of AWS.';
    return { status, found: `could not be read: ${reason}`, advice };
  }
  return {
    status,
    found: `could not be read without the permission ${missingRight}`,
    advice: 'Allow it to the role or user that runs doctor (OPERATE.md, "What doctor reads").',
  };
}
