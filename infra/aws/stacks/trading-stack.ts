import { Stack, type StackProps } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { DiscordPath } from '../constructs/discord-path.ts';
import { ExitQueue } from '../constructs/exit-queue.ts';
import type { CodeSource } from '../constructs/function-code.ts';
import { DeadLetterQueue } from '../constructs/guarded-queue.ts';
import type { AlarmSpec } from '../constructs/impact-alarm.ts';
import { NewsPath } from '../constructs/news-path.ts';
import { OpenEndpoint } from '../constructs/open-endpoint.ts';
import { OperatorPolicy } from '../constructs/operator-policy.ts';
import { ScheduledCall } from '../constructs/scheduled-call.ts';
import { SettleQueue } from '../constructs/settle-queue.ts';
import { SuiteFunction, titleOf } from '../constructs/suite-function.ts';
import { grantTable } from '../constructs/table-grants.ts';
import { TimerGroup } from '../constructs/timer-group.ts';
import { WalletSettings } from '../constructs/wallet-settings.ts';
import type { Release } from '../rollout.ts';
import { RUNBOOK_SECTIONS } from '../runbook.ts';
import type { StageConfig } from '../stage-config.ts';
import { addDailySummary } from './daily-summary.ts';
import { addDiscord } from './discord-function.ts';
import {
  type Environment,
  exitsEnvironment,
  gateEnvironment,
  limitsEnvironment,
  liveEnvironment,
  settlingEnvironment,
  storeEnvironment,
  timerEnvironment,
  venueEnvironment,
} from './function-environments.ts';
import { addInteractions, type Interactions } from './interactions-function.ts';
import { grantLive, grantSettling, type StateStack } from './state-stack.ts';
import { writeTradingOutputs } from './trading-outputs.ts';
import { addWalletWatch } from './wallet-watch.ts';

export type TradingStackProps = StackProps & {
  readonly config: StageConfig;
  readonly release: Release;
  readonly state: StateStack;
  readonly codeOf: CodeSource;
};

/** The functions, and the queues, timers and topics between them. */
export class TradingStack extends Stack {
  readonly functions: Readonly<Record<Exclude<FunctionName, 'discord' | 'watch' | 'interactions'>, SuiteFunction>>;
  readonly exits: ExitQueue;
  readonly settlements: SettleQueue;
  readonly timers: TimerGroup;
  readonly news: NewsPath;
  readonly endpoint: OpenEndpoint;
  readonly operators: OperatorPolicy;
  /** Null without live trading, or switched off. */
  readonly watch: SuiteFunction | null;
  readonly discord: { readonly path: DiscordPath; readonly function: SuiteFunction } | null;
  /** Null where nothing can be done from Discord. */
  readonly interactions: Interactions | null;
  private readonly props: TradingStackProps;
  readonly failedEvents: DeadLetterQueue;
  private readonly store: Environment;
  /** For the functions that trade; empty without live trading. */
  private readonly liveSettings: Environment;

  constructor(scope: Construct, id: string, props: TradingStackProps) {
    super(scope, id, props);
    this.props = props;
    this.exits = new ExitQueue(this, 'Exits');
    this.settlements = new SettleQueue(this, 'Settlements');
    this.timers = new TimerGroup(this, 'Timers', { stage: props.config.name, target: this.exits.queue });
    this.news = new NewsPath(this, 'News', { stage: props.config.name });
    this.failedEvents = new DeadLetterQueue(this, 'FailedEvents', {
      alarmId: 'FailedEvents',
      runbook: RUNBOOK_SECTIONS.deadEvents,
      urgency: 'ticket',
      errorImpact: 'A run of sweep, canary, summary or watch, or an asynchronous opening, failed and is not repeated.',
    });
    this.store = storeEnvironment({
      stage: props.config.name,
      tableName: props.state.table.tableName,
      exitQueueUrl: this.exits.queue.queueUrl,
      settleQueueUrl: this.settlements.queue.queueUrl,
    });
    const { live } = props.state;
    const wallet = live === null ? null : new WalletSettings(this, 'Wallet', live);
    this.liveSettings = live === null || wallet === null ? {} : liveEnvironment(live, wallet);
    this.functions = {
      open: this.createOpen(),
      sell: this.createSell(),
      settle: this.createSettle(),
      sweep: this.createSweep(),
      announce: this.createAnnounce(),
      canary: this.createCanary(),
      summary: addDailySummary(this, props, this.failedEvents.queue),
    };
    this.watch = wallet === null ? null : addWalletWatch(this, props, wallet, this.failedEvents.queue);
    this.endpoint = new OpenEndpoint(this, 'OpenDoor', { open: this.functions.open });
    this.discord = addDiscord(this, props);
    this.interactions = addInteractions(this, props);
    this.operators = new OperatorPolicy(this, 'Operators', {
      stage: props.config.name,
      table: props.state.table,
      queues: this.node.findAll().filter((each) => each instanceof Queue),
      ...{ open: this.functions.open.called, summary: this.functions.summary.lambda, news: this.news },
    });
    const settling = settlingEnvironment(this.liveSettings, live);
    writeTradingOutputs(this, { config: props.config, state: props.state, suite: this, live: settling });
  }

  get alarms(): readonly AlarmSpec[] {
    return [
      ...this.exits.alarms,
      ...this.settlements.alarms,
      ...this.timers.alarms,
      ...this.news.alarms,
      ...this.failedEvents.alarms,
      ...Object.values(this.functions).flatMap((each) => each.alarms),
      ...(this.discord === null ? [] : [...this.discord.path.alarms, ...this.discord.function.alarms]),
      ...(this.interactions === null ? [] : this.interactions.function.alarms),
    ];
  }

  get allFunctions(): Readonly<Partial<Record<FunctionName, SuiteFunction>>> {
    return {
      ...this.functions,
      ...(this.watch !== null && { watch: this.watch }),
      ...(this.discord !== null && { discord: this.discord.function }),
      ...(this.interactions !== null && { interactions: this.interactions.function }),
    };
  }

  get otherDeadLetters(): readonly DeadLetterQueue[] {
    return [
      this.settlements.deadLetters,
      this.failedEvents,
      ...(this.discord === null ? [] : [this.discord.path.notices.deadLetters]),
    ];
  }

  private createFunction(
    name: FunctionName,
    environment: Environment,
    more: {
      readonly functionName?: string;
      readonly isAsync?: boolean;
      readonly feedsItself?: boolean;
      readonly reservedConcurrency?: number | undefined;
    } = {},
  ): SuiteFunction {
    const { isAsync = false, ...rest } = more;
    const { release, codeOf, config } = this.props;
    return new SuiteFunction(this, titleOf(name), {
      ...rest,
      ...{ name, environment, release, codeOf, stage: config.name, logRetentionDays: config.logRetentionDays },
      ...(isAsync && { failedEvents: this.failedEvents.queue }),
    });
  }

  private createOpen(): SuiteFunction {
    const { config, state } = this.props;
    const open = this.createFunction(
      'open',
      {
        ...this.store,
        ...venueEnvironment(config.hosts, 'BINANCE_HOST', 'DATA_HOST'),
        ...timerEnvironment(this.timers, this.exits.queue.queueArn),
        ...limitsEnvironment(config.limits),
        ...exitsEnvironment(config.exits),
        ...gateEnvironment(config.openingGate),
        ...this.liveSettings,
      },
      { functionName: `tminus-${config.name}-open`, isAsync: true },
    );
    grantTable(state.table, open.lambda, 'open-positions');
    this.grantWakeUps(open);
    this.timers.grantCreate(open);
    grantLive(state.live, open.lambda);
    return open;
  }

  private createSell(): SuiteFunction {
    const { config, state } = this.props;
    const sell = this.createFunction(
      'sell',
      {
        ...this.store,
        ...venueEnvironment(config.hosts, 'BINANCE_HOST', 'DATA_HOST'),
        EXIT_DEAD_LETTER_URL: this.exits.deadLetters.queue.queueUrl,
        ...this.liveSettings,
      },
      { feedsItself: true, reservedConcurrency: config.sellConcurrencyReserved ?? undefined },
    );
    grantTable(state.table, sell.lambda, 'step-positions');
    this.grantWakeUps(sell);
    this.exits.deadLetters.queue.grant(sell.lambda, 'sqs:SendMessage');
    grantLive(state.live, sell.lambda);
    this.exits.deliverTo(sell.called, config.exitPolling);
    return sell;
  }

  private createSettle(): SuiteFunction {
    const { config, state } = this.props;
    const settle = this.createFunction(
      'settle',
      {
        ...this.store,
        ...config.hosts,
        SETTLE_DEAD_LETTER_URL: this.settlements.deadLetters.queue.queueUrl,
        ...settlingEnvironment(this.liveSettings, state.live),
      },
      { feedsItself: true },
    );
    grantTable(state.table, settle.lambda, 'settle-positions');
    this.grantWakeUps(settle);
    grantSettling(state.live, settle.lambda);
    this.settlements.deliverTo(settle.called);
    return settle;
  }

  /** A wake-up goes to the queue of the position's state. */
  private grantWakeUps({ lambda }: SuiteFunction): void {
    this.exits.queue.grant(lambda, 'sqs:SendMessage');
    this.settlements.queue.grant(lambda, 'sqs:SendMessage');
  }

  private createSweep(): SuiteFunction {
    const environment = { ...this.store, EVENT_BUS_NAME: this.news.bus.eventBusName };
    const sweep = this.createFunction('sweep', environment, { isAsync: true });
    this.news.bus.grantPutEventsTo(sweep.lambda);
    grantTable(this.props.state.table, sweep.lambda, 'sweep');
    this.grantWakeUps(sweep);
    this.callRegularly('SweepEveryMinute', sweep, Schedule.cron({ minute: '*' }), 'Finds overdue positions');
    return sweep;
  }

  private createAnnounce(): SuiteFunction {
    const { config, state } = this.props;
    const announce = this.createFunction('announce', {
      STAGE: config.name,
      EVENT_BUS_NAME: this.news.bus.eventBusName,
    });
    this.news.announceWith(announce, state.table);
    return announce;
  }

  /** It opens paper positions itself, without access to keys, the account's counters or its limits. */
  private createCanary(): SuiteFunction {
    const { config, state } = this.props;
    const { canaryPeriodMinutes } = config;
    const canary = this.createFunction(
      'canary',
      {
        ...this.store,
        ...venueEnvironment(config.hosts),
        ...timerEnvironment(this.timers, this.exits.queue.queueArn),
        CANARY_PERIOD_MS: String(canaryPeriodMinutes * 60_000),
        // Without Discord the topic has no subscriber, and a canary ends with its position.
        CANARY_SEES_NOTICES: String(config.hasDiscord),
      },
      { isAsync: true },
    );
    grantTable(state.table, canary.lambda, 'send-canaries');
    this.grantWakeUps(canary);
    this.timers.grantCreate(canary);
    const everyPeriod = Schedule.cron({ minute: `0/${canaryPeriodMinutes}` });
    this.callRegularly('CanaryEveryPeriod', canary, everyPeriod, 'Sends a paper position through the whole chain');
    return canary;
  }

  private callRegularly(id: string, called: SuiteFunction, schedule: Schedule, description: string): void {
    new ScheduledCall(this, id, { function: called, schedule, description, failedEvents: this.failedEvents.queue });
  }
}
